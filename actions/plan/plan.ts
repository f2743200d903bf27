import { z } from 'zod';
import type { Order } from '../../adapters/without-app/same-run.ts';
import { ValidationOrder } from '../../core/data/result.ts';
import { handlePullRequest } from '../../flows/pull-request.ts';
import type { Job } from '../runtime/job.ts';
import type { FlowJob } from '../without-app/job-ports.ts';
import type { Inputs, Outputs } from './interface.ts';

/** @param taken what the flow orders ends up here */
export async function plan(inputs: Inputs, job: Job, { ports }: FlowJob, taken: readonly Order[]): Promise<Outputs> {
  // As GitHub has it now: the event may be an old one, and a sighting it does not make here.
  const pull = await ports.pulls.get(inputs.pullRequest);
  const outcome = await handlePullRequest(ports, {
    action: inputs.activity,
    number: pull.number,
    sha: pull.head.sha,
    headRepository: pull.head.repository,
    at: pull.updatedAt,
    sender: '',
  });
  job.log.info(`${outcome.code}: ${outcome.message}`);
  const orders = taken
    .flatMap(({ inputs: { orders = '' } }) => z.array(ValidationOrder).parse(JSON.parse(orders)))
    .map((order) => [order.dataset, JSON.stringify(order)] as const);
  return { datasets: orders.map(([dataset]) => dataset), orders: Object.fromEntries(orders) };
}

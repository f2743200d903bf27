import type { Order } from '../../adapters/without-app/same-run.ts';
import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { order } from './order.ts';

startAction(Inputs, Outputs, async (inputs, job) => {
  const taken: Order[] = [];
  const take = (one: Order) => void taken.push(one);
  return order(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: null, take }), taken);
});

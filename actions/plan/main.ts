import type { Order } from '../../adapters/without-app/same-run.ts';
import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { plan } from './plan.ts';

startAction(Inputs, Outputs, async (inputs, job) => {
  const taken: Order[] = [];
  const take = (one: Order) => void taken.push(one);
  const options = { job, token: inputs.githubToken, signingKey: null, showsData: true, take };
  return plan(inputs, job, await openFlowJob(options), taken);
});

import type { Order } from '../../adapters/without-app/same-run.ts';
import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { requireSameOrder, sign } from './sign.ts';

startAction(Inputs, Outputs, async (inputs, job) => {
  const take = (one: Order) => requireSameOrder(one, inputs);
  return sign(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: inputs.signingKey, take }));
});

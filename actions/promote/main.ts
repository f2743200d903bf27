import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { promote } from './promote.ts';

startAction(Inputs, Outputs, async (inputs, job) =>
  promote(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: inputs.signingKey })),
);

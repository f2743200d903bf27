import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { accept } from './accept.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, async (inputs, job) =>
  accept(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: inputs.signingKey })),
);

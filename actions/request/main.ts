import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { request } from './request.ts';

startAction(Inputs, Outputs, async (inputs, job) =>
  request(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: inputs.signingKey })),
);

import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { command } from './command.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, async (inputs, job) =>
  command(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: null })),
);

import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { mergedData } from './merged-data.ts';

startAction(Inputs, Outputs, async (inputs, job) =>
  mergedData(inputs, await openFlowJob({ job, token: inputs.githubToken, signingKey: null })),
);

import { startAction } from '../runtime/entry.ts';
import { openFlowJob } from '../without-app/job-ports.ts';
import { Inputs, Outputs } from './interface.ts';
import { showData } from './show-data.ts';

startAction(Inputs, Outputs, async (inputs, job) =>
  showData(inputs, job, await openFlowJob({ job, token: inputs.githubToken, signingKey: null, showsData: true })),
);

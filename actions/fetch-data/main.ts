import { openArtifacts } from '../runtime/artifacts.ts';
import { dataAccess } from '../runtime/data-access.ts';
import { startAction } from '../runtime/entry.ts';
import { openObjects } from '../runtime/git-objects.ts';
import { fetchData } from './fetch-data.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, (inputs, job) => {
  const head = openObjects(inputs.head, job.environment);
  const base = openObjects(inputs.base, job.environment);
  return fetchData(inputs, job, { head, base }, openArtifacts(), dataAccess(job.environment, inputs.githubToken));
});

import { openArtifacts } from '../runtime/artifacts.ts';
import { dataAccess } from '../runtime/data-access.ts';
import { startAction } from '../runtime/entry.ts';
import { openObjects } from '../runtime/git-objects.ts';
import { workflowPlace } from '../runtime/place.ts';
import { openRepository } from '../runtime/repository.ts';
import { collect } from './collect.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, (inputs, job) => {
  const place = workflowPlace(job.environment);
  return collect(inputs, job, {
    repositoryName: place.repository,
    repository: openRepository(inputs.githubToken, place.repository, place.apiUrl),
    base: openObjects(inputs.base, job.environment),
    head: openObjects(inputs.head, job.environment),
    artifacts: openArtifacts(),
    access: dataAccess(job.environment, inputs.githubToken),
  });
});

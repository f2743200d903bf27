import { startAction } from '../runtime/entry.ts';
import { workflowPlace } from '../runtime/place.ts';
import { openRepository } from '../runtime/repository.ts';
import { admit } from './admit.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, (inputs, job) => {
  const place = workflowPlace(job.environment);
  return admit(inputs, place, openRepository(inputs.githubToken, place.repository, place.apiUrl), job.log);
});

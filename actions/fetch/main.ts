import { openArtifacts } from '../runtime/artifacts.ts';
import { dataAccess } from '../runtime/data-access.ts';
import { startAction } from '../runtime/entry.ts';
import { openObjects } from '../runtime/git-objects.ts';
import { fetchInputs } from './fetch.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, (inputs, job) =>
  fetchInputs(
    inputs,
    job,
    openObjects(inputs.checkout, job.environment),
    openArtifacts(),
    dataAccess(job.environment, inputs.githubToken),
  ),
);

import { openArtifacts } from '../runtime/artifacts.ts';
import { startAction } from '../runtime/entry.ts';
import { workflowPlace } from '../runtime/place.ts';
import { Inputs, Outputs } from './interface.ts';
import { restore } from './restore.ts';

startAction(Inputs, Outputs, (inputs, job) => restore(inputs, job, openArtifacts(), workflowPlace(job.environment)));

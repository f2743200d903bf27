import { openArtifacts } from '../runtime/artifacts.ts';
import { startAction } from '../runtime/entry.ts';
import { workflowPlace } from '../runtime/place.ts';
import { Inputs, Outputs } from './interface.ts';
import { report } from './report.ts';

startAction(Inputs, Outputs, (inputs, job) => report(inputs, job, workflowPlace(job.environment), openArtifacts()));

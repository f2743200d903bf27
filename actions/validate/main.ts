import { openArtifacts } from '../runtime/artifacts.ts';
import { startAction } from '../runtime/entry.ts';
import { Inputs, Outputs } from './interface.ts';
import { validate } from './validate.ts';

startAction(Inputs, Outputs, (inputs, job) => validate(inputs, job, openArtifacts()));

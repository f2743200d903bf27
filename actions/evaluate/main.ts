import { openArtifacts } from '../runtime/artifacts.ts';
import { startAction } from '../runtime/entry.ts';
import { evaluate } from './evaluate.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, (inputs, job) => evaluate(inputs, job, openArtifacts()));

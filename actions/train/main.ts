import { openArtifacts } from '../runtime/artifacts.ts';
import { startAction } from '../runtime/entry.ts';
import { Inputs, Outputs } from './interface.ts';
import { train } from './train.ts';

startAction(Inputs, Outputs, (inputs, job) => train(inputs, job, openArtifacts(), fetch));

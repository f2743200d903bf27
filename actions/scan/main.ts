import { openArtifacts } from '../runtime/artifacts.ts';
import { startAction } from '../runtime/entry.ts';
import { boundHeap } from '../runtime/heap.ts';
import { Inputs, Outputs } from './interface.ts';
import { scan } from './scan.ts';

boundHeap();
startAction(Inputs, Outputs, (inputs, job) => scan(inputs, job, openArtifacts(), new Date()));

import { startAction } from '../runtime/entry.ts';
import { openObjects } from '../runtime/git-objects.ts';
import { boundHeap } from '../runtime/heap.ts';
import { Inputs, Outputs } from './interface.ts';
import { verify } from './verify.ts';

boundHeap();
startAction(Inputs, Outputs, (inputs, job) => {
  const workspace = job.environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const now = () => new Date();
  return verify(inputs, job, { workspace, objects: openObjects(workspace, job.environment), now });
});

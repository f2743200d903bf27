import { limitsOf, openDataEngine } from '../runtime/data-engine.ts';
import { startAction } from '../runtime/entry.ts';
import { openObjects } from '../runtime/git-objects.ts';
import { checkDataAlone } from './check-data.ts';
import { Inputs, Outputs } from './interface.ts';

startAction(Inputs, Outputs, async (inputs, job) => {
  const workspace = job.environment['GITHUB_WORKSPACE'] ?? process.cwd();
  const limits = limitsOf(inputs.timeout);
  return checkDataAlone(inputs, job, {
    ...(await openDataEngine(job, inputs)),
    objects: openObjects(workspace, job.environment),
    workspace,
    limits: { ...limits, memoryMb: inputs.memory ?? limits.memoryMb },
    now: new Date(),
  });
});

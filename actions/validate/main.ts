import { openArtifacts } from '../runtime/artifacts.ts';
import { limitsOf, openDataEngine } from '../runtime/data-engine.ts';
import { startAction } from '../runtime/entry.ts';
import { Inputs, Outputs } from './interface.ts';
import { validate } from './validate.ts';

/** For each dataset and form of its contract; the job itself has an hour. */
const SECONDS = 1500;

startAction(Inputs, Outputs, async (inputs, job) => {
  const engine = await openDataEngine(job);
  return validate(inputs, job, openArtifacts(), { ...engine, limits: limitsOf(SECONDS), now: new Date() });
});

import { setTimeout as wait } from 'node:timers/promises';
import { runApp } from '../app/run.ts';

/** The App as it runs in production, but that every flow is three steps, each of which waits as if for GitHub. */
const pause = Number(process.env['BENCH_STEP_MILLISECONDS'] ?? 0);

await runApp(async (event, { steps }) => {
  if (event.kind === 'timer') return { code: 'ignored', message: 'no timer' };
  for (const name of ['read', 'decide', 'write']) await steps.run(name, () => wait(pause));
  return { code: 'replied', message: 'three steps' };
});

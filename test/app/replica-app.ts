import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { runApp } from '../../app/run.ts';
import { GitId } from '../../core/names.ts';

/**
 * An App whose flow writes one check on GitHub, in the second of three steps, and leaves a mark before each. It runs as
 * one of several processes, which are killed and stopped. `HANG` names a step that never ends; with `PAUSE`, the
 * process stands still for a moment, giving way to nothing, when it has begun the request that makes the check: a signal
 * that comes then finds it there, and it goes on with that request; and it is slow to end. `STEPS` are those of older or newer code.
 */
const { MARKS = '', NAME = '', PAUSE, HANG, HEAD = '', STEPS = 'read,write,end' } = process.env;
const mark = (text: string): void => appendFileSync(MARKS, `${text}\n`);

const { fetch } = globalThis;
globalThis.fetch = (input, init) => {
  if (PAUSE === 'yes' && init?.method === 'POST' && String(input).endsWith('/check-runs')) {
    mark(`pause ${NAME}`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5_000);
  }
  return fetch(input, init);
};

const { exit } = process;
function slowly(code?: number | string | null): never {
  setTimeout(() => exit(code), 2_000);
  throw new Error('ending slowly');
}
if (PAUSE === 'yes') {
  process.exit = slowly;
  // What `slowly` throws ends here and nowhere earlier.
  process.on('unhandledRejection', () => {});
}

await runApp(async (event, { steps, checks }) => {
  if (event.kind === 'timer') mark(`timer ${NAME}`);
  if (event.kind !== 'comment') return { code: 'ignored', message: 'no comment' };
  for (const step of STEPS.split(',')) {
    await steps.run(step, async () => {
      mark(`${event.id} ${step} ${NAME}`);
      if (HANG === step) await wait(3_600_000);
      if (step !== 'write') return;
      await checks.put({
        name: `comment ${event.id}`,
        sha: GitId.parse(HEAD),
        status: 'completed',
        conclusion: 'success',
        title: 'written',
        summary: 'once',
        externalId: `comment-${event.id}`,
      });
    });
  }
  mark(`${event.id} done ${NAME}`);
  return { code: 'replied', message: 'three steps' };
});

import { appendFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { runApp } from '../../app/run.ts';

/** An App with a flow of four steps, each of which leaves a mark. Run as a process of its own, so that it can be killed. */
const marks = process.env['MARKS'] ?? '';

await runApp(async (event, { steps, source }) => {
  if (event.kind !== 'comment') return { code: 'ignored', message: 'no comment' };
  for (const name of ['one', 'two', 'three', 'four']) {
    await steps.run(name, async () => {
      appendFileSync(marks, `${event.id} ${name}\n`);
      // The second step hangs in the first life of the process: it is killed there.
      if (name === 'two' && process.env['HANG'] === 'yes') await wait(60_000);
      return (await source.repository()).name;
    });
  }
  appendFileSync(marks, `${event.id} done\n`);
  return { code: 'replied', message: 'four steps' };
});

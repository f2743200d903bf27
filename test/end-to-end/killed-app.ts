import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { runApp } from '../../app/run.ts';
import type { FlowEvent } from '../../flows/events.ts';
import { handleEvent } from '../../flows/handle.ts';
import type { Steps } from '../../flows/ports.ts';
import { boundary, isAt, killFiles, type Moment } from './boundaries.ts';

/**
 * The App, which kills itself: at planned boundaries of its steps, each once, and some time after its start. Run as a
 * process of its own. `KILL_FOLDER` holds the plan, and what was reached and where it died, which outlives the process.
 */
const files = killFiles(process.env['KILL_FOLDER'] ?? '');
const linesOf = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);
const reached = new Set(linesOf(files.reached));
const struck = new Set(linesOf(files.struck));

function die(where: string): void {
  appendFileSync(files.struck, `${where}\n`);
  process.kill(process.pid, 'SIGKILL');
}

function at(event: FlowEvent, name: string, moment: Moment): void {
  const point = boundary(event.kind, name, moment);
  if (!reached.has(point)) appendFileSync(files.reached, `${point}\n`);
  reached.add(point);
  // Read anew: it is written while this process runs.
  const planned = linesOf(files.planned).find((line) => !struck.has(line) && isAt(line, point));
  if (planned !== undefined) die(planned);
}

/** Only steps that run: what is read back from the record is behind all three of its boundaries. */
function killing(event: FlowEvent, steps: Steps): Steps {
  return {
    async run(name, action) {
      let ran = false;
      const result = await steps.run(name, async () => {
        ran = true;
        at(event, name, 'before');
        const value = await action();
        at(event, name, 'unrecorded');
        return value;
      });
      if (ran) at(event, name, 'recorded');
      return result;
    },
  };
}

const [delay, ...later] = linesOf(files.delays);
if (delay !== undefined) {
  writeFileSync(files.delays, later.join('\n'));
  setTimeout(() => die(`${delay} ms after its start`), Number(delay));
}

await runApp((event, ports) => handleEvent(event, { ...ports, steps: killing(event, ports.steps) }));

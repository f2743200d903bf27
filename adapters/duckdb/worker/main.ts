import { flushCompileCache } from 'node:module';
import { onLines } from '../lines.ts';
import type { Answer } from '../protocol.ts';
import { Open, Request } from '../protocol.ts';
import { Database } from './database.ts';

/**
 * The process in which queries run: what hostile data or SQL breaks here dies with it. It ends when its standard input
 * does, so it never outlives the process that asked.
 */
let database: Database | null = null;

/** @param answer as text where it is JSON already */
function say(answer: Answer | string): void {
  process.stdout.write(`${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`);
}

async function handle(line: string): Promise<void> {
  const message: unknown = JSON.parse(line);
  if (database === null) {
    const open = Open.parse(message);
    const opened = await Database.open(open);
    if (opened instanceof Database) {
      database = opened;
      // All modules are loaded, no data is read yet, and this process will be killed, which keeps nothing.
      flushCompileCache();
      say({ kind: 'opened', version: opened.version });
    } else say(opened);
    return;
  }
  const request = Request.parse(message);
  say(await answer(database, request));
}

function answer(asked: Database, request: Request): Promise<Answer | string> {
  switch (request.kind) {
    case 'query':
      return asked.query(request);
    case 'json':
      return asked.json(request);
    case 'repeats':
      return asked.repeats(request);
    case 'settle':
      return asked.settle(request);
  }
}

let last: Promise<void> = Promise.resolve();
function take(line: string): void {
  last = last
    .then(() => handle(line))
    .catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      say({ kind: 'fault', id: null, code: 'not_a_request', message: message.slice(0, 2000) });
    });
}
onLines(process.stdin, take, () => process.exit(1));
process.stdin.once('end', () => process.exit(0));
process.stdin.once('close', () => process.exit(0));

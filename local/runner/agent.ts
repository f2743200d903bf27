import { request } from 'node:http';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { runProcess } from '../workflows/processes.ts';
import { type FromRunner, JitConfig, RUNNER_PATH, RUNNER_PROTOCOL, ToRunner } from './messages.ts';

/**
 * Stands in for GitHub's runner on this machine: connects to the local GitHub that made its just-in-time config, runs the
 * processes of one job's steps, and ends. It reads the config from where GitHub's runner reads it, so that whatever starts
 * the one can start the other.
 */
const encoded = process.env['ACTIONS_RUNNER_INPUT_JITCONFIG'];
delete process.env['ACTIONS_RUNNER_INPUT_JITCONFIG'];
if (!encoded) throw new Error('expected a just-in-time config in ACTIONS_RUNNER_INPUT_JITCONFIG, found none');
const config = JitConfig.parse(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')));
const { hostname } = new URL(config.url);
if (hostname !== '127.0.0.1') throw new Error(`expected a GitHub on this machine, got ${hostname}`);

const connecting = request(new URL(RUNNER_PATH, config.url), {
  headers: { connection: 'Upgrade', upgrade: RUNNER_PROTOCOL, authorization: `Bearer ${config.secret}` },
});
connecting.once('upgrade', (_response, socket: Socket) => serve(socket));
connecting.once('response', ({ statusCode }) => fail(`the server refused runner ${config.name}: ${statusCode}`));
connecting.once('error', (error) => fail(`the server can't be reached: ${error.message}`));
connecting.end();

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function serve(socket: Socket): void {
  process.stdout.write(`runner ${config.name}: listening for its job\n`);
  const running = new Map<number, AbortController>();
  const say = (message: FromRunner): void => void socket.write(`${JSON.stringify(message)}\n`);
  const end = (code: number): void => {
    for (const stop of running.values()) stop.abort('force');
    setImmediate(() => process.exit(code));
  };
  const lines = createInterface({ input: socket });
  lines.once('error', () => end(1));
  lines.on('line', (line) => {
    const message = ToRunner.parse(JSON.parse(line));
    switch (message.type) {
      case 'run':
        return void run(message, running, say);
      case 'stop':
        return running.get(message.id)?.abort(message.force ? 'force' : 'cancelled');
      case 'end':
        return end(0);
    }
  });
  socket.once('error', () => end(1));
  socket.once('end', () => end(1));
  socket.once('close', () => end(1));
  process.once('SIGTERM', () => end(143));
}

async function run(
  { id, ...asked }: Extract<ToRunner, { type: 'run' }>,
  running: Map<number, AbortController>,
  say: (message: FromRunner) => void,
): Promise<void> {
  const stop = new AbortController();
  running.set(id, stop);
  try {
    const onLine = (line: string): void => say({ type: 'line', id, line });
    // Whoever made this machine finds by its own mark what a step leaves running.
    const env = { ...asked.env, ...mark() };
    const { code } = await runProcess({ ...asked, env, onLine, signal: stop.signal });
    say({ type: 'exit', id, code });
  } catch (error) {
    say({ type: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  } finally {
    running.delete(id);
  }
}

function mark(): Record<string, string> {
  const machine = process.env['TRAINYARD_MACHINE'];
  return machine === undefined ? {} : { TRAINYARD_MACHINE: machine };
}

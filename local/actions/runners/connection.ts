import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { FromRunner, type ToRunner } from '../../runner/messages.ts';
import { WorkflowError } from '../../workflows/errors.ts';
import type { ProcessRequest, ProcessResult } from '../../workflows/processes.ts';

interface Waiting {
  readonly onLine: (line: string) => void;
  readonly done: (code: number) => void;
  readonly failed: (error: Error) => void;
}

const LOST =
  'The self-hosted runner lost communication with the server. Verify the machine is running and has a healthy network connection.';

/** A runner that is connected. What it says comes from a machine on which anybody's code may run. */
export class RunnerConnection {
  readonly #socket: Socket;
  readonly #running = new Map<number, Waiting>();
  #ids = 0;
  #lost = false;

  /** @param closed is called once, when it is gone */
  constructor(socket: Socket, closed: () => void) {
    this.#socket = socket;
    // A reader of lines passes on the errors of what it reads.
    createInterface({ input: socket })
      .on('line', (line) => this.#heard(line))
      .on('error', () => socket.destroy());
    socket.on('error', () => socket.destroy());
    // An upgraded connection stays half open when the other side has ended.
    socket.once('end', () => socket.destroy());
    socket.once('close', () => {
      this.#lost = true;
      for (const { failed } of this.#running.values()) failed(new WorkflowError('step_failed', LOST));
      this.#running.clear();
      closed();
    });
  }

  /** Runs a process there. @throws WorkflowError when the runner is lost, Error if it can't be started */
  async run({ onLine, signal, ...request }: ProcessRequest): Promise<ProcessResult> {
    if (this.#lost) throw new WorkflowError('step_failed', LOST);
    this.#ids += 1;
    const id = this.#ids;
    const { command, cwd, env, grace } = request;
    const ended = new Promise<number>((done, failed) => this.#running.set(id, { onLine, done, failed }));
    this.#say({ type: 'run', id, command, args: [...request.args], cwd, env: { ...env }, grace: { ...grace } });
    const stop = (): void => this.#say({ type: 'stop', id, force: signal.reason === 'force' });
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
    try {
      return { code: await ended, interrupted: signal.aborted };
    } finally {
      signal.removeEventListener('abort', stop);
      this.#running.delete(id);
    }
  }

  end(): void {
    if (!this.#lost) this.#say({ type: 'end' });
    this.#socket.end();
  }

  #say(message: ToRunner): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #heard(line: string): void {
    const message = FromRunner.safeParse(parsed(line));
    if (!message.success) {
      this.#socket.destroy();
      return;
    }
    const running = this.#running.get(message.data.id);
    if (message.data.type === 'line') running?.onLine(message.data.line);
    else if (message.data.type === 'exit') running?.done(message.data.code);
    else running?.failed(new Error(message.data.message));
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

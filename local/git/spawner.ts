import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';

export interface SpawnRequest {
  readonly directory: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: Buffer | string;
}
export interface SpawnOrder extends SpawnRequest {
  readonly id: number;
}
export interface SpawnAnswer {
  readonly id: number;
  readonly code: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Why it could not be started. */
  readonly failure?: string;
}

interface Waiting {
  readonly resolve: (answer: SpawnAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A small process that starts git for this one. To start a process, the system copies the page tables of the one that
 * asks: with the heap of a server and its tests that took 7 ms of a core, from a small process it takes less than one.
 */
class Spawner {
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | undefined;
  #last = 0;

  run(request: SpawnRequest): Promise<SpawnAnswer> {
    const child = this.#start();
    this.#last += 1;
    const order: SpawnOrder = { ...request, id: this.#last };
    return new Promise((resolve, reject) => {
      this.#waiting.set(order.id, { resolve, reject });
      // Only a command under way keeps this process from ending.
      child.channel?.ref();
      child.send(order, (error) => {
        if (error !== null) this.#end(child, error);
      });
    });
  }

  #start(): ChildProcess {
    if (this.#child !== undefined) return this.#child;
    const child = fork(join(import.meta.dirname, 'spawner-process.ts'), [], {
      execArgv: [],
      env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1' },
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.unref();
    child.channel?.unref();
    child.on('message', (answer: SpawnAnswer) => this.#take(child, answer));
    child.once('error', (error) => this.#end(child, error));
    child.once('exit', (code) => this.#end(child, new Error(`the process that starts git ended with code ${code}`)));
    this.#child = child;
    return child;
  }

  #take(child: ChildProcess, answer: SpawnAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) child.channel?.unref();
    if (answer.failure === undefined) waiting?.resolve(answer);
    else waiting?.reject(new Error(answer.failure));
  }

  #end(child: ChildProcess, error: Error): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

const spawner = new Spawner();

/** Runs git to its end. @throws Error if it can't be started. */
export const spawnElsewhere = (request: SpawnRequest): Promise<SpawnAnswer> => spawner.run(request);

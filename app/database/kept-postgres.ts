import { setTimeout as wait } from 'node:timers/promises';
import type { Log } from '../log.ts';
import type { Database } from './postgres.ts';

export interface KeptOptions {
  readonly log: Log;
  /** It does not start again: this process can do nothing any more. */
  readonly lost: (why: string) => void;
  /** Milliseconds before each attempt; after the last one it is given up. */
  readonly pauses?: readonly number[];
}

const PAUSES = [0, 1_000, 2_000, 5_000, 10_000];
/** Milliseconds after which a server that was started again counts as well: its next end is not one in a row. */
const STEADY = 60_000;

/**
 * Starts a server of our own again when it ended by itself: it was killed for want of memory, say, or by hand. What works
 * with it finds it at the same address, as after any restart.
 * @returns ends that, before the server is stopped
 */
export function keepRunning(
  database: Pick<Database, 'ended' | 'start'>,
  { log, lost, pauses = PAUSES }: KeptOptions,
): () => Promise<void> {
  const letGo = new AbortController();
  const { signal } = letGo;
  const isLetGo = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const keep = async (): Promise<void> => {
    for (let attempt = 0, up = performance.now(); ; attempt += 1) {
      await Promise.race([database.ended(), isLetGo]);
      if (signal.aborted) return;
      if (performance.now() - up > STEADY) attempt = 0;
      const pause = pauses[attempt];
      if (pause === undefined) return lost('the embedded PostgreSQL ended, and does not start again');
      log.error('the embedded PostgreSQL ended by itself; it is started again', { attempt: attempt + 1 });
      await wait(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await database.start().then(
        () => log.info('the embedded PostgreSQL runs again'),
        (error: unknown) => log.error('the embedded PostgreSQL could not be started', { error: String(error) }),
      );
      up = performance.now();
    }
  };
  const kept = keep();
  return async () => {
    letGo.abort();
    // One that is just being started must be there to be stopped.
    await kept;
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { AppError } from '../error.ts';
import type { Log } from '../log.ts';

export interface Singleton {
  release(): Promise<void>;
}

/** The key of the lock; any number that no one else uses. */
const LOCK = 7_246_002;
const PAUSE = 250;

function refuse(databaseUrl: string, cause: unknown): never {
  // Without the password, which the address holds.
  const { hostname, port, pathname } = new URL(databaseUrl);
  const said = cause instanceof Error ? cause.message : String(cause);
  const expected = `expected a PostgreSQL at ${hostname}:${port || '5432'}${pathname}`;
  throw new AppError('database_unavailable', `${expected}, but: ${said}; start it, or correct DATABASE_URL`, { cause });
}

/**
 * Waits until no other App runs on this database. The durable engine resumes at its start what its name left
 * unfinished, so a second process of the same name would run flows that the first one still runs. A session lock ends
 * with its process, however it ends. Needs a connection that no pooler shares out by transaction.
 * @throws AppError `database_unavailable`
 * @param lost called when the lock went to another App while we could not reach the database
 */
export async function waitForTurn(databaseUrl: string, log: Log, lost: () => void): Promise<Singleton> {
  let current: pg.Client | null = null;
  let released = false;
  const take = async (): Promise<boolean> => {
    const client = new pg.Client({ connectionString: databaseUrl, keepAlive: true });
    client.on('error', () => {});
    await client.connect();
    const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [LOCK]);
    if (!z.object({ taken: z.boolean() }).parse(rows[0]).taken) {
      await client.end();
      return false;
    }
    current = client;
    client.once('end', () => {
      if (!released) void retake();
    });
    return true;
  };
  const retake = async (): Promise<void> => {
    log.error('the connection that holds the lock of this App broke; it is taken again');
    while (!released) {
      await wait(PAUSE);
      const taken = await take().catch(() => null);
      if (taken === true) return;
      // Null: the database does not answer yet. False: somebody else runs now.
      if (taken === false && !released) return lost();
    }
  };
  for (let turns = 0; !(await take().catch((cause: unknown) => refuse(databaseUrl, cause))); turns += 1) {
    if (turns === 0) log.info('another App runs on this database; waiting until it ends');
    await wait(PAUSE);
  }
  return {
    async release() {
      released = true;
      await current?.end();
    },
  };
}

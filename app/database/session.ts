import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { z } from 'zod';
import { AppError } from '../error.ts';

/** Milliseconds. */
const CONNECTING = 5_000;
const PAUSE = 100;
const IDLE_TRANSACTION = 10_000;

export const Taken = z.object({ taken: z.boolean() });

/** A connection that is no pool's; its errors come with its queries, and its end with `end`. */
export async function openSession(databaseUrl: string, queryTimeout?: number): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    keepAlive: true,
    connectionTimeoutMillis: CONNECTING,
    ...(queryTimeout === undefined ? {} : { query_timeout: queryTimeout }),
  });
  client.on('error', () => {});
  await client.connect();
  await limitIdleTransactions(client).catch(async (error: unknown) => {
    await client.end().catch(() => {});
    throw error;
  });
  return client;
}

/**
 * A process that stands still in the middle of a transaction holds its locks, and who waits for them can't take it over:
 * the server ends the session after a while. To be called for each session that opens a transaction.
 */
export async function limitIdleTransactions(client: pg.ClientBase): Promise<void> {
  await client.query(`set idle_in_transaction_session_timeout = ${IDLE_TRANSACTION}`);
}

/** @throws AppError `database_unavailable`, without the password, which the address holds */
export function refuseDatabase(databaseUrl: string): (cause: unknown) => never {
  return (cause) => {
    if (cause instanceof AppError) throw cause;
    const { hostname, port, pathname } = new URL(databaseUrl);
    const said = cause instanceof Error ? cause.message : String(cause);
    const expected = `expected a PostgreSQL at ${hostname}:${port || '5432'}${pathname}`;
    throw new AppError('database_unavailable', `${expected}, but: ${said}; start it, or correct DATABASE_URL`, {
      cause,
    });
  };
}

/**
 * One at a time on this database, whichever process asks. Whoever waits asks again and again, and not in one
 * statement that waits: an index that is built meanwhile would wait for that statement's end, and it for the index's.
 * @param key of a session's advisory lock; any number that nobody else uses
 */
export async function exclusively<T>(databaseUrl: string, key: number, work: () => Promise<T>): Promise<T> {
  const client = await openSession(databaseUrl);
  try {
    for (;;) {
      const { rows } = await client.query('select pg_try_advisory_lock($1) as taken', [key]);
      if (Taken.parse(rows[0]).taken) break;
      await wait(PAUSE);
    }
    return await work();
  } finally {
    await client.end().catch(() => {});
  }
}

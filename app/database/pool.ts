import { Duplex } from 'node:stream';
import pg from 'pg';
import { limitIdleTransactions } from './session.ts';

export interface PoolOptions {
  readonly databaseUrl: string;
  /** Sessions at most. */
  readonly max: number;
  /** Sets up each session before it is lent; one that it refuses is closed. */
  readonly setUp: (client: pg.ClientBase) => Promise<void>;
  /** Hears of sessions that ended while nobody had them. */
  readonly failed: (error: Error) => void;
  /** Milliseconds in which the server answers each statement. */
  readonly silence?: number;
}

/** Milliseconds, also for a free session. */
const CONNECTING = 10_000;
/** Milliseconds: no statement of ours takes as long. */
const SILENCE = 30_000;

/**
 * A pool whose sessions end when the server says nothing. Where a network drops what it should carry, as after a failover
 * or with a firewall that has forgotten the connection, TCP itself would go on for a quarter of an hour, and all who wait
 * behind one statement with it.
 */
export function openPool({ databaseUrl, max, setUp, failed, silence = SILENCE }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    ...{ connectionString: databaseUrl, max, connectionTimeoutMillis: CONNECTING, keepAlive: true },
    async onConnect(client) {
      endWhenSilent(client, silence);
      await limitIdleTransactions(client);
      await setUp(client);
    },
  });
  pool.on('error', failed);
  return pool;
}

/** Watches from the first statement that waits until none does. */
function endWhenSilent(client: pg.ClientBase, silence: number): void {
  let watch: NodeJS.Timeout | undefined;
  const query: unknown = Reflect.get(client, 'query');
  if (typeof query !== 'function') throw new TypeError('expected a client of PostgreSQL');
  const watched = (...given: readonly unknown[]): unknown => {
    watch ??= setTimeout(() => cut(client, silence), silence);
    return Reflect.apply(query, client, given);
  };
  const unwatch = (): void => {
    clearTimeout(watch);
    watch = undefined;
  };
  Object.defineProperty(client, 'query', { value: watched });
  client.on('drain', unwatch);
  client.on('end', unwatch);
}

/** As if the server had: who waits is told in the words by which the durable engine tries again. */
function cut(client: pg.ClientBase, silence: number): void {
  const connection: unknown = Reflect.get(client, 'connection');
  const stream: unknown = Reflect.get(Object(connection), 'stream');
  if (!(stream instanceof Duplex)) throw new TypeError('expected the connection of a client of PostgreSQL');
  stream.destroy(new Error(`no answer for ${silence / 1000} s, as if the server closed the connection`));
}

import { setTimeout as wait } from 'node:timers/promises';
import type pg from 'pg';
import { openSession, Taken } from '../database/session.ts';
import type { Log } from '../log.ts';
import type { Moment } from './fence.ts';

export interface HeartbeatOptions {
  readonly databaseUrl: string;
  readonly executor: string;
  /** Milliseconds between renewals. */
  readonly every: number;
  /** Makes the row that is renewed. */
  readonly register: (client: pg.ClientBase) => Promise<void>;
  /** Hears of each renewal. @param asked when it was sent: it counts from no earlier */
  readonly renewed: (asked: Moment) => void;
  /** The row is gone. */
  readonly lost: () => void;
  readonly now: () => Moment;
  readonly log: Log;
}

export interface Heartbeat {
  /** Renews no more; `last` is done on the same session, where the database can be reached. */
  stop(last: (client: pg.ClientBase) => Promise<void>): Promise<void>;
}

const RENEW = `update trainyard.executors set renewals = renewals + 1, renewed_at = now() where executor = $1`;
/** Versions before replicas ran alone under this lock: they and we exclude each other, and we share it among us. */
const ALONE = 7_246_002;
/** Milliseconds before a session that broke is opened again. */
const AGAIN = 250;

/** Renews our row until it is stopped, or gone. @throws what the database says at the first time */
export async function startHeartbeat(options: HeartbeatOptions): Promise<Heartbeat> {
  const { databaseUrl, executor, every, renewed, lost, now, log } = options;
  const { pause, wake } = pauses();
  const excludesEarlier = exclusion();
  // Its end may be our being taken over: that is looked at at once.
  const session = keptSession(() => openSession(databaseUrl, 1.5 * every), wake);
  let stopped = false;
  const beat = async (): Promise<'renewed' | 'lost'> => {
    const asked = now();
    const client = await session.get();
    if (!(await excludesEarlier(client))) return 'lost';
    const { rowCount } = await client.query(RENEW, [executor]);
    if (rowCount === 0) return 'lost';
    renewed(asked);
    return 'renewed';
  };
  const beats = async (): Promise<'stopped' | 'lost'> => {
    for (let failing = false; ; ) {
      await pause(failing ? AGAIN : every);
      if (stopped) return 'stopped';
      try {
        if ((await beat()) === 'lost') return 'lost';
        failing = false;
      } catch (error) {
        if (!failing) log.error('the lease of this process could not be renewed', { error: String(error) });
        failing = true;
        await session.drop();
      }
    }
  };

  while (!(await excludesEarlier(await session.get()))) {
    log.info('an App of an earlier version runs alone on this database; waiting until it ends');
    await pause(2_000);
  }
  const began = now();
  await options.register(await session.get());
  renewed(began);
  const beating = beats().then(async (end) => {
    if (end === 'stopped') return;
    await session.drop();
    lost();
  });
  return {
    async stop(last) {
      stopped = true;
      wake();
      await beating;
      await session
        .get()
        .then(last)
        .catch((error: unknown) => {
          log.error('the lease of this process could not be given back; it runs out', { error: String(error) });
        });
      await session.drop();
    },
  };
}

/** Pauses of which the one that is under way, or else the next, can be cut short. */
function pauses(): { pause(milliseconds: number): Promise<void>; wake(): void } {
  let cut = new AbortController();
  return {
    async pause(milliseconds) {
      await wait(milliseconds, undefined, { signal: cut.signal }).catch(() => {});
      cut = new AbortController();
    },
    wake: () => cut.abort(),
  };
}

interface KeptSession {
  /** The session, opened anew where it ended. */
  get(): Promise<pg.Client>;
  drop(): Promise<void>;
}

/** @param ended called when a session ended by itself */
function keptSession(open: () => Promise<pg.Client>, ended: () => void): KeptSession {
  let current: pg.Client | null = null;
  return {
    async get() {
      if (current !== null) return current;
      const opened = await open();
      current = opened;
      opened.once('end', () => {
        if (current !== opened) return;
        current = null;
        ended();
      });
      return opened;
    },
    async drop() {
      const last = current;
      current = null;
      await last?.end().catch(() => {});
    },
  };
}

/** @returns asks a session once, as long as it lasts */
function exclusion(): (client: pg.Client) => Promise<boolean> {
  const excluding = new WeakSet<pg.Client>();
  return async (client) => {
    if (excluding.has(client)) return true;
    const { rows } = await client.query('select pg_try_advisory_lock_shared($1) as taken', [ALONE]);
    const { taken } = Taken.parse(rows[0]);
    if (taken) excluding.add(client);
    return taken;
  };
}

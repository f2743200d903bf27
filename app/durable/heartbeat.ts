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
  let client: pg.Client | null = null;
  let stopped = false;
  let wake = (): void => {};
  const pause = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (stopped) wake();
    });
  const open = async (): Promise<pg.Client> => {
    const opened = await openSession(databaseUrl, 1.5 * every);
    // Its end may be our being taken over: that is looked at at once.
    opened.once('end', () => {
      if (client === opened) client = null;
      wake();
    });
    return opened;
  };
  const drop = async (): Promise<void> => {
    const broken = client;
    client = null;
    await broken?.end().catch(() => {});
  };
  const beat = async (): Promise<'renewed' | 'lost'> => {
    const asked = now();
    if (client === null) {
      client = await open();
      if (!(await excludesEarlier(client))) return 'lost';
    }
    const { rowCount } = await client.query(RENEW, [executor]);
    if (rowCount === 0) return 'lost';
    renewed(asked);
    return 'renewed';
  };

  client = await open();
  while (!(await excludesEarlier(client))) {
    log.info('an App of an earlier version runs alone on this database; waiting until it ends');
    await pause(2_000);
  }
  const began = now();
  await options.register(client);
  renewed(began);

  const beating = (async () => {
    let failing = false;
    for (;;) {
      await pause(failing ? AGAIN : every);
      if (stopped) return;
      try {
        if ((await beat()) === 'lost') {
          await drop();
          return lost();
        }
        failing = false;
      } catch (error) {
        if (!failing) log.error('the lease of this process could not be renewed', { error: String(error) });
        failing = true;
        await drop();
      }
    }
  })();
  return {
    async stop(last) {
      stopped = true;
      wake();
      await beating;
      try {
        client ??= await open();
        await last(client);
      } catch (error) {
        log.error('the lease of this process could not be given back; it runs out', { error: String(error) });
      }
      await drop();
    },
  };
}

async function excludesEarlier(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query('select pg_try_advisory_lock_shared($1) as taken', [ALONE]);
  return Taken.parse(rows[0]).taken;
}

import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClientBase } from 'pg';
import { refuseDatabase } from '../database/session.ts';
import type { Log } from '../log.ts';
import { clocks, type LeaseFence } from './fence.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import { type Found, type Lookout, startLookout } from './lookout.ts';
import { handOver, sessionName } from './takeover.ts';

export interface ReplicaOptions {
  readonly databaseUrl: string;
  /** Milliseconds without a renewal after which another process may take over. */
  readonly lease: number;
  /** Closed as yet; open for as long as the lease lasts. */
  readonly fence: LeaseFence;
  readonly log: Log;
  /** Another process took over what this one did: it must end at once. */
  readonly lost: (why: string) => void;
  /** No other process can be on this database. */
  readonly alone?: boolean;
}

/** This process among those that share a database. */
export interface Replica {
  /** Its name in the database: new at each start. */
  readonly executor: string;
  /** The database's address, for sessions that are known there as this process's and end when it is taken over. */
  readonly databaseUrl: string;
  /** For `onConnect` of each pool on that address: refuses a session to a process that was taken over. */
  readonly admit: (client: ClientBase) => Promise<void>;
  /** Begins to look for processes that are gone. */
  takeOver(found: Found): Promise<void>;
  /** Puts back what runs here and was not finished, at once, and lets go of the lease: nothing goes out any more. */
  leave(): Promise<void>;
}

/** Also the times that it may be renewed before it runs out. */
const PARTS = 3;
/** Milliseconds for which the answers to what was sent are waited for at the end. */
const ANSWERED = 5_000;
/** Of a lease, for what was sent just before its end and is still on its way. */
const ON_ITS_WAY = 1 / 6;

const INSERT = 'insert into trainyard.executors (executor, host, lease_ms) values ($1, $2, $3)';
const KNOWN = 'select 1 from trainyard.executors where executor = $1 for key share';

/**
 * Makes this process one of the replicas on a database, which must be migrated. It holds a lease that it renews; whoever
 * does not is taken over by another one, and writes nothing more: neither to the database, which ends its sessions
 * and admits no new ones, nor to GitHub, where the fence is asked before each request.
 *
 * @throws AppError `database_unavailable`
 */
export async function joinReplicas({
  log,
  lease,
  fence,
  lost,
  alone = false,
  ...options
}: ReplicaOptions): Promise<Replica> {
  const executor = randomUUID();
  const address = new URL(options.databaseUrl);
  address.searchParams.set('application_name', sessionName(executor));
  const databaseUrl = address.href;
  const every = lease / PARTS;
  let lookout: Lookout | null = null;
  const heartbeat: Heartbeat = await startHeartbeat({
    ...{ databaseUrl, executor, every, log },
    register: async (client) => void (await client.query(INSERT, [executor, hostname(), lease])),
    renewed: (asked) => fence.extend(asked, lease * (1 - ON_ITS_WAY)),
    lost() {
      fence.close();
      lost('another replica took over');
    },
    now: clocks,
  }).catch(refuseDatabase(databaseUrl));
  return {
    executor,
    databaseUrl,
    async admit(client) {
      const { rows } = await client.query(KNOWN, [executor]);
      if (rows.length === 0) throw new Error('another process has taken over what this one did');
    },
    async takeOver(found) {
      lookout = await startLookout({ databaseUrl, executor, lease, alone, log, found });
    },
    async leave() {
      await lookout?.stop();
      fence.close();
      // Whoever takes over looks whether it is there, and must not look too early.
      await fence.answered(ANSWERED);
      await heartbeat.stop(async (client) => {
        const flows = await handOver(client, executor);
        if (flows > 0) log.info('unfinished work is handed over', { flows });
      });
    },
  };
}

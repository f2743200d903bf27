import { DBOS, type DBOSConfig } from '@dbos-inc/dbos-sdk';
import type pg from 'pg';
import { openPool } from '../database/pool.ts';
import { exclusively } from '../database/session.ts';
import type { Log } from '../log.ts';
import { keepOneALane } from './one-a-lane.ts';

export interface EngineOptions {
  readonly databaseUrl: string;
  /** Names this process among replicas (app/durable/replica.ts). */
  readonly executor?: string;
  /** Sets up each session; one that it refuses is closed. */
  readonly admit?: (client: pg.ClientBase) => Promise<void>;
  /** Milliseconds between looks for what another process stored, or what waits behind another one. */
  readonly poll?: number;
  readonly log: Log;
}

export const QUEUE = 'deliveries';
/** Lanes at once. */
export const CONCURRENCY = 8;
const POLL = 150;
/** The key of the lock under which the engine's tables are brought up to date. */
const LAUNCH = 7_246_003;
const CONNECTIONS = 10;
/**
 * Fixed, because a stored delivery is only picked up by the version that it was stored under, and none may be lost with
 * an upgrade. A flow whose steps changed under it ends in an error and is begun anew at once.
 */
const VERSION = 'deliveries-1';

/**
 * As the engine's own would be, but that a connection is only lent once its session is set up: the engine asks that in
 * passing, while the first query runs, which version 9 of the client refuses.
 */
export function enginePool({ databaseUrl, admit = async () => {}, log }: EngineOptions): pg.Pool {
  return openPool({
    ...{ databaseUrl, max: CONNECTIONS },
    setUp: admit,
    failed: (error) => log.info('durable engine', { entry: String(error) }),
  });
}

/** Brings the engine's tables up to date and has it take from the queue, whose flow must be registered. */
export async function launchEngine(options: EngineOptions, pool: pg.Pool): Promise<void> {
  DBOS.setConfig({ ...configOf(options), systemDatabasePool: pool });
  // Replicas that start together must not both make the engine's tables.
  await exclusively(options.databaseUrl, LAUNCH, async () => {
    await DBOS.launch();
    await keepOneALane(pool, QUEUE, options.log);
  }).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  await DBOS.registerQueue(QUEUE, {
    partitionConcurrency: 1,
    workerConcurrency: CONCURRENCY,
    minPollingIntervalMs: options.poll ?? POLL,
    onConflict: 'always_update',
  });
}

function configOf({ databaseUrl, executor, log }: EngineOptions): DBOSConfig {
  const quiet = () => {};
  return {
    name: 'trainyard',
    systemDatabaseUrl: databaseUrl,
    applicationVersion: VERSION,
    executorID: executor ?? 'local',
    logger: {
      info: quiet,
      debug: quiet,
      warn: (entry) => log.info('durable engine', { entry: String(entry) }),
      error: (entry) => log.error('durable engine', { entry: String(entry) }),
    },
  };
}

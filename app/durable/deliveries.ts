import { AsyncResource } from 'node:async_hooks';
import { DBOS, type DBOSConfig, type WorkflowStatusString } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import type { Outcome } from '../../flows/outcome.ts';
import { PortError } from '../../flows/ports.ts';
import { exclusively } from '../database/session.ts';
import type { Log } from '../log.ts';
import { Arrival, isBackground } from './arrival.ts';
import { again, type Failed, isTakenOver, obstacleOf, unread } from './failures.ts';
import { keepOneALane } from './one-a-lane.ts';
import { isWorthTrying, type PutOff, putOffBefore } from './put-off.ts';
import { type Stored, storeTogether } from './together.ts';
import { queueWaker } from './wake.ts';

export interface Enqueue {
  /** The permanent idempotency key: a second arrival under it does nothing. */
  readonly id: string;
  /** Arrivals of one lane are handled one after the other, in order; lanes are handled beside each other. */
  readonly lane: string;
  /** While an arrival with this key waits or runs, another one is dropped. */
  readonly collapse?: string;
  /** Seconds before it may be handled. */
  readonly delay?: number;
  /** Why it waits that long: what comes in behind it in its lane waits, too. */
  readonly putOff?: PutOff | undefined;
}

export interface Deliveries {
  enqueue(arrival: Arrival, options: Enqueue): Promise<void>;
  /** Stores all or none, in this order. @returns ids that were not there yet */
  enqueueAll(arrivals: readonly Stored[]): Promise<ReadonlySet<string>>;
  /**
   * Has deliveries handled again whose process ended each time it came to them: nobody was left to do so.
   * @param now milliseconds since the epoch
   */
  retryAbandoned(now: number): Promise<void>;
  /** Deletes what ended before. @param before milliseconds since the epoch */
  forget(before: number): Promise<void>;
  /** Looks into the queue now, and not at the next poll. */
  lookAgain(): void;
  /** Takes no more and waits for what runs; what does not end in time is for whoever takes over. */
  close(): Promise<void>;
}

export interface DeliveryOptions {
  readonly databaseUrl: string;
  readonly handle: (arrival: Arrival) => Promise<Outcome>;
  /** Around all that is done for one arrival: its log lines, its trace. */
  readonly within?: (id: string, arrival: Arrival, flow: () => Promise<Outcome>) => Promise<Outcome>;
  /** What of an error is kept in the database. */
  readonly kept?: (error: unknown) => unknown;
  readonly log: Log;
  /** Names this process among replicas (app/durable/replica.ts). */
  readonly executor?: string;
  /** Sets up each session; one that it refuses is closed. */
  readonly admit?: (client: pg.ClientBase) => Promise<void>;
  /** Milliseconds between looks for what another process stored, or what waits behind another one. */
  readonly poll?: number;
  /** Milliseconds for which what runs is waited for at the end. */
  readonly drain?: number;
}

const NAME = 'handle-delivery';
const QUEUE = 'deliveries';
/** Lanes at once. */
const CONCURRENCY = 8;
const POLL = 150;
/** Milliseconds within which the engine has noted that a delivery's flow has ended. */
const NOTED = 10;
/** The key of the lock under which the engine's tables are brought up to date. */
const LAUNCH = 7_246_003;
/** Milliseconds: within the half minute that is given to whoever is asked to end. */
const DRAIN = 20_000;
const CONNECTIONS = 10;
/** Milliseconds. */
const IDLE_TRANSACTION = 60_000;
/** Milliseconds. */
const RETRIED_FOR = 86_400_000;
const ABANDONED = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED';
const ENDED: WorkflowStatusString[] = ['SUCCESS', 'CANCELLED', 'ERROR', ABANDONED];
/**
 * Fixed, because a stored delivery is only picked up by the version that it was stored under, and none may be lost with
 * an upgrade. A flow whose steps changed under it ends in an error and is begun anew at once.
 */
const VERSION = 'deliveries-1';

/** One durable workflow per delivery, in PostgreSQL. One at a time in a process: the engine underneath is global. */
export async function startDeliveries(options: DeliveryOptions): Promise<Deliveries> {
  const { log } = options;
  let closing = false;
  let woken: Promise<void> = Promise.resolve();
  // Bound to here: begun from within a delivery's flow, others would be taken for its children.
  const wake = AsyncResource.bind(queueWaker(QUEUE));
  const lookAgain = (): void => {
    if (!closing) woken = wake();
  };
  const handleAgain = AsyncResource.bind(async (failed: Failed): Promise<number | null> => {
    const next = again(failed, Date.now());
    if (next === null) return null;
    const lane = (await DBOS.getWorkflowStatus(failed.id))?.queuePartitionKey ?? failed.arrival.repository;
    await store(next.arrival, { id: next.id, lane, delay: next.delay, putOff: next.arrival.again });
    return next.delay;
  });
  // What came in later is not handled before what is put off.
  const waitsBehind = AsyncResource.bind(async (id: string, { again: before }: Arrival): Promise<PortError | null> => {
    const now = Date.now();
    const found = await putOffBefore(pool, id, before?.first ?? now, now);
    if (found === null) return null;
    const tries = before === undefined && isWorthTrying(found, now);
    if (tries) await DBOS.setWorkflowDelay(found.id, 1);
    const code = found.why === 'limited' ? 'rate_limited' : 'unavailable';
    return new PortError(code, `it is handled after ${found.id}`, {
      until: (tries ? now + 1000 : Math.max(now, found.due)) + 1000,
    });
  });
  const leave = AsyncResource.bind(async (id: string, stored: unknown): Promise<void> => {
    const next = unread(id);
    const lane = (await DBOS.getWorkflowStatus(id))?.queuePartitionKey;
    if (next !== null && lane !== undefined) await store(stored, { ...next, lane });
  });
  const run = DBOS.registerWorkflow(
    async (stored: unknown) => {
      try {
        return await handleOne(stored, options, { handleAgain, waitsBehind, leave });
      } finally {
        // Behind it, the next of its lane may wait.
        setTimeout(lookAgain, NOTED);
      }
    },
    { name: NAME },
  );
  const pool = enginePool(options);
  DBOS.setConfig({ ...configOf(options), systemDatabasePool: pool });
  // Replicas that start together must not both make the engine's tables.
  await exclusively(options.databaseUrl, LAUNCH, async () => {
    await DBOS.launch();
    await keepOneALane(pool, QUEUE, log);
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
  const enqueue = (arrival: Arrival, how: Enqueue): Promise<void> => store(arrival, how);
  const store = async (arrival: unknown, { id, lane, collapse, delay, putOff }: Enqueue): Promise<void> => {
    await DBOS.startWorkflow(run, {
      workflowID: id,
      queueName: QUEUE,
      ...(putOff === undefined ? {} : { workflowAttributes: { ...putOff } }),
      ...(collapse === undefined ? {} : { duplicationPolicy: 'return-existing' }),
      enqueueOptions: {
        queuePartitionKey: lane,
        ...(collapse === undefined ? {} : { deduplicationID: collapse }),
        ...(delay === undefined ? {} : { delaySeconds: delay }),
      },
    })(arrival);
    // It is stored: whoever waits for that need not wait for its begin.
    lookAgain();
  };
  return {
    enqueue,
    async enqueueAll(arrivals) {
      const stored = await storeTogether(run, QUEUE, arrivals);
      lookAgain();
      return stored;
    },
    lookAgain,
    async retryAbandoned(now) {
      const startTime = new Date(now - RETRIED_FOR).toISOString();
      const filter = { workflowName: NAME, status: [ABANDONED as WorkflowStatusString], startTime, loadOutput: false };
      for (const { workflowID: id, input } of await DBOS.listWorkflows(filter)) {
        const arrival = Arrival.safeParse(input?.[0]);
        if (arrival.success) await handleAgain({ id, arrival: arrival.data, error: null });
      }
    },
    async forget(before) {
      const ended = { workflowName: NAME, status: ENDED, endTime: new Date(before).toISOString(), limit: 1000 };
      for (;;) {
        const old = await DBOS.listWorkflows({ ...ended, loadInput: false, loadOutput: false });
        await DBOS.deleteWorkflows(old.map(({ workflowID }) => workflowID));
        if (old.length < ended.limit) return;
      }
    },
    async close() {
      log.info('draining');
      closing = true;
      await woken;
      await DBOS.shutdown({ workflowCompletionTimeoutMS: options.drain ?? DRAIN, deregister: true });
      await pool.end();
    },
  };
}

/** What is done about an arrival that is not done with. */
interface Later {
  /** @returns seconds until then; null: never */
  readonly handleAgain: (failed: Failed) => Promise<number | null>;
  /** Why it must be handled later than another one of its lane; null when it may be handled now. */
  readonly waitsBehind: (id: string, arrival: Arrival) => Promise<PortError | null>;
  /** For other code, which can read it. */
  readonly leave: (id: string, stored: unknown) => Promise<void>;
}

async function handleOne(
  stored: unknown,
  { within = (_, __, flow) => flow(), ...options }: DeliveryOptions,
  later: Later,
): Promise<Outcome> {
  const id = DBOS.workflowID ?? '';
  const read = Arrival.safeParse(stored);
  if (read.success) return within(id, read.data, () => handleArrival(id, read.data, options, later));
  await later.leave(id, stored);
  options.log.error('another version of the App stored what this one can’t read; it is left to that one', { id });
  throw read.error;
}

async function handleArrival(
  id: string,
  arrival: Arrival,
  { handle, kept = (error) => error, log }: DeliveryOptions,
  { handleAgain, waitsBehind }: Later,
): Promise<Outcome> {
  const fields = { id, repository: arrival.repository, event: arrival.event.kind };
  const behind = isBackground(arrival.event) ? null : await waitsBehind(id, arrival);
  if (behind !== null) {
    const delay = await handleAgain({ id, arrival, error: behind });
    log.info('postponed', { ...fields, error: String(behind), again: delay });
    return { code: 'ignored', message: behind.message };
  }
  try {
    const outcome = await handle(arrival);
    log.info('handled', { ...fields, outcome });
    return outcome;
  } catch (error) {
    // Whoever has it now says what comes of it.
    if (isTakenOver(error)) throw error;
    // Before the failure is recorded: an end between the two repeats this, and one after it loses nothing.
    const delay = await handleAgain({ id, arrival, error });
    const said = { ...fields, error: String(error), again: delay };
    const comesAgain = delay !== null || isBackground(arrival.event);
    if (comesAgain && obstacleOf(error) !== 'error') log.info('postponed', said);
    else {
      const message = comesAgain ? 'failed; it is handled again later' : 'failed, and is given up';
      log.error(message, { ...said, stack: stackOf(error) });
    }
    throw kept(error);
  }
}

/**
 * As the engine's own would be, but that a connection is only lent once its session is set up: the engine asks that in
 * passing, while the first query runs, which version 9 of the client refuses.
 */
function enginePool({ databaseUrl, admit = async () => {}, log }: DeliveryOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: CONNECTIONS,
    connectionTimeoutMillis: 10_000,
    // A transaction that its process left open holds locks until the server ends it.
    async onConnect(client) {
      await client.query(`set idle_in_transaction_session_timeout = ${IDLE_TRANSACTION}`);
      await admit(client);
    },
  });
  pool.on('error', (error) => log.info('durable engine', { entry: String(error) }));
  return pool;
}

function configOf({ databaseUrl, executor, log }: DeliveryOptions): DBOSConfig {
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

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack?.split('\n').slice(0, 4).join('\n') : undefined;
}

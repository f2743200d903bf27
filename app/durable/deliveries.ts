import { AsyncResource } from 'node:async_hooks';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { retryAbandoned } from './abandoned.ts';
import type { Arrival } from './arrival.ts';
import { CONCURRENCY, type EngineOptions, enginePool, launchEngine, QUEUE } from './engine.ts';
import { type Forget, forgetEnded } from './forget.ts';
import { type Handling, handleOne } from './handling.ts';
import { inTheQueue } from './later.ts';
import { roomFor } from './room.ts';
import { type Enqueue, type Store, storeOne } from './store.ts';
import { type Stored, storeTogether } from './together.ts';
import { queueWaker } from './wake.ts';

export interface Deliveries {
  enqueue(arrival: Arrival, options: Enqueue): Promise<void>;
  /** Stores all or none, in this order. @returns ids that were not there yet */
  enqueueAll(arrivals: readonly Stored[]): Promise<ReadonlySet<string>>;
  /**
   * Has deliveries handled again whose process ended each time it came to them: nobody was left to do so.
   * @param now milliseconds since the epoch
   */
  retryAbandoned(now: number): Promise<void>;
  /** Deletes what ended before. */
  forget(before: Forget): Promise<void>;
  /** Looks into the queue now, and not at the next poll. */
  lookAgain(): void;
  /** Takes no more and waits for what runs; what does not end in time is for whoever takes over. */
  close(): Promise<void>;
}

export interface DeliveryOptions extends EngineOptions, Handling {
  /** Milliseconds for which what runs is waited for at the end. */
  readonly drain?: number;
}

const NAME = 'handle-delivery';
/** Milliseconds within which the engine has noted that a delivery's flow has ended. */
const NOTED = 10;
/** Milliseconds: within the half minute that is given to whoever is asked to end. */
const DRAIN = 20_000;

/** One durable workflow per delivery, in PostgreSQL. One at a time in a process: the engine underneath is global. */
export async function startDeliveries(options: DeliveryOptions): Promise<Deliveries> {
  let closing = false;
  let woken: Promise<void> = Promise.resolve();
  // Bound to here: begun from within a delivery's flow, others would be taken for its children.
  const wake = AsyncResource.bind(queueWaker(QUEUE));
  const lookAgain = (): void => {
    if (!closing) woken = wake();
  };
  const store: Store = async (stored, how) => {
    await storeOne(run, QUEUE, stored, how);
    // It is stored: whoever waits for that need not wait for its begin.
    lookAgain();
  };
  const pool = enginePool(options);
  const later = inTheQueue(pool, store);
  // The other half is for what people wait for.
  const background = roomFor(CONCURRENCY / 2);
  const handle = async (stored: unknown) => {
    try {
      return await handleOne(stored, { ...options, background }, later);
    } finally {
      // Behind it, the next of its lane may wait.
      setTimeout(lookAgain, NOTED);
    }
  };
  const run = DBOS.registerWorkflow(handle, { name: NAME });
  await launchEngine(options, pool);
  return {
    enqueue: store,
    async enqueueAll(arrivals) {
      const stored = await storeTogether(run, QUEUE, arrivals);
      lookAgain();
      return stored;
    },
    lookAgain,
    retryAbandoned: (now) => retryAbandoned(NAME, later, now),
    forget: (before) => forgetEnded(NAME, before),
    async close() {
      options.log.info('draining');
      closing = true;
      await woken;
      await DBOS.shutdown({ workflowCompletionTimeoutMS: options.drain ?? DRAIN, deregister: true });
      await pool.end();
    },
  };
}

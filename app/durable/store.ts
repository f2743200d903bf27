import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Outcome } from '../../flows/outcome.ts';
import type { PutOff } from './put-off.ts';

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

/** A flow as the engine registered it. */
export type Registered = (stored: unknown) => Promise<Outcome>;
/** Stores what a flow is begun with, whether this code can read it or not. */
export type Store = (stored: unknown, how: Enqueue) => Promise<void>;

/** Puts a flow into the engine's queue. */
export async function storeOne(flow: Registered, queue: string, stored: unknown, how: Enqueue): Promise<void> {
  const { id, lane, collapse, delay, putOff } = how;
  await DBOS.startWorkflow(flow, {
    workflowID: id,
    queueName: queue,
    ...(putOff === undefined ? {} : { workflowAttributes: { ...putOff } }),
    ...(collapse === undefined ? {} : { duplicationPolicy: 'return-existing' }),
    enqueueOptions: {
      queuePartitionKey: lane,
      ...(collapse === undefined ? {} : { deduplicationID: collapse }),
      ...(delay === undefined ? {} : { delaySeconds: delay }),
    },
  })(stored);
}

import { enqueueWorkflows, prepareEnqueuedWorkflow } from '@dbos-inc/dbos-sdk/eventreceiver';
import { z } from 'zod';
import type { Arrival } from './arrival.ts';
import type { Registered } from './store.ts';

export interface Stored {
  readonly arrival: Arrival;
  readonly id: string;
  readonly lane: string;
}

const Refused = z.object({ code: z.string() });
/** Two replicas that were handed the same deliveries in another order waited for each other; one of them was let go. */
const DEADLOCK = '40P01';
const ATTEMPTS = 3;

/**
 * Stores arrivals in one transaction, in their order: the engine keeps it within a lane, which it does not for what is
 * stored one by one within a millisecond. An id that is there already stays as it is.
 * @returns ids that were not there yet
 * @throws the database's error; then none is stored
 */
export async function storeTogether(
  flow: Registered,
  queue: string,
  arrivals: readonly Stored[],
): Promise<ReadonlySet<string>> {
  const rows = await Promise.all(
    arrivals.map(({ arrival, id, lane }) =>
      prepareEnqueuedWorkflow(flow, [arrival], { workflowID: id, queueName: queue, queuePartitionKey: lane }),
    ),
  );
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await enqueueWorkflows(rows);
    } catch (error) {
      if (Refused.safeParse(error).data?.code !== DEADLOCK || attempt >= ATTEMPTS) throw error;
    }
  }
}

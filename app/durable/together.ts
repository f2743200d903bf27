import { enqueueWorkflows, prepareEnqueuedWorkflow } from '@dbos-inc/dbos-sdk/eventreceiver';
import { z } from 'zod';
import type { Arrival } from './arrival.ts';

/** A flow as the engine registered it. */
type Registered = Parameters<typeof prepareEnqueuedWorkflow<[unknown], unknown>>[0];

export interface Stored {
  readonly arrival: Arrival;
  readonly id: string;
  readonly lane: string;
}

const Refused = z.object({ code: z.string() });
/** Two replicas that were handed the same deliveries in another order waited for each other; one of them was let go. */
const DEADLOCK = '40P01';
/** Classes of errors that say that what was to be stored is at fault, and not the database. */
const UNFIT = /^2[23]/;

/**
 * Stores arrivals in one transaction, in their order. An id that is there already stays as it is. One that the database
 * takes for itself alone is not lost with another that it can't take.
 * @returns ids that were not there yet
 * @throws the database's error, or that of the one that could not be stored
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
      if (Refused.safeParse(error).data?.code !== DEADLOCK || attempt === 3) throw error;
    }
  }
}

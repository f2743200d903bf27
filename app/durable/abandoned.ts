import { DBOS, type WorkflowStatusString } from '@dbos-inc/dbos-sdk';
import { Arrival } from './arrival.ts';
import type { Later } from './later.ts';

/** Milliseconds. */
const RETRIED_FOR = 86_400_000;
/** The state of a flow whose process ended each time it came to it. */
export const ABANDONED: WorkflowStatusString = 'MAX_RECOVERY_ATTEMPTS_EXCEEDED';

/** Has what was abandoned handled again. @param now milliseconds since the epoch */
export async function retryAbandoned(name: string, { handleAgain }: Later, now: number): Promise<void> {
  const startTime = new Date(now - RETRIED_FOR).toISOString();
  const filter = { workflowName: name, status: [ABANDONED], startTime, loadOutput: false };
  for (const { workflowID: id, input } of await DBOS.listWorkflows(filter)) {
    const arrival = Arrival.safeParse(input?.[0]);
    if (arrival.success) await handleAgain({ id, arrival: arrival.data, error: null });
  }
}

import { AsyncResource } from 'node:async_hooks';
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Pool } from 'pg';
import { PortError } from '../../flows/ports.ts';
import type { Arrival } from './arrival.ts';
import { again, type Failed, unread } from './failures.ts';
import { isWorthTrying, putOffBefore } from './put-off.ts';
import { comeback } from './room.ts';
import type { Store } from './store.ts';

/** What is done about an arrival that is not done with. */
export interface Later {
  /** @returns seconds until then; null: never */
  readonly handleAgain: (failed: Failed) => Promise<number | null>;
  /** Why it must be handled later than another one of its lane; null when it may be handled now. */
  readonly waitsBehind: (id: string, arrival: Arrival) => Promise<PortError | null>;
  /** Of what found no room among what comes again by itself. */
  readonly comeAgain: (id: string, arrival: Arrival) => Promise<void>;
  /** For other code, which can read it. */
  readonly leave: (id: string, stored: unknown) => Promise<void>;
}

/**
 * To be made outside of any flow: what is begun from within one would be taken for its child.
 * @param pool on the engine's database
 */
export function inTheQueue(pool: Pool, store: Store): Later {
  return {
    handleAgain: AsyncResource.bind(async (failed: Failed): Promise<number | null> => {
      const next = again(failed, Date.now());
      if (next === null) return null;
      const lane = (await DBOS.getWorkflowStatus(failed.id))?.queuePartitionKey ?? failed.arrival.repository;
      await store(next.arrival, { id: next.id, lane, delay: next.delay, putOff: next.arrival.again });
      return next.delay;
    }),
    waitsBehind: AsyncResource.bind(async (id: string, { again: before }: Arrival): Promise<PortError | null> => {
      const now = Date.now();
      // The engine asks again and again where the database is away; this question is ours.
      const found = await putOffBefore(pool, id, before?.first ?? now, now).catch(away);
      if (found === null || found instanceof PortError) return found;
      const tries = before === undefined && isWorthTrying(found, now);
      if (tries) await DBOS.setWorkflowDelay(found.id, 1);
      const code = found.why === 'limited' ? 'rate_limited' : 'unavailable';
      return new PortError(code, `it is handled after ${found.id}`, {
        until: (tries ? now + 1000 : Math.max(now, found.due)) + 1000,
      });
    }),
    comeAgain: AsyncResource.bind(async (id: string, arrival: Arrival): Promise<void> => {
      const lane = (await DBOS.getWorkflowStatus(id))?.queuePartitionKey ?? arrival.repository;
      await store(arrival, { ...comeback(id, arrival), lane });
    }),
    leave: AsyncResource.bind(async (id: string, stored: unknown): Promise<void> => {
      const next = unread(id);
      const lane = (await DBOS.getWorkflowStatus(id))?.queuePartitionKey;
      if (next !== null && lane !== undefined) await store(stored, { ...next, lane });
    }),
  };
}

function away(cause: unknown): PortError {
  return new PortError('unavailable', 'the App’s database did not say what comes first; it is tried again', { cause });
}

import type { Pool } from 'pg';
import type { Lane } from '../deliveries/delivery.ts';
import type { Arrival } from '../durable/arrival.ts';
import type { Deliveries } from '../durable/deliveries.ts';
import { laneOf } from '../lanes.ts';
import { groupCommit } from './group-commit.ts';

export interface Inbox {
  /**
   * Stores a delivery in the durable queue, together with others that came meanwhile.
   * @param id its GUID: one that was stored under it in the last 14 days is a duplicate, in all replicas
   * @throws AppError `overloaded`; the database's error when it can't be stored
   */
  put(id: string, arrival: Arrival, lane: Lane): Promise<'accepted' | 'duplicate'>;
}

interface Put {
  readonly id: string;
  readonly arrival: Arrival;
  readonly lane: Lane;
}

/** Deliveries of one commit: a few milliseconds of the database's time. */
const TOGETHER = 100;
/** Deliveries that may wait in memory: two seconds' worth of the most that is stored. */
const WAITING = 2_000;
/** Milliseconds, below the 10 s after which GitHub gives up: then it has our word that nothing is sure to be stored. */
const PATIENCE = 8_000;

export function openInbox(pool: Pool, deliveries: Pick<Deliveries, 'enqueueAll'>): Inbox {
  const commit = async (puts: readonly Put[]): Promise<readonly ('accepted' | 'duplicate')[]> => {
    // All lanes first: what must be looked up must not be overtaken by what came after it in the same lane.
    const lanes = await Promise.all(puts.map(({ arrival, lane }) => laneOf(pool, arrival.repository, lane)));
    const stored = new Set(
      await deliveries.enqueueAll(
        puts.map(({ id, arrival }, index) => ({ arrival, id, lane: lanes[index] ?? arrival.repository })),
      ),
    );
    // Twice in one commit: the first is the one that was stored.
    return puts.map(({ id }) => (stored.delete(id) ? 'accepted' : 'duplicate'));
  };
  const put = groupCommit({ commit, together: TOGETHER, waiting: WAITING, patience: PATIENCE });
  return { put: (id, arrival, lane) => put({ id, arrival, lane }) };
}

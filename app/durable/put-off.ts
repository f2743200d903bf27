import type { Pool } from 'pg';
import { z } from 'zod';
import type { Obstacle } from './arrival.ts';

/** What is stored beside an arrival that is put off: when it failed first, in milliseconds since the epoch, and why. */
export type PutOff = { readonly first: number; readonly why: Obstacle };

const Found = z.object({
  id: z.string(),
  due: z.coerce.number(),
  made: z.coerce.number(),
  why: z.enum(['limited', 'unanswered']),
});
/** An arrival that is put off, with when it is due and since when it is; milliseconds since the epoch. */
export type Found = z.infer<typeof Found>;

/** Milliseconds: an arrival that fails for longer than this may fail for a reason of its own, and the others go on. */
const WAITED_FOR = 3_600_000;

/**
 * The arrival of the same lane that came in before this one and is put off, as GitHub was away or refused: what came in
 * later must not be handled before it. Reads the durable engine's own table.
 * @param own the id of an arrival that is being handled
 * @param first when that one failed first, now where it has not; milliseconds since the epoch
 */
export async function putOffBefore(pool: Pool, own: string, first: number, now: number): Promise<Found | null> {
  const sql = `select other.workflow_uuid as id, other.delay_until_epoch_ms as due, other.created_at as made,
      other.attributes->>'why' as why
    from dbos.workflow_status own join dbos.workflow_status other
      on other.queue_name = own.queue_name and other.queue_partition_key = own.queue_partition_key
    where own.workflow_uuid = $1 and other.status in ('DELAYED', 'ENQUEUED') and other.attributes->>'why' in ('limited', 'unanswered')
      and (other.attributes->>'first')::float8 < $2 and (other.attributes->>'first')::float8 > $3
    order by (other.attributes->>'first')::float8 limit 1`;
  const [found] = (await pool.query(sql, [own, first, now - WAITED_FOR])).rows;
  return found === undefined ? null : Found.parse(found);
}

/** Milliseconds since it was put off before which it is not tried again for somebody's sake. */
const RECENT = 15_000;

/** Whether a new arrival is a reason to try again now: GitHub may be back, and named no time. */
export function isWorthTrying({ why, made, due }: Found, now: number): boolean {
  return why === 'unanswered' && now - made > RECENT && due - now > 2000;
}

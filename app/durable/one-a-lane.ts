import type { Pool } from 'pg';
import { z } from 'zod';
import type { Log } from '../log.ts';

const Refused = z.object({ code: z.string() });
const NOT_UNIQUE = '23505';

/**
 * Has the database itself refuse that two deliveries of one lane run at once. The engine looks whether one runs before it
 * claims the lane's first, and a delivery that is stored at that moment, by a process whose clock is behind, can be
 * another first: then two processes claim one each. With this index the later claim fails, and its next look sees why.
 *
 * @param queue a name of ours: it becomes part of a statement
 */
export async function keepOneALane(pool: Pool, queue: string, log: Log): Promise<void> {
  const sql = `create unique index if not exists trainyard_one_a_lane on dbos.workflow_status (queue_partition_key)
    where status = 'PENDING' and queue_name = '${queue}'`;
  await pool.query(sql).catch((error: unknown) => {
    if (Refused.safeParse(error).data?.code !== NOT_UNIQUE) throw error;
    log.info('two deliveries of one lane run at this moment; the index against that is made at the next start');
  });
}

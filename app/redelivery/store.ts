import type { Pool } from 'pg';
import { z } from 'zod';

/** An attempt that failed. */
export interface Failed {
  readonly guid: string;
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly deliveredAt: number;
}

export interface Progress {
  /** Failures from before this time are all noted; null before the first sweep. Milliseconds since the epoch. */
  readonly reached: number | null;
  /** When the sweep began that has not read all pages yet. */
  readonly began: number | null;
  /** Its next page. */
  readonly cursor: string | null;
}

export interface Redeliveries {
  progress(): Promise<Progress>;
  save(progress: Progress): Promise<void>;
  /** Notes what failed: a first failure is due at once, each further one after a pause twice as long. */
  note(failed: readonly Failed[]): Promise<void>;
  /** What is due and did not arrive meanwhile, oldest first. */
  due(now: number, limit: number): Promise<readonly { readonly guid: string; readonly id: number }[]>;
  /** It was asked for: due again only when a later attempt is noted as failed. */
  asked(guid: string): Promise<void>;
  forget(before: number): Promise<void>;
}

/** Attempts that are asked for; with pauses that double they last for four hours. */
const ATTEMPTS = 8;

const Millis = z
  .date()
  .nullable()
  .transform((date) => date?.getTime() ?? null);
const ProgressRow = z.object({ reached: Millis, began: Millis, cursor: z.string().nullable() });
const DueRow = z.object({ guid: z.string(), id: z.coerce.number() });

/** What is known of deliveries that failed, in the App's own tables, for all replicas. */
export function redeliveries(pool: Pool): Redeliveries {
  const at = (time: number | null): Date | null => (time === null ? null : new Date(time));
  return {
    async progress() {
      const { rows } = await pool.query('select reached, began, cursor from trainyard.redelivery_progress');
      return ProgressRow.parse(rows[0]);
    },
    async save({ reached, began, cursor }) {
      const sql = 'update trainyard.redelivery_progress set reached = $1, began = $2, cursor = $3';
      await pool.query(sql, [at(reached), at(began), cursor]);
    },
    async note(failed) {
      // A page may hold several attempts of one delivery: the newest counts.
      const newest = new Map(failed.toSorted((a, b) => a.id - b.id).map((one) => [one.guid, one]));
      const all = [...newest.values()];
      const sql = `insert into trainyard.redeliveries as known (guid, delivery, due)
        select * from unnest($1::text[], $2::bigint[], $3::timestamptz[])
        on conflict (guid) do update set delivery = excluded.delivery,
          due = case when known.attempts < $4 then excluded.due + make_interval(mins => (2 ^ known.attempts)::int) end
        where excluded.delivery > known.delivery`;
      const columns = [all.map((one) => one.guid), all.map((one) => one.id), all.map((one) => at(one.deliveredAt))];
      if (all.length > 0) await pool.query(sql, [...columns, ATTEMPTS]);
    },
    async due(now, limit) {
      // We may have stored one whose answer came too late for GitHub.
      const sql = `select guid, delivery as id from trainyard.redeliveries
        where due <= $1 and not exists (select 1 from dbos.workflow_status where workflow_uuid = guid)
        order by due, delivery limit $2`;
      return z.array(DueRow).parse((await pool.query(sql, [at(now), limit])).rows);
    },
    async asked(guid) {
      const sql = 'update trainyard.redeliveries set due = null, attempts = attempts + 1 where guid = $1';
      await pool.query(sql, [guid]);
    },
    async forget(before) {
      await pool.query('delete from trainyard.redeliveries where recorded_at < $1', [at(before)]);
    },
  };
}

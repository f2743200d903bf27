import type { Pool } from 'pg';
import { z } from 'zod';
import { StepValue } from '../../core/evaluation/metrics.ts';
import type { RepositoryName, RunId } from '../../core/names.ts';
import { thinPoints } from '../../core/training/thin-points.ts';
import type { StepMetric } from '../../flows/ports.ts';
import { inTransaction } from './transaction.ts';

/** Points that are kept of a run, over all of its attempts: beyond them its curves are thinned to half of that. */
export const POINTS_A_RUN = 5_000;
/** Points posted after which it is looked how many are kept: so many more there may be at a time. */
const LOOK_EVERY = 500;

const Appended = z.object({ posted: z.coerce.number(), added: z.coerce.number() });
const Kept = z.array(
  z.object({ id: z.string(), metric: z.string(), step: z.coerce.number(), value: StepValue, attempt: z.int() }),
);

/**
 * Appends what is new; a point that is there stays as it is, unless an earlier attempt reported it.
 * @returns how many were added; none where there is no such run
 */
export async function appendStepMetrics(
  pool: Pool,
  repository: RepositoryName,
  run: RunId,
  metrics: readonly StepMetric[],
): Promise<number> {
  const sql = `with turn as (
      update trainyard.runs set posted = posted + $6 where repository = $1 and run = $2 returning attempt, posted),
    added as (
      insert into trainyard.step_metrics (repository, run, metric, step, value, attempt)
      select $1, $2, new.metric, new.step, new.value, turn.attempt
      from turn, unnest($3::text[], $4::bigint[], $5::float8[]) with ordinality as new (metric, step, value, position)
      order by new.position
      on conflict (repository, run, metric, step) do update set value = excluded.value, attempt = excluded.attempt
        where step_metrics.attempt < excluded.attempt
      returning 1)
    select posted, (select count(*) from added) as added from turn`;
  // One statement may write a row once: of two points at one step the first counts, as in two requests.
  const points = [...new Map(metrics.toReversed().map((m) => [`${m.step} ${m.metric}`, m])).values()].reverse();
  const columns = [points.map((m) => m.metric), points.map((m) => m.step), points.map((m) => m.value)];
  const { rows } = await pool.query(sql, [repository, run, ...columns, points.length]);
  if (rows.length === 0) return 0;
  const { posted, added } = Appended.parse(rows[0]);
  const looks = (count: number): number => Math.floor(count / LOOK_EVERY);
  if (looks(posted) > looks(posted - points.length)) await thinStepMetrics(pool, repository, run);
  return added;
}

async function thinStepMetrics(pool: Pool, repository: RepositoryName, run: RunId): Promise<void> {
  const client = await pool.connect();
  try {
    await inTransaction(client, async () => {
      // Two that thin at once would each keep what the other takes away.
      const lock = 'select 1 from trainyard.runs where repository = $1 and run = $2 for update';
      await client.query(lock, [repository, run]);
      const all = `select id, metric, step, value, attempt from trainyard.step_metrics
        where repository = $1 and run = $2 order by id`;
      const points = Kept.parse((await client.query(all, [repository, run])).rows);
      if (points.length <= POINTS_A_RUN) return;
      const kept = new Set(thinPoints(points, POINTS_A_RUN / 2).map(({ id }) => id));
      const gone = points.flatMap(({ id }) => (kept.has(id) ? [] : [id]));
      const sql = 'delete from trainyard.step_metrics where repository = $1 and run = $2 and id = any($3::bigint[])';
      await client.query(sql, [repository, run, gone]);
    });
  } finally {
    client.release();
  }
}

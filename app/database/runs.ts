import type { Pool } from 'pg';
import { z } from 'zod';
import type { RepositoryName, RunId } from '../../core/names.ts';
import type { StepMetric } from '../../flows/ports.ts';

/** What the App itself must know of a run, beside the ledger: whose lane it is in, and which installation it belongs to. */
export interface RunLane {
  readonly installation: number;
  readonly lane: string;
}

const Row = z.object({ installation: z.coerce.number().int().positive(), lane: z.string() });

/** Points that a run may post: beyond them nothing more is shown. */
export const POINTS_A_RUN = 5_000;

export async function recordRun(pool: Pool, repository: RepositoryName, run: RunId, to: RunLane): Promise<void> {
  const sql = `insert into trainyard.runs (repository, run, installation, lane) values ($1, $2, $3, $4)
    on conflict (repository, run) do update set installation = excluded.installation, lane = excluded.lane`;
  await pool.query(sql, [repository, run, to.installation, to.lane]);
}

export async function runLane(pool: Pool, repository: RepositoryName, run: RunId): Promise<RunLane | null> {
  const sql = 'select installation, lane from trainyard.runs where repository = $1 and run = $2';
  const { rows } = await pool.query(sql, [repository, run]);
  return rows.length === 0 ? null : Row.parse(rows[0]);
}

export async function endTraining(pool: Pool, repository: RepositoryName, run: RunId): Promise<void> {
  const sql = 'update trainyard.runs set trained_at = coalesce(trained_at, now()) where repository = $1 and run = $2';
  await pool.query(sql, [repository, run]);
}

/** What a run reports from now on is of this attempt at its training; an attempt is never taken back. */
export async function beginAttempt(pool: Pool, repository: RepositoryName, run: RunId, attempt: number): Promise<void> {
  const sql = 'update trainyard.runs set attempt = $3 where repository = $1 and run = $2 and attempt < $3';
  await pool.query(sql, [repository, run, attempt]);
}

/** Null: there is no such run. */
export async function isTraining(pool: Pool, repository: RepositoryName, run: RunId): Promise<boolean | null> {
  const sql = 'select trained_at is null as training from trainyard.runs where repository = $1 and run = $2';
  const { rows } = await pool.query(sql, [repository, run]);
  return rows.length === 0 ? null : z.object({ training: z.boolean() }).parse(rows[0]).training;
}

/** The pull request that was last sighted at the commit. */
export async function pullRequestAt(pool: Pool, repository: RepositoryName, sha: string): Promise<number | null> {
  const sql =
    'select pull_request as n from trainyard.sightings where repository = $1 and sha = $2 order by at desc limit 1';
  const { rows } = await pool.query(sql, [repository, sha]);
  return rows.length === 0 ? null : z.object({ n: z.int() }).parse(rows[0]).n;
}

/**
 * Appends what is new; a point that is there stays as it is, unless an earlier attempt reported it. Two requests at once may pass the limit by one batch.
 * @returns how many were added
 */
export async function appendStepMetrics(
  pool: Pool,
  repository: RepositoryName,
  run: RunId,
  metrics: readonly StepMetric[],
): Promise<number> {
  const sql = `insert into trainyard.step_metrics (repository, run, metric, step, value, attempt)
    select $1, $2, new.metric, new.step, new.value,
      coalesce((select attempt from trainyard.runs where repository = $1 and run = $2), 1)
    from unnest($3::text[], $4::bigint[], $5::float8[]) with ordinality as new (metric, step, value, position)
    where (select count(*) from trainyard.step_metrics where repository = $1 and run = $2) + new.position <= ${POINTS_A_RUN}
    order by new.position
    on conflict (repository, run, metric, step) do update set value = excluded.value, attempt = excluded.attempt
      where step_metrics.attempt < excluded.attempt`;
  // One statement may write a row once: of two points at one step the first counts, as in two requests.
  const points = [...new Map(metrics.toReversed().map((m) => [`${m.step} ${m.metric}`, m])).values()].reverse();
  const columns = [points.map((m) => m.metric), points.map((m) => m.step), points.map((m) => m.value)];
  return (await pool.query(sql, [repository, run, ...columns])).rowCount ?? 0;
}

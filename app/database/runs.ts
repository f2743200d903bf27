import type { Pool } from 'pg';
import { z } from 'zod';
import type { RepositoryName, RunId } from '../../core/names.ts';

/** What the App itself must know of a run, beside the ledger: whose lane it is in, and which installation it belongs to. */
export interface RunLane {
  readonly installation: number;
  readonly lane: string;
}

const Row = z.object({ installation: z.coerce.number().int().positive(), lane: z.string() });

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
  const sql = 'update trainyard.runs set attempt = $3, posted = 0 where repository = $1 and run = $2 and attempt < $3';
  await pool.query(sql, [repository, run, attempt]);
}

export interface Ingesting {
  readonly training: boolean;
  /** Points that this attempt has posted. */
  readonly posted: number;
}

/** Null: there is no such run. */
export async function ingestingOf(pool: Pool, repository: RepositoryName, run: RunId): Promise<Ingesting | null> {
  const sql = 'select trained_at is null as training, posted from trainyard.runs where repository = $1 and run = $2';
  const { rows } = await pool.query(sql, [repository, run]);
  return rows.length === 0 ? null : z.object({ training: z.boolean(), posted: z.coerce.number() }).parse(rows[0]);
}

/** The pull request that was last sighted at the commit. */
export async function pullRequestAt(pool: Pool, repository: RepositoryName, sha: string): Promise<number | null> {
  const sql =
    'select pull_request as n from trainyard.sightings where repository = $1 and sha = $2 order by at desc limit 1';
  const { rows } = await pool.query(sql, [repository, sha]);
  return rows.length === 0 ? null : z.object({ n: z.int() }).parse(rows[0]).n;
}

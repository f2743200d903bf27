import type { Pool } from 'pg';
import { z } from 'zod';
import type { RepositoryName, RunId } from '../../core/names.ts';

/** In which trace each run is told (W3C `traceparent`), by the run, a workflow run of its, or what it became. */
export interface RunTraces {
  ofRun(repository: RepositoryName, run: RunId): Promise<string | null>;
  ofWorkflowRun(repository: RepositoryName, workflowRun: number): Promise<string | null>;
  /** @param version `model@vX.Y.Z` */
  ofVersion(repository: RepositoryName, version: string): Promise<string | null>;
  becomes(repository: RepositoryName, run: RunId, version: string): Promise<void>;
  /** Keeps what it is given for a run of which it knows nothing; the one that it keeps. */
  remember(repository: RepositoryName, run: RunId, told: Told): Promise<string>;
}

export interface Told {
  readonly traceparent: string;
  readonly trainRun: number | null;
  readonly judgeRun: number | null;
}

const Row = z.object({ traceparent: z.string() });

export function runTraces(pool: Pool): RunTraces {
  const one = async (sql: string, values: readonly unknown[]): Promise<string | null> => {
    const { rows } = await pool.query(sql, [...values]);
    return rows.length === 0 ? null : Row.parse(rows[0]).traceparent;
  };
  return {
    ofRun: (repository, run) =>
      one('select traceparent from trainyard.run_traces where repository = $1 and run = $2', [repository, run]),
    ofWorkflowRun: (repository, workflowRun) =>
      one(
        `select traceparent from trainyard.run_traces
         where repository = $1 and (train_run = $2 or judge_run = $2) order by recorded_at desc limit 1`,
        [repository, workflowRun],
      ),
    ofVersion: (repository, version) =>
      one(
        `select traceparent from trainyard.run_traces where repository = $1 and version = $2
         order by recorded_at desc limit 1`,
        [repository, version],
      ),
    async becomes(repository, run, version) {
      await pool.query('update trainyard.run_traces set version = $3 where repository = $1 and run = $2', [
        ...[repository, run, version],
      ]);
    },
    async remember(repository, run, { traceparent, trainRun, judgeRun }) {
      const kept = await one(
        `insert into trainyard.run_traces as known (repository, run, traceparent, train_run, judge_run)
         values ($1, $2, $3, $4, $5)
         on conflict (repository, run) do update
         set train_run = coalesce(excluded.train_run, known.train_run),
             judge_run = coalesce(excluded.judge_run, known.judge_run), recorded_at = now()
         returning traceparent`,
        [repository, run, traceparent, trainRun, judgeRun],
      );
      return kept ?? traceparent;
    },
  };
}

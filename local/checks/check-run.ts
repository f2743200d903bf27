import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

export const CheckStatus = z.enum(['queued', 'in_progress', 'completed']);
export const CheckConclusion = z.enum([
  'action_required',
  'cancelled',
  'failure',
  'neutral',
  'success',
  'skipped',
  'stale',
  'timed_out',
]);

export const CheckAction = z.object({
  label: z.string().max(20),
  description: z.string().max(40),
  identifier: z.string().max(20),
});
export type CheckAction = z.infer<typeof CheckAction>;

export const CheckRun = z.object({
  id: z.number(),
  suiteId: z.number(),
  repositoryId: z.number(),
  appId: z.number(),
  headSha: z.string(),
  name: z.string(),
  externalId: z.string(),
  detailsUrl: z.string().nullable(),
  status: CheckStatus,
  conclusion: CheckConclusion.nullable(),
  startedAt: z.string(),
  completedAt: z.string().nullable(),
  title: z.string().nullable(),
  summary: z.string().nullable(),
  text: z.string().nullable(),
  actions: z.array(CheckAction),
});
export type CheckRun = z.infer<typeof CheckRun>;

/** All check runs of one App on one commit. */
export const CheckSuite = z.object({
  id: z.number(),
  repositoryId: z.number(),
  appId: z.number(),
  headSha: z.string(),
  headBranch: z.string().nullable(),
  createdAt: z.string(),
});
export type CheckSuite = z.infer<typeof CheckSuite>;

export const Annotation = z.object({
  id: z.number(),
  checkRunId: z.number(),
  path: z.string(),
  startLine: z.number(),
  endLine: z.number(),
  startColumn: z.number().nullable(),
  endColumn: z.number().nullable(),
  level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().nullable(),
  rawDetails: z.string().nullable(),
});
export type Annotation = z.infer<typeof Annotation>;

export const openCheckRuns = (db: DatabaseSync) =>
  openTable(db, 'check_runs', CheckRun, { firstId: 60_001, indexes: [['repositoryId', 'headSha']] });

export const openCheckSuites = (db: DatabaseSync) =>
  openTable(db, 'check_suites', CheckSuite, { firstId: 70_001, unique: [['repositoryId', 'appId', 'headSha']] });

export const openAnnotations = (db: DatabaseSync) =>
  openTable(db, 'annotations', Annotation, { firstId: 80_001, indexes: [['checkRunId']] });

/** The newest run of each name and App: what GitHub shows and lists by default. */
export function latestRuns(runs: readonly CheckRun[]): CheckRun[] {
  const latest = new Map<string, CheckRun>();
  for (const run of runs) {
    const key = JSON.stringify([run.appId, run.name]);
    const known = latest.get(key);
    if (known === undefined || known.id < run.id) latest.set(key, run);
  }
  return runs.filter((run) => latest.get(JSON.stringify([run.appId, run.name])) === run);
}

/** Whether a finished run stands in nobody's way. */
export const isGood = (run: CheckRun): boolean =>
  run.conclusion === 'success' || run.conclusion === 'neutral' || run.conclusion === 'skipped';

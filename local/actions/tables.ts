import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { openTable } from '../database.ts';

const Workflow = z.object({
  id: z.number(),
  repositoryId: z.number(),
  path: z.string(),
  name: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type WorkflowRow = z.infer<typeof Workflow>;

export const Status = z.enum(['queued', 'pending', 'in_progress', 'completed']);
export const RunConclusion = z.enum(['success', 'failure', 'cancelled', 'skipped', 'startup_failure']);

/** One attempt at a run. The artifact service knows it as `backendId`. */
const Attempt = z.object({
  number: z.number(),
  backendId: z.string(),
  triggeringActorId: z.number(),
  startedAt: z.string(),
  updatedAt: z.string(),
  status: Status,
  conclusion: RunConclusion.nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

/** What a run was started by and with: the same for all its attempts. */
const Trigger = z.object({
  /** GITHUB_REF, GITHUB_SHA, GITHUB_HEAD_REF, GITHUB_BASE_REF. */
  ref: z.string(),
  sha: z.string(),
  headRef: z.string(),
  baseRef: z.string(),
  /** The commit whose workflow file runs. */
  workflowSha: z.string(),
  workflowRef: z.string(),
  /** A pull request from a fork: no secrets, nothing is written. */
  fork: z.boolean(),
  inputs: z.record(z.string(), z.json()),
  payload: z.record(z.string(), z.json()),
});
export type Trigger = z.infer<typeof Trigger>;

const Run = z.object({
  id: z.number(),
  repositoryId: z.number(),
  workflowId: z.number(),
  number: z.number(),
  /** The workflow's name, or its path. */
  name: z.string(),
  title: z.string(),
  path: z.string(),
  event: z.string(),
  status: Status,
  conclusion: RunConclusion.nullable(),
  headBranch: z.string().nullable(),
  headSha: z.string(),
  headRepositoryId: z.number(),
  pullNumbers: z.array(z.number()),
  actorId: z.number(),
  attempts: z.array(Attempt),
  trigger: Trigger,
  /** Why it could not start. GitHub shows it on the run's page. */
  startupError: z.string().nullable(),
  referenced: z.array(z.object({ path: z.string(), sha: z.string(), ref: z.string() })),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Run = z.infer<typeof Run>;

const JobStep = z.object({
  number: z.number(),
  name: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(['success', 'failure', 'cancelled', 'skipped']).nullable(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
});
export type JobStep = z.infer<typeof JobStep>;

const Job = z.object({
  id: z.number(),
  runId: z.number(),
  repositoryId: z.number(),
  attempt: z.number(),
  /** Unique in an attempt; equal in all attempts. */
  key: z.string(),
  name: z.string(),
  backendId: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(['success', 'failure', 'cancelled', 'skipped']).nullable(),
  labels: z.array(z.string()),
  runnerName: z.string().nullable(),
  runnerId: z.number().nullable().default(null),
  steps: z.array(JobStep),
  outputs: z.record(z.string(), z.string()),
  summaries: z.array(z.object({ number: z.number(), markdown: z.string() })),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
});
export type Job = z.infer<typeof Job>;

const Artifact = z.object({
  id: z.number(),
  repositoryId: z.number(),
  runId: z.number(),
  runBackendId: z.string(),
  jobBackendId: z.string(),
  name: z.string(),
  /** The name of its file in the blob directory. */
  blob: z.string(),
  /** Bytes; 0 until it is finalized. */
  size: z.number(),
  /** `sha256:…` of the archive, null until it is finalized. */
  digest: z.string().nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
  /** Milliseconds since 1970. */
  expiresAt: z.number(),
});
export type Artifact = z.infer<typeof Artifact>;

/** The tables of the Actions service. */
export function openActionsTables(db: DatabaseSync) {
  return {
    workflows: openTable(db, 'workflows', Workflow, { firstId: 40_001, unique: [['repositoryId', 'path']] }),
    runs: openTable(db, 'workflow_runs', Run, { firstId: 7_000_001, indexes: [['repositoryId'], ['workflowId']] }),
    jobs: openTable(db, 'workflow_jobs', Job, { firstId: 9_000_001, indexes: [['runId'], ['backendId']] }),
    artifacts: openTable(db, 'artifacts', Artifact, { firstId: 60_001, indexes: [['runId'], ['repositoryId']] }),
  };
}

export type ActionsTables = ReturnType<typeof openActionsTables>;

/** The attempt that is under way or was last. */
export function currentAttempt(run: Run): Attempt {
  const attempt = run.attempts.at(-1);
  if (attempt === undefined) throw new Error(`run ${run.id} has no attempt`);
  return attempt;
}

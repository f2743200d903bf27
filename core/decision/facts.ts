import { z } from 'zod';
import { ParamValue } from '../config/params.ts';
import { RoleName } from '../config/policy.ts';
import { EngineName } from '../config/training.ts';
import { DatasetName, GitId, Instant, ModelName, ParamName, RunId, StageName, Version } from '../names.ts';

/**
 * What a decision about a command may look at. Everything but the comment may be absent, which means "not asked for yet"
 * (see `Decision`, `needs`) and never "none". These are also the documents that `trainyard explain --pr` reads.
 */

export const CommentFact = z.strictObject({
  /**
   * `button`: the action of a check, bound to the check's commit, which the caller types as `@sha`. `request`: a person's
   * word from a terminal, about the default branch and no pull request.
   */
  kind: z.enum(['conversation', 'review', 'review_thread', 'issue', 'button', 'request']).default('conversation'),
  id: z.int().positive().default(1),
  author: z.string().max(100),
  authorType: z.enum(['User', 'Bot', 'Other']).default('User'),
  /** GitHub's numeric id of the author: logins change hands, ids don't. */
  authorId: z.int().positive().optional(),
  createdAt: Instant,
  edited: z.boolean().default(false),
});
export type CommentFact = z.infer<typeof CommentFact>;

export const ActorFact = z.strictObject({
  role: z.union([RoleName, z.literal('none')]),
  /** Slugs of teams that the actor is an active member of, of those that were asked for. */
  teams: z.array(z.string().max(100)).default([]),
});

export const SightingFact = z.strictObject({
  /**
   * What the delivery told of: `head` (also if left out) for opened and synchronize, `reopened`, and `base` for edited with `changes.base`.
   * Only the sender of `head` has pushed it.
   */
  event: z.enum(['head', 'reopened', 'base']).optional(),
  /** Number of the request that the delivery was about; other requests' sightings count nothing. */
  pullRequest: z.int().positive().optional(),
  sha: GitId,
  headRepository: z.string().max(200),
  at: Instant,
  sender: z.string().max(100),
});

export const PullFact = z.strictObject({
  number: z.int().positive(),
  state: z.enum(['open', 'closed']).default('open'),
  merged: z.boolean().default(false),
  author: z.string().max(100),
  head: z.strictObject({ sha: GitId, repository: z.string().max(200), ref: z.string().max(256).default('head') }),
  base: z.strictObject({ ref: z.string().max(256) }),
  fork: z.boolean(),
  labels: z.array(z.string().max(100)).default([]),
});
export type PullFact = z.infer<typeof PullFact>;

/** One submitted review, as GitHub lists them: the oldest first. */
export const ReviewFact = z.strictObject({
  user: z.string().max(100),
  userType: z.enum(['User', 'Bot', 'Other']).default('User'),
  state: z.enum(['approved', 'changes_requested', 'commented', 'dismissed', 'pending']),
  /** The head when the review was given. */
  commit: GitId.nullable(),
  at: Instant,
  /** The reviewer's role now; an approval by somebody who may not write counts nothing. */
  role: z.union([RoleName, z.literal('none')]).optional(),
  /** Of the teams that policy asks for, those that the reviewer is an active member of. */
  teams: z.array(z.string().max(100)).optional(),
});
export type ReviewFact = z.infer<typeof ReviewFact>;

/** Files that the pull request changes and the base's CODEOWNERS; `complete` false when the list was cut. */
export const FilesFact = z.strictObject({
  changed: z.array(z.string().max(4096)),
  complete: z.boolean().default(true),
  codeOwners: z.string().max(1_000_000).nullable().default(null),
});

export const RunFact = z.strictObject({
  run: RunId,
  model: ModelName,
  pullRequest: z.int().positive().nullable(),
  commit: GitId,
  requestedBy: z.string().max(100),
  acceptedAt: Instant,
  state: z.enum(['accepted', 'training', 'judging', 'candidate', 'held', 'failed', 'cancelled']),
  /** What was spent, or for a run in progress what it may come to; null where no price applied. */
  cost: z
    .strictObject({ amount: z.number().min(0), currency: z.string().length(3) })
    .nullable()
    .default(null),
  /** Gates that failed, and whether anything else than gates holds the run. */
  failedGates: z.array(z.string().max(64)).default([]),
  heldByOther: z.boolean().default(false),
  /** Whether its trained artifacts are still kept. */
  artifactsKept: z.boolean().default(true),
  failedAt: z.enum(['dispatch', 'training', 'judging']).nullable().default(null),
  /** What its command set by itself: a retry sets the same. */
  set: z.record(ParamName, ParamValue).default({}),
  gpu: z.string().max(32).nullable().default(null),
  /** Null: the config's. */
  engine: EngineName.nullable().default(null),
  /** Whether its engine keeps checkpoints that a later training can begin with. */
  checkpointsKept: z.boolean().default(false),
  /** The request that it was made for (`operationOf`): what is asked again must not be counted against itself. */
  operation: z.string().max(200).nullable().default(null),
});
export type RunFact = z.infer<typeof RunFact>;

export const LockFact = z.strictObject({
  kind: z.enum(['stage', 'model']),
  name: z.string().max(64),
  owner: z.string().max(100),
  reason: z.string().max(500),
  pullRequest: z.int().positive().nullable(),
  expiresAt: Instant.nullable(),
  operation: z.string().max(200).nullable().default(null),
});
export type LockFact = z.infer<typeof LockFact>;

export const HoldFact = z.strictObject({
  owner: z.string().max(100),
  reason: z.string().max(500),
  expiresAt: Instant.nullable(),
  operation: z.string().max(200).nullable().default(null),
});
export type HoldFact = z.infer<typeof HoldFact>;

/** What the signed ledger says. Expired and released locks are not listed. */
export const LedgerFact = z.strictObject({
  trusted: z.boolean().default(true),
  problem: z.string().max(2000).nullable().default(null),
  hold: HoldFact.nullable().default(null),
  locks: z.array(LockFact).default([]),
  /** Heads of this pull request that `/ok-to-train` was given for. */
  okToTrain: z.array(GitId).default([]),
  models: z
    .record(
      ModelName,
      z.strictObject({
        versions: z.array(Version).default([]),
        /** Versions that each stage held, the newest last. */
        stages: z.record(StageName, z.array(Version)).default({}),
        frozen: z.string().max(500).nullable().default(null),
      }),
    )
    .default({}),
});
export type LedgerFact = z.infer<typeof LedgerFact>;

/** What the pull request changes, as the plan says it. */
export const PlanFact = z.strictObject({
  affected: z.array(ModelName),
  datasets: z.array(DatasetName).default([]),
  policyChange: z.boolean().default(false),
  problems: z.array(z.string().max(2000)).default([]),
});
export type PlanFact = z.infer<typeof PlanFact>;

/** An earlier run of the very same inputs, policy and trust: `kept` if its evidence is valid and its package is there. */
export const EarlierFact = z.strictObject({ run: RunId, state: z.enum(['kept', 'in_progress']) });
export type EarlierFact = z.infer<typeof EarlierFact>;

/** The verified run that matches the default branch's state and is no version yet, and the version it would become. */
export const CandidateFact = z.strictObject({ run: RunId, version: Version });
export type CandidateFact = z.infer<typeof CandidateFact>;

/** Facts that a caller gathers on demand. */
export const FACT_NAMES = [
  'actor',
  'pull',
  'sightings',
  'reviews',
  'files',
  'plan',
  'ledger',
  'runs',
  'earlier',
  'candidates',
  'validations',
] as const;

export const Facts = z.strictObject({
  now: Instant,
  repository: z.string().max(200),
  defaultBranch: z.string().max(256),
  /** Trainyard's own login. */
  self: z.string().max(100),
  /** Whether an App serves the repository: without one, forks are never trained. */
  app: z.boolean().default(true),
  comment: CommentFact,
  actor: ActorFact.optional(),
  pull: PullFact.optional(),
  sightings: z.array(SightingFact).optional(),
  reviews: z.array(ReviewFact).optional(),
  files: FilesFact.optional(),
  plan: PlanFact.optional(),
  ledger: LedgerFact.optional(),
  /** Every run of the repository that budgets and concurrency count. */
  runs: z.array(RunFact).optional(),
  /** By model, for the trainings that `needs` names; a model without one is left out. */
  earlier: z.record(ModelName, EarlierFact).optional(),
  /** By model, for those that `needs` names; a model without one is left out. */
  candidates: z.record(ModelName, CandidateFact).optional(),
  /** Datasets whose check has failed, or could not be made, at the present head. */
  validations: z.array(DatasetName).optional(),
  /** What was asked for and cannot be had: nothing that rests on it is allowed. */
  unavailable: z.array(z.enum([...FACT_NAMES, 'base', 'models'])).default([]),
});
export type Facts = z.infer<typeof Facts>;

/** `base` and `models` stand beside the facts in `DecisionRequest`, since they are parsed config. */
export type FactName = (typeof FACT_NAMES)[number] | 'base' | 'models';

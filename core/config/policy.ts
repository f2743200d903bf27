import { z } from 'zod';
import { ModelName, RepoPath, StageName } from '../names.ts';
import { ProviderName } from '../runners/names.ts';
import { PolicyWaivers } from '../verification/waiver.ts';
import { Duration, Money } from './quantities.ts';
import { WarehouseQueries } from './queries.ts';
import { EngineName } from './training.ts';

/** Who may give a command: a repository role or more, a team, or a user. Several entries mean any of them. */
export const RoleName = z.enum(['read', 'triage', 'write', 'maintain', 'admin']);
export type RoleName = z.infer<typeof RoleName>;
export const Grant = z.union([
  RoleName,
  z.string().regex(/^team:[A-Za-z0-9][A-Za-z0-9-_.]*$/, 'team:<slug>'),
  /** With GitHub's numeric id, a login that has passed to somebody else is not taken for its former owner. */
  z.string().regex(/^user:[A-Za-z0-9][A-Za-z0-9_-]*(\[bot\])?(#[1-9]\d{0,18})?$/, 'user:<login> or user:<login>#<id>'),
]);
export type Grant = z.infer<typeof Grant>;
const Grants = z
  .union([Grant, z.array(Grant).min(1).max(32)])
  .transform((grants) => (Array.isArray(grants) ? grants : [grants]));

/** Who may give a command: everywhere, and beyond that for single models and stages. Whatever applies must all allow it. */
const Permission = z.union([
  Grants.transform((any) => ({ any, models: {}, stages: {} })),
  z.strictObject({
    any: Grants.optional(),
    models: z.record(ModelName, Grants).default({}),
    stages: z.record(StageName, Grants).default({}),
  }),
]);
export interface Permission {
  readonly any?: readonly Grant[] | undefined;
  readonly models: Readonly<Record<ModelName, readonly Grant[]>>;
  readonly stages: Readonly<Record<StageName, readonly Grant[]>>;
}

const TeamSlug = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9-_.]*$/, 'the slug of a team');

/** What must be there beside the permission. Approvals count for the present head alone, and never the author's own. */
export const Requirements = z.strictObject({
  approvals: z
    .strictObject({
      count: z.int().min(1).max(10).default(1),
      /** Each of these teams must have approved with one member. */
      teams: z.array(TeamSlug).max(10).default([]),
      /** An owner of every changed file of the model, by the CODEOWNERS of the default branch. */
      code_owners: z.boolean().default(false),
    })
    .optional(),
  labels: z.array(z.string().min(1).max(50)).max(20).default([]),
});
export type Requirements = z.infer<typeof Requirements>;

const Weekday = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
const ClockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'a time such as 09:30');
const Moment = z.iso.datetime({ offset: true });

/** When no stage moves. Either between two moments, or every week on these days. */
export const FreezeWindow = z.union([
  z.strictObject({
    stages: z.array(StageName).min(1).max(16).optional(),
    from: Moment,
    to: Moment,
    reason: z.string().max(200).default(''),
  }),
  z.strictObject({
    stages: z.array(StageName).min(1).max(16).optional(),
    days: z.array(Weekday).min(1).max(7),
    from: ClockTime.default('00:00'),
    to: ClockTime.default('24:00'),
    /** IANA name. */
    timezone: z.string().max(64).default('UTC'),
    reason: z.string().max(200).default(''),
  }),
]);
export type FreezeWindow = z.infer<typeof FreezeWindow>;

/** A runner label. Labels are chosen from policy alone and never pass through a shell or a template. */
const RunnerLabel = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a runner label');
/** Labels that a runner must have, or what makes a runner for each run alone. */
const RunnerLabels = z
  .union([RunnerLabel, z.array(RunnerLabel).min(1).max(8), z.strictObject({ provider: ProviderName })])
  .transform((chosen) => (typeof chosen === 'string' ? [chosen] : chosen));
const GpuType = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a GPU type such as a100');

/** The team's own object store, in which each run has a prefix of its own. Its credentials are the App's. */
const S3Store = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'the name of a bucket'),
  /** Of every object; the repository's name and the run's id follow it. */
  prefix: z
    .string()
    .max(200)
    .regex(/^([A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'a prefix such as ml/runs')
    .optional(),
  region: z
    .string()
    .regex(/^[a-z0-9-]{1,32}$/, 'a region such as eu-central-1')
    .default('us-east-1'),
  /** Of a store that speaks S3 and is not Amazon's; the App must be set up for the same one. */
  endpoint: z
    .url({ protocol: /^https?$/ })
    .max(200)
    .optional(),
});
export const StoreConfig = z.strictObject({
  s3: S3Store,
  /** Seconds after its end for which a run's output is kept; for ever without it. */
  keep: Duration.refine((seconds) => seconds >= 86_400, 'at least 1d').optional(),
});
export type StoreConfig = z.infer<typeof StoreConfig>;

export const PolicyConfig = z.strictObject({
  signing: z.strictObject({ keys: z.array(RepoPath).min(1).max(16) }).optional(),
  commands: z
    .strictObject({
      train: Permission.optional(),
      validate: Permission.optional(),
      evaluate: Permission.optional(),
      cancel: Permission.optional(),
      retry: Permission.optional(),
      promote: Permission.optional(),
      rollback: Permission.optional(),
      hold: Permission.optional(),
      unhold: Permission.optional(),
      lock: Permission.optional(),
      unlock: Permission.optional(),
      override: Permission.optional(),
      'ok-to-train': Permission.optional(),
      reconcile: Permission.optional(),
    })
    .default({}),
  /** What `/train` and `/promote` ask for beside the permission, and `ready` before it is green. */
  require: z
    .strictObject({
      train: Requirements.optional(),
      promote: Requirements.optional(),
      merge: Requirements.optional(),
    })
    .default({}),
  freeze: z.array(FreezeWindow).max(32).default([]),
  engines: z.array(EngineName).min(1).default(['runner']),
  /** Address and options of each compute engine, which the engine itself reads (docs/engines.md). */
  engine_options: z.partialRecord(EngineName.exclude(['runner']), z.record(z.string(), z.json())).default({}),
  store: StoreConfig.optional(),
  /** What becomes of a run that stalls or whose loss is not a number: it is shown on its check, or also stopped. */
  stalled: z.enum(['flag', 'stop']).default('flag'),
  /** Whether the last attempt of a run that lost its spot machines may use dearer ones. */
  spot_fallback: z.boolean().default(false),
  /** GPU types that `--gpu` and the config may ask for. */
  gpus: z.array(GpuType).max(32).default([]),
  /** The runner that trains, by labels or by its provider: by GPU type, for forks, and for all else. */
  runners: z
    .strictObject({
      default: RunnerLabels.optional(),
      fork: RunnerLabels.optional(),
      gpus: z.record(GpuType, RunnerLabels).default({}),
    })
    .prefault({}),
  /** Price of an hour of training: without a GPU, and for each GPU of a type. */
  prices: z.strictObject({ cpu: Money.optional(), gpus: z.record(GpuType, Money).default({}) }).prefault({}),
  budget: z
    .strictObject({
      per_run: Money.optional(),
      per_pull_request: Money.optional(),
      per_user_month: Money.optional(),
      per_month: Money.optional(),
    })
    .default({}),
  /** Prefixes that a dataset's location outside of the repository must lie under. */
  locations: z.array(z.string().min(1).max(500)).max(64).default([]),
  /** Queries of warehouses that a dataset's location may name. */
  queries: WarehouseQueries.optional(),
  forks: z.enum(['deny', 'ok-to-train']).default('deny'),
  network: z.enum(['open', 'locked']).default('open'),
  sandbox: z.enum(['required', 'none']).default('required'),
  metrics: z.enum(['evaluated', 'self-reported']).default('evaluated'),
  concurrency: z.int().min(1).max(64).default(4),
  /** Findings of the scan that somebody has looked at and answers for. */
  scan: z.strictObject({ waivers: PolicyWaivers }).optional(),
  /** Where runs that have ended are logged, on the server that the App was given. */
  tracking: z.enum(['mlflow']).optional(),
});
export type PolicyConfig = z.infer<typeof PolicyConfig>;

import { z } from 'zod';
import { DatasetName, MetricName, ModelName, ParamName, RepoPath, Sha256, StageName } from '../names.ts';
import { ProviderName } from '../runners/names.ts';
import { PolicyWaivers } from '../verification/waiver.ts';
import { Duration, MemorySize, Money } from './quantities.ts';
import { WarehouseQueries } from './queries.ts';
import { CheckpointConfig, SmokeConfig, StageAddress } from './training.ts';

/** The schema of `.github/trainyard.yml` (DESIGN section 7). Unknown keys are errors everywhere. */

export const CONFIG_PATH = '.github/trainyard.yml';

export const ParamSpec = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('number'),
    min: z.number().optional(),
    max: z.number().optional(),
    default: z.number(),
  }),
  z.strictObject({
    type: z.literal('integer'),
    min: z.int().optional(),
    max: z.int().optional(),
    default: z.int(),
  }),
  z.strictObject({ type: z.literal('boolean'), default: z.boolean() }),
  z.strictObject({
    type: z.literal('string'),
    values: z.array(z.string().max(256)).min(1).optional(),
    pattern: z.string().max(256).optional(),
    default: z.string().max(256),
  }),
]);
export type ParamSpec = z.infer<typeof ParamSpec>;

export const ParamValue = z.union([z.number(), z.boolean(), z.string().max(256)]);
export type ParamValue = z.infer<typeof ParamValue>;

export const TrainingDataset = z.strictObject({
  /** A file, a folder or a pattern (glob.ts). */
  path: RepoPath,
  /**
   * Where data too large for the repository lies; must be under a prefix of the base's `policy.locations`. Or a table
   * (core/data/sources/dataset-location.ts).
   */
  location: z.string().min(1).max(500).optional(),
  /** SHA-256 of what lies there: of the file, of a folder's list (core/data/sources/folder-digest.ts), or of what a table is written as. */
  sha256: Sha256.optional(),
  /** What is read: the store's id of an object's version, a table's version or the id of its snapshot. */
  version: z
    .union([
      z
        .string()
        .regex(
          /^[\w.~-]{1,1024}$/,
          'the id of a version as the store gives it, the version of a table, or the id of a snapshot in quotes',
        ),
      // A small number needs no quotes. Larger ones, as ids of snapshots are, would lose digits.
      z.int('the id of a snapshot in quotes').min(0).transform(String),
    ])
    .optional(),
  /** Made by `trainyard data profile`: stands for the base's data where that is not in git. */
  profile: RepoPath.optional(),
  contract: RepoPath.optional(),
  owner: z
    .string()
    .regex(/^@[A-Za-z0-9][A-Za-z0-9-]*(\/[A-Za-z0-9][A-Za-z0-9-_.]*)?$/, '@user or @org/team')
    .optional(),
});
export type TrainingDataset = z.infer<typeof TrainingDataset>;

/** Holdout data: the process that loads the model gets every column but `labels`; `id` joins its predictions back. */
export const HoldoutDataset = z.strictObject({
  path: RepoPath,
  labels: z.array(z.string().min(1).max(128)).min(1),
  id: z.string().min(1).max(128),
});
export type HoldoutDataset = z.infer<typeof HoldoutDataset>;

/** Run as given, through `bash -e -o pipefail`, in the training or evaluation sandbox only. One line. */
const Command = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\r\n\0]+$/, 'one line');

export const Resources = z.strictObject({
  gpu: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .optional(),
  gpus: z.int().min(0).max(4096).default(0),
  cpus: z.int().min(1).max(1024).optional(),
  memory: MemorySize.optional(),
  /** Machines that train together, each with all of the above. Which engines can: core/policy/machines.ts. */
  nodes: z.int().min(1).max(512).optional(),
  spot: z.boolean().default(false),
});
export type Resources = z.infer<typeof Resources>;

/** What executes training: a workflow job, or a compute engine that the App drives (flows/engine-port.ts). */
export const EngineName = z.enum(['runner', 'ray', 'kubernetes']);
export type EngineName = z.infer<typeof EngineName>;
export type ComputeEngineName = Exclude<EngineName, 'runner'>;

export const TrainConfig = z.strictObject({
  setup: RepoPath.optional(),
  /** This, or `stage`. */
  run: Command.optional(),
  stage: StageAddress.optional(),
  params: z.record(ParamName, ParamSpec).default({}),
  seed: z.int().min(0).max(4294967295).default(0),
  engine: EngineName.default('runner'),
  resources: Resources.default({ gpus: 0, spot: false }),
  timeout: Duration.default(Duration.parse('1h')),
  smoke: SmokeConfig.optional(),
  checkpoint: CheckpointConfig.optional(),
  /** Further attempts after a lost machine or a failure of the engine; what the user's own code does is never repeated. */
  retries: z.int().min(0).max(20).default(3),
  /** How long no log, metric or checkpoint may come before the run counts as stalled. Compute engines only. */
  stall: Duration.optional(),
  /** What a push to the pull request does to a run of an earlier head. */
  on_push: z.enum(['keep', 'cancel']).default('keep'),
});

export const EvaluateConfig = z.strictObject({
  predict: Command,
  run: Command,
  inputs: z.array(RepoPath).min(1),
  setup: RepoPath.optional(),
  data: z.record(DatasetName, HoldoutDataset),
  timeout: Duration.default(Duration.parse('15m')),
});
export type EvaluateConfig = z.infer<typeof EvaluateConfig>;

/** Bounds, and the allowed loss against another version. `better` is inferred from the bound given when it is absent. */
export const Gate = z
  .strictObject({
    min: z.number().optional(),
    max: z.number().optional(),
    max_regression: z.number().min(0).optional(),
    better: z.enum(['higher', 'lower']).optional(),
    versus: z.union([z.literal('base'), StageName]).optional(),
  })
  .refine((gate) => gate.min !== undefined || gate.max !== undefined || gate.max_regression !== undefined, {
    message: 'a gate needs min, max or max_regression',
  })
  .refine((gate) => gate.max_regression === undefined || gate.versus !== undefined, {
    message: 'max_regression needs versus: a stage, or base',
  })
  .refine(
    (gate) =>
      gate.max_regression === undefined ||
      gate.better !== undefined ||
      (gate.min === undefined) !== (gate.max === undefined),
    {
      message: 'max_regression needs better: higher or lower, when not exactly one of min and max is given',
    },
  );
export type Gate = z.infer<typeof Gate>;

export const ModelConfig = z.strictObject({
  inputs: z.array(RepoPath).min(1).max(100),
  data: z.record(DatasetName, TrainingDataset).default({}),
  train: TrainConfig,
  evaluate: EvaluateConfig.optional(),
  gates: z.record(MetricName, Gate).default({}),
  promote: z
    .strictObject({ stages: z.array(StageName).min(1).max(16) })
    .default({ stages: [StageName.parse('staging'), StageName.parse('production')] }),
});
export type ModelConfig = z.infer<typeof ModelConfig>;

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

export const Config = z.strictObject({
  version: z.literal(1),
  models: z.record(ModelName, ModelConfig),
  policy: PolicyConfig.prefault({}),
  registries: z.record(z.string().max(64), z.strictObject({ uri: z.url() })).default({}),
});
export type Config = z.infer<typeof Config>;

import { z } from 'zod';
import { ParamValue } from '../config/params.ts';
import { WarehouseQueries } from '../config/queries.ts';
import { EngineName } from '../config/training.ts';
import { DatasetPlace, StageOutputs } from '../fingerprint/manifest.ts';
import { DatasetName, GitId, ModelName, ParamName, RepoPath, Sha256 } from '../names.ts';
import { StallPolicy } from './stall.ts';

/** `Resources` of the config as parsed: memory is in bytes, not in the written form. */
export const RequestedResources = z.strictObject({
  gpu: z.string().max(32).optional(),
  gpus: z.int().min(0),
  cpus: z.int().min(1).optional(),
  memory: z.int().positive().optional(),
  /** Absent for one: requests from before have none. */
  nodes: z.int().min(1).max(512).optional(),
  spot: z.boolean(),
});
export type RequestedResources = z.infer<typeof RequestedResources>;

/** What is asked of training beyond the git tree: the second half of the fingerprint is SHA-256 over this in RFC 8785 form. */
export const RunRequest = z.strictObject({
  params: z.record(ParamName, ParamValue),
  /** Names of the parameters that the command set by itself, sorted: they need not equal the merged tree's defaults. */
  explicit: z.array(ParamName),
  seed: z.int().min(0).max(4294967295),
  engine: EngineName,
  resources: RequestedResources,
  image: z.string().nullable(),
});
export type RunRequest = z.infer<typeof RunRequest>;

/** As `policy.locations` of the default branch has them. */
export const Locations = z.array(z.string().min(1).max(500)).max(64);

/** Everything that the train workflow run needs; recorded at acceptance, read back from the ledger by its `admit` job. */
export const TrainOrder = z.strictObject({
  model: ModelName,
  commit: GitId,
  command: z.string(),
  setup: RepoPath.nullable(),
  /** What the command leaves that is not in TRAINYARD_OUTPUT; absent where no stage of dvc.yaml trains. */
  stage: StageOutputs.optional(),
  /** The declared inputs with data and lock file: all that training's checkout holds. */
  inputs: z.array(RepoPath),
  data: z.record(DatasetName, DatasetPlace),
  /** Prefixes of `policy.locations` that data may be fetched from; absent for none, and always for forks. */
  locations: Locations.optional(),
  /** Those of `policy.queries` that its datasets name; absent for none, and always for forks. */
  queries: WarehouseQueries.optional(),
  /** Seconds. */
  timeout: z.int().positive(),
  /** The trial on a sample before; `timeout` in seconds. Absent for none. */
  smoke: z
    .strictObject({
      rows: z.int().positive(),
      data: z.record(DatasetName, RepoPath),
      timeout: z.int().positive(),
    })
    .optional(),
  /** Both in seconds. Absent for the defaults (core/config/training.ts). */
  checkpoint: z.strictObject({ interval: z.int().positive(), grace: z.int().positive() }).optional(),
  /** What becomes of a run that stalls. Absent: its author is told of a loss that is no number, and no more. */
  stall: StallPolicy.optional(),
  network: z.enum(['open', 'locked']),
  source: Sha256,
  request: RunRequest,
  /** Labels of the runner that trains (`policy.runners`); null for the workflow's own. Records from before have none. */
  runner: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a runner label'))
    .min(1)
    .max(8)
    .nullable()
    .default(null),
});
export type TrainOrder = z.infer<typeof TrainOrder>;

/** What the judge workflow run needs, from base policy alone. */
export const JudgeOrder = z.strictObject({
  model: ModelName,
  /** The default branch's commit that evaluator, holdout and policy are read at. */
  policyCommit: GitId,
  predict: z.string(),
  run: z.string(),
  inputs: z.array(RepoPath),
  setup: RepoPath.nullable(),
  data: z.record(DatasetName, z.strictObject({ path: RepoPath, labels: z.array(z.string()).min(1), id: z.string() })),
  /** Training data of the run's commit, to look for holdout rows in it. */
  trainingData: z.record(DatasetName, DatasetPlace),
  /** Both as in the order of its training. */
  locations: Locations.optional(),
  queries: WarehouseQueries.optional(),
  /** Seconds. */
  timeout: z.int().positive(),
  sandbox: z.enum(['required', 'none']),
});
export type JudgeOrder = z.infer<typeof JudgeOrder>;

/** Where the judge run fetches a stored output once, with an address that is good for a short time. */
export const StoredSource = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(8192),
  headers: z.record(z.string().max(100), z.string().max(1000)),
  /** Bytes. */
  size: z.int().positive(),
});
export type StoredSource = z.infer<typeof StoredSource>;

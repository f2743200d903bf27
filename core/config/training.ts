import { z } from 'zod';
import { DatasetName, ParamName, RepoPath } from '../names.ts';
import { Command } from './command.ts';
import { ParamSpec } from './params.ts';
import { Duration, MemorySize } from './quantities.ts';

/** `train.stage`: a stage of DVC's `dvc.yaml`, as DVC names it: `train`, or `models/delay/dvc.yaml:train`. */
export const StageAddress = z
  .string()
  .max(400)
  .refine((address) => {
    const [, folder = '', name] = /^(?:(.+\/)?dvc\.yaml:)?([A-Za-z0-9_-]+)$/.exec(address) ?? [];
    return name !== undefined && (folder === '' || RepoPath.safeParse(folder).success);
  }, 'a stage of dvc.yaml, or path/dvc.yaml:stage');

const Sample = z.strictObject({
  /** How many of the first rows of each dataset are trained on. */
  rows: z.int().min(1).max(1_000_000).default(1000),
  /** Stands for a dataset instead of its first rows; among the model's inputs. */
  data: z.record(DatasetName, RepoPath).default({}),
  timeout: Duration.default(Duration.parse('60s')),
});

/** `train.smoke`: the command runs on a sample, on a machine without GPU, before it runs for real. */
export const SmokeConfig = z.union([z.literal(true).transform(() => Sample.parse({})), Sample]);
export type SmokeConfig = z.infer<typeof SmokeConfig>;

/** `train.checkpoint`: how often TRAINYARD_CHECKPOINT is saved, and how long training has for it between SIGTERM and SIGKILL. */
export const CheckpointConfig = z.strictObject({
  interval: Duration.default(Duration.parse('60s')),
  grace: Duration.default(Duration.parse('30s')),
});
export type CheckpointConfig = z.infer<typeof CheckpointConfig>;

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
  /** How long no log, metric or checkpoint may come, or its GPUs be at 0 %, before the run counts as stalled. */
  stall: Duration.optional(),
  /** What a push to the pull request does to a run of an earlier head. */
  on_push: z.enum(['keep', 'cancel']).default('keep'),
});

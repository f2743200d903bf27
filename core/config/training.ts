import { z } from 'zod';
import { DatasetName, RepoPath } from '../names.ts';
import { Duration } from './quantities.ts';

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

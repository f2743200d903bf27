import { z } from 'zod';
import { DatasetName, MetricName, ModelName, RepoPath, StageName } from '../names.ts';
import { TrainingDataset } from './datasets.ts';
import { EvaluateConfig, Gate } from './evaluation.ts';
import { PolicyConfig } from './policy.ts';
import { TrainConfig } from './training.ts';

/** The schema of `.github/trainyard.yml` (DESIGN section 7). Unknown keys are errors everywhere. */

export const CONFIG_PATH = '.github/trainyard.yml';

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

export const Config = z.strictObject({
  version: z.literal(1),
  models: z.record(ModelName, ModelConfig),
  policy: PolicyConfig.prefault({}),
  registries: z.record(z.string().max(64), z.strictObject({ uri: z.url() })).default({}),
});
export type Config = z.infer<typeof Config>;

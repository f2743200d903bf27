import { z } from 'zod';
import { DatasetName, RepoPath, StageName } from '../names.ts';
import { Command } from './command.ts';
import { HoldoutDataset } from './datasets.ts';
import { Duration } from './quantities.ts';

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

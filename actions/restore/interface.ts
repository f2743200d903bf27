import { z } from 'zod';
import { RunId } from '../../core/names.ts';
import { CheckpointReference } from '../../core/training/checkpoint.ts';
import { TrainOrder } from '../../core/training/request.ts';
import { json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  runId: RunId,
  order: json(TrainOrder),
  trust: z.enum(['member', 'fork']),
  checkpoint: json(CheckpointReference),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({ restored: z.string() });
export type Outputs = z.infer<typeof Outputs>;

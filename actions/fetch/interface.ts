import { z } from 'zod';
import { TrainOrder } from '../../core/training/request.ts';
import { json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  order: json(TrainOrder),
  checkout: z.string().min(1),
  githubToken: z.string(),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  artifactId: z.string(),
  artifactDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

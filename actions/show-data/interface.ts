import { z } from 'zod';
import { ValidationOrder } from '../../core/data/result.ts';
import { DatasetName } from '../../core/names.ts';
import { Id, json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  pullRequest: Id,
  orders: json(z.record(DatasetName, json(ValidationOrder))),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  shown: z.int().min(0),
});
export type Outputs = z.infer<typeof Outputs>;

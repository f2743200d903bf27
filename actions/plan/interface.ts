import { z } from 'zod';
import { DatasetName } from '../../core/names.ts';
import { Id } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  pullRequest: Id,
  activity: z.enum(['opened', 'synchronize', 'reopened', 'edited', 'closed', 'ready_for_review']),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  datasets: z.array(DatasetName),
  orders: z.record(DatasetName, z.string()),
});
export type Outputs = z.infer<typeof Outputs>;

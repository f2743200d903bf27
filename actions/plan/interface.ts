import { z } from 'zod';
import { Id } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  pullRequest: Id,
  activity: z.enum(['opened', 'synchronize', 'reopened', 'edited', 'closed', 'ready_for_review']),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  orders: z.array(z.string()),
});
export type Outputs = z.infer<typeof Outputs>;

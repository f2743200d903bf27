import { z } from 'zod';
import { Id } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  commentId: Id,
  pullRequest: Id,
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  needsKey: z.boolean(),
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';
import { GitId, RunId } from '../../core/names.ts';
import { Id } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  commentId: Id,
  pullRequest: Id,
  signingKey: z.string(),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  runId: z.union([z.literal(''), RunId]),
  commit: z.union([z.literal(''), GitId]),
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';
import { GitId, RunId } from '../../core/names.ts';

export const Inputs = z.strictObject({
  branch: z.string().min(1).max(256),
  before: GitId,
  after: GitId,
  sender: z.string().min(1).max(100),
  signingKey: z.string(),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  runId: z.union([z.literal(''), RunId]),
  commit: z.union([z.literal(''), GitId]),
});
export type Outputs = z.infer<typeof Outputs>;

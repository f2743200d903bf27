import { z } from 'zod';
import { GitId, RunId } from '../../core/names.ts';

export const Inputs = z.strictObject({
  runId: RunId,
  commit: GitId,
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  admitted: z.boolean(),
  order: z.string(),
  trust: z.string(),
  checkpoint: z.string(),
  runsOn: z.string(),
  timeoutMinutes: z.int().min(0),
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';
import { GitId, RunId } from '../../core/names.ts';
import { DatasetArtifacts } from '../fetch-data/interface.ts';
import { json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  branch: z.string().min(1).max(256),
  before: GitId,
  after: GitId,
  sender: z.string().min(1).max(100),
  /** Empty where the jobs that check data failed, or had none to check. */
  data: z.union([z.literal('').transform(() => []), json(DatasetArtifacts)]),
  signingKey: z.string(),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  runId: z.union([z.literal(''), RunId]),
  commit: z.union([z.literal(''), GitId]),
});
export type Outputs = z.infer<typeof Outputs>;

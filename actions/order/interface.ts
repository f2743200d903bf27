import { z } from 'zod';
import { RunId } from '../../core/names.ts';

export const Inputs = z.strictObject({
  runId: RunId,
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  order: z.string(),
  artifactId: z.string(),
  artifactDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';
import { RunId, Sha256 } from '../../core/names.ts';
import { JudgeOrder } from '../../core/training/request.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

/** A job that failed or was skipped hands on no value: its outputs arrive empty. */
const optional = <T extends z.ZodType>(schema: T) => z.union([z.literal('').transform(() => null), schema]);

const JobResult = z.enum(['success', 'failure', 'cancelled', 'skipped']);
export type JobResult = z.infer<typeof JobResult>;

export const Inputs = z.strictObject({
  runId: RunId,
  trainResult: JobResult,
  orderResult: JobResult,
  order: optional(json(JudgeOrder)),
  artifactId: optional(Id),
  artifactDigest: optional(Digest.pipe(Sha256)),
  judgeResult: JobResult,
  resultId: optional(Id),
  resultDigest: optional(Digest.pipe(Sha256)),
  signingKey: z.string(),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  code: z.string(),
  verdict: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';
import { EvaluationOutcome } from '../../core/evaluation/result.ts';
import { RunId, Sha256 } from '../../core/names.ts';
import { TrainEnvironment } from '../../core/training/environment.ts';
import { JudgeOrder } from '../../core/training/request.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

/** A job that failed or was skipped hands on no value: its outputs arrive empty. */
const optional = <T extends z.ZodType>(schema: T) => z.union([z.literal('').transform(() => null), schema]);

export const Inputs = z.strictObject({
  runId: RunId,
  order: json(JudgeOrder),
  outputDigest: Digest.pipe(Sha256),
  refusal: optional(json(EvaluationOutcome)),
  environment: optional(json(TrainEnvironment)),
  scanId: optional(Id),
  scanDigest: optional(Digest.pipe(Sha256)),
  packageId: optional(Id),
  packageDigest: optional(Digest.pipe(Sha256)),
  packageSha256: optional(Sha256),
  packageSize: optional(
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ),
  evaluationId: optional(Id),
  evaluationDigest: optional(Digest.pipe(Sha256)),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  artifactId: z.string(),
  artifactDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

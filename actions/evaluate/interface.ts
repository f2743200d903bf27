import { z } from 'zod';
import { DatasetName, Sha256 } from '../../core/names.ts';
import { JudgeOrder } from '../../core/training/request.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  order: json(JudgeOrder),
  packageId: Id,
  packageDigest: Digest.pipe(Sha256),
  packageSha256: Sha256,
  evaluatorId: Id,
  evaluatorDigest: Digest.pipe(Sha256),
  labelsId: Id,
  labelsDigest: Digest.pipe(Sha256),
  holdout: json(z.record(DatasetName, Sha256)),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  status: z.enum(['evaluated', 'not_evaluated']),
  evaluationId: z.string(),
  evaluationDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

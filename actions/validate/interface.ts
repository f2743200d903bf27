import { z } from 'zod';
import { ValidationOrder } from '../../core/data/result.ts';
import { Sha256 } from '../../core/names.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  order: json(ValidationOrder),
  artifactId: Id,
  artifactDigest: Digest.pipe(Sha256),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  status: z.enum(['passed', 'failed', 'not_checked']),
  artifactId: z.string(),
  artifactDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

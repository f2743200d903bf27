import { z } from 'zod';
import { RunId, Sha256 } from '../../core/names.ts';
import { TrainOrder } from '../../core/training/request.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  runId: RunId,
  order: json(TrainOrder),
  artifactId: Id,
  artifactDigest: Digest.pipe(Sha256),
  ingestUrl: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
  ingestToken: z.string().max(4096),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  reason: z.string(),
  artifactId: z.string(),
  artifactDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

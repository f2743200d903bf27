import { z } from 'zod';
import { Sha256 } from '../../core/names.ts';
import { PolicyWaivers } from '../../core/verification/waiver.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  artifactId: Id,
  artifactDigest: Digest.pipe(Sha256),
  waivers: json(PolicyWaivers),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  verdict: z.enum(['clean', 'finding', 'unscanned']),
  scanId: z.string(),
  scanDigest: z.string(),
  packageId: z.string(),
  packageDigest: z.string(),
  packageSha256: z.string(),
  packageSize: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

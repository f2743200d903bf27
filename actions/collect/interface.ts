import { z } from 'zod';
import { GitId, Sha256 } from '../../core/names.ts';
import { JudgeOrder, StoredSource } from '../../core/training/request.ts';
import { Digest, Id, json } from '../runtime/inputs.ts';

/** 0 where a compute engine trained: no workflow artifact has that id. */
const IdOrNone = z.union([z.literal('0').transform(() => 0), Id]);

export const Inputs = z.strictObject({
  order: json(JudgeOrder),
  commit: GitId,
  trainRun: IdOrNone,
  artifactId: IdOrNone,
  artifactDigest: Digest.pipe(Sha256),
  storedOutput: z.union([z.literal('').transform(() => null), json(StoredSource)]),
  base: z.string().min(1),
  head: z.string().min(1),
  githubToken: z.string().min(1),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  refusal: z.string(),
  holdout: z.string(),
  waivers: z.string(),
  environment: z.string(),
  outputId: z.string(),
  outputDigest: z.string(),
  evaluatorId: z.string(),
  evaluatorDigest: z.string(),
  labelsId: z.string(),
  labelsDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

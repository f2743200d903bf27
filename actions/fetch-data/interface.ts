import { z } from 'zod';
import { ValidationOrder } from '../../core/data/result.ts';
import { DatasetName, Sha256 } from '../../core/names.ts';
import { json } from '../runtime/inputs.ts';

/** One workflow run checks no more datasets than this. */
const DATASETS = 256;
/** All of one commit and one base. */
export const Orders = z.array(ValidationOrder).max(DATASETS);

/** What one job leaves to the next of each dataset. */
export const DatasetArtifacts = z
  .array(z.strictObject({ dataset: DatasetName, id: z.int().positive(), digest: Sha256 }))
  .max(DATASETS);
export type DatasetArtifacts = z.infer<typeof DatasetArtifacts>;

export const Inputs = z.strictObject({
  orders: json(Orders),
  head: z.string().min(1),
  base: z.string().min(1),
  githubToken: z.string(),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  artifacts: DatasetArtifacts,
});
export type Outputs = z.infer<typeof Outputs>;

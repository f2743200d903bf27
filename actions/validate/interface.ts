import { z } from 'zod';
import { DatasetArtifacts, Orders } from '../fetch-data/interface.ts';
import { json } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  orders: json(Orders),
  artifacts: json(DatasetArtifacts),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  results: DatasetArtifacts,
});
export type Outputs = z.infer<typeof Outputs>;

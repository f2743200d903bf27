import { z } from 'zod';
import { Lines, Path, Seconds } from '../runtime/inputs.ts';

export const Inputs = z.strictObject({
  paths: Lines.pipe(z.array(Path).min(1, 'expected a file or folder in each line').max(1000)),
  policy: Path,
  policyRef: z.string().max(256),
  failOn: z.enum(['unclean', 'never']),
  sarif: Path,
  json: Path,
  timeout: Seconds,
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  status: z.enum(['clean', 'findings', 'not_scanned']),
  files: z.int().min(0),
  findings: z.int().min(0),
  sarif: z.string(),
  json: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

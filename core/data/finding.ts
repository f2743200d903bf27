import { z } from 'zod';
import { RepoPath } from '../names.ts';

/** One problem found in data or contract. `line` counts from 1 in the named file. Values are attacker-controlled text. */
export const DataFinding = z.strictObject({
  rule: z.string().max(64),
  severity: z.enum(['warn', 'fail']),
  file: RepoPath,
  line: z.int().positive().nullable(),
  column: z.string().max(256).nullable(),
  message: z.string().max(1000),
});
export type DataFinding = z.infer<typeof DataFinding>;

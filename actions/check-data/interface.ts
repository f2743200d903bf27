import { z } from 'zod';
import { Lines, Path, Seconds } from '../runtime/inputs.ts';

/** `NAME=FILE` in each line; empty lines count for nothing. */
const Others = Lines.transform((lines, context) =>
  lines.map((line) => {
    const [, name = '', data = ''] = /^([^=]+)=(.+)$/.exec(line) ?? [];
    if (name === '') context.addIssue({ code: 'custom', message: `expected NAME=FILE in each line, found ${line}` });
    return { name: name.trim(), data: data.trim() };
  }),
);

const Memory = z.union([
  z.literal('').transform(() => null),
  z
    .string()
    .regex(/^\d{2,7}$/, 'mebibytes, 64 or more')
    .transform(Number)
    .refine((value) => value >= 64, 'mebibytes, 64 or more'),
]);

export const Inputs = z.strictObject({
  path: Path.min(1),
  contract: Path.min(1),
  dataset: z.string().max(256),
  base: Path,
  baseRef: z.string().max(256),
  baseProfile: Path,
  with: Others,
  overlap: Lines,
  failOn: z.enum(['failure', 'warning', 'never']),
  html: Path,
  sarif: Path,
  junit: Path,
  json: Path,
  memory: Memory,
  timeout: Seconds,
  duckdb: Path,
  registry: z.string().max(2048),
});
export type Inputs = z.infer<typeof Inputs>;

export const Outputs = z.strictObject({
  status: z.enum(['passed', 'failed', 'not_checked']),
  rows: z.string(),
  failedRules: z.int().min(0),
  warnings: z.int().min(0),
  html: z.string(),
  sarif: z.string(),
  junit: z.string(),
  json: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

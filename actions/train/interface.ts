import { z } from 'zod';
import { ParamValue } from '../../core/config/params.ts';
import { Duration, MemorySize } from '../../core/config/quantities.ts';
import { DatasetName, ParamName, RunId, Sha256 } from '../../core/names.ts';
import { CheckpointReference } from '../../core/training/checkpoint.ts';
import { TrainOrder } from '../../core/training/request.ts';
import { Digest, Id, json, Lines, Path } from '../runtime/inputs.ts';

const NONE = z.literal('').transform(() => null);

/** `NAME=VALUE` in each line. */
const Pairs = Lines.transform((lines, context) => {
  const pairs = lines.map((line) => {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(line) ?? [];
    if (name === '') context.addIssue({ code: 'custom', message: `expected NAME=VALUE in each line, found ${line}` });
    else if (!ParamName.safeParse(name.trim()).success)
      context.addIssue({
        code: 'custom',
        message: `expected names of lower-case letters, digits and inner underscores, found ${name.trim()}`,
      });
    return [name.trim(), value.trim()] as const;
  });
  const names = pairs.map(([name]) => name);
  const twice = names.find((name, index) => name !== '' && names.indexOf(name) < index);
  // One of the two would be trained with, and nobody could tell which.
  if (twice !== undefined)
    context.addIssue({ code: 'custom', message: `expected each name once, found ${twice} twice` });
  return pairs;
});

/** A number or true or false where it reads as one, as in the config's defaults; else text. */
function paramValue(text: string): ParamValue {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

const Params = Pairs.transform((pairs) =>
  Object.fromEntries(pairs.map(([name, text]) => [name, paramValue(text)])),
).pipe(z.record(ParamName, ParamValue));

const Count = z
  .string()
  .regex(/^\d{1,4}$/, 'a whole number')
  .transform(Number);

const Resources = Pairs.transform((pairs): unknown => Object.fromEntries(pairs)).pipe(
  z.strictObject({ gpus: Count.default(0), cpus: Count.optional(), memory: MemorySize.optional() }),
);

/** Of anybody's workflow: what is trained by itself. */
const Alone = {
  command: z.string().max(10_000),
  workingDirectory: Path,
  data: Pairs.transform((pairs) => Object.fromEntries(pairs)).pipe(z.record(DatasetName, Path.min(1))),
  params: Params,
  seed: z
    .string()
    .regex(/^\d{1,10}$/, 'a whole number')
    .transform(Number)
    .refine((seed) => seed <= 4294967295, 'at most 4294967295'),
  setup: Path,
  timeout: Duration,
  stall: z.union([NONE, Duration]),
  stalled: z.enum(['flag', 'stop']),
  resources: Resources,
  outputs: Lines,
  pass: z.string().transform((text) => text.split(/\s+/).filter((name) => name !== '')),
  artifact: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a name of letters, digits, ".", "_" and "-"'),
  smokeRows: z
    .string()
    .regex(/^[1-9]\d{0,6}$/, 'a number of rows')
    .transform(Number),
  smokeTimeout: Duration,
  checkpointInterval: Duration,
  checkpointGrace: Duration,
};

/** Of `workflows/train.yml`: what the ledger orders. */
const Ordered = {
  runId: z.union([NONE, RunId]),
  order: z.union([NONE, json(TrainOrder)]),
  trust: z.enum(['member', 'fork']),
  artifactId: z.union([NONE, Id]),
  artifactDigest: z.union([NONE, Digest.pipe(Sha256)]),
  restored: z.union([NONE, json(CheckpointReference)]),
  ingestUrl: z.union([z.literal(''), z.url({ protocol: /^https?$/ })]),
  ingestToken: z.string().max(4096),
};

export const Inputs = z.strictObject({
  ...Alone,
  smoke: z.enum(['true', 'false']).transform((text) => text === 'true'),
  ...Ordered,
});
export type Inputs = z.infer<typeof Inputs>;

/** What `trainOrdered` takes of them. */
export type OrderedInputs = {
  readonly [K in 'order' | 'runId' | 'artifactId' | 'artifactDigest']: NonNullable<Inputs[K]>;
} & Pick<Inputs, 'trust' | 'restored' | 'ingestUrl' | 'ingestToken' | 'smoke'>;

export const Outputs = z.strictObject({
  reason: z.string(),
  seconds: z.number(),
  metrics: z.string(),
  artifactId: z.string(),
  artifactDigest: z.string(),
});
export type Outputs = z.infer<typeof Outputs>;

import { z } from 'zod';

/** Text that came from data, contract or file name: attacker-controlled, as it is, cut by whoever fills it in. */
export const Foreign = z.string().max(1000);

/** A finite number; JSON has no other. NaN and infinities are stated as text where they occur. */
const Finite = z.number();

const Count = z.int().min(0);

export const COLUMN_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'timestamp',
  'time',
  'object',
  'array',
  'binary',
] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

export const STRING_FORMATS = ['date', 'timestamp', 'uuid', 'email', 'url', 'json'] as const;

export const PII_KINDS = [
  'email',
  'phone',
  'card',
  'iban',
  'ip',
  'name',
  'address',
  'birth_date',
  'national_id',
] as const;
export type PiiKind = (typeof PII_KINDS)[number];

/**
 * One column as found. On the number line stand numbers themselves, and milliseconds since 1970 UTC for dates and
 * timestamps. Values of a column with `pii` are masked already.
 */
export const ColumnProfile = z.strictObject({
  name: z.string().max(256),
  type: z.enum(COLUMN_TYPES),
  /** As the engine or the file names it, such as `DECIMAL(10,2)`. */
  physicalType: z.string().max(256).nullable(),
  rows: Count,
  nulls: Count,
  /** Distinct values without null, exact; null where they were not counted exactly. */
  distinct: Count.nullable(),
  /** From a sketch, where `distinct` is null. */
  distinctEstimate: Count.nullable(),
  /** As text, so that no digit of a big integer is lost. */
  min: Foreign.nullable(),
  max: Foreign.nullable(),
  mean: Finite.nullable(),
  /** Of the sample (n − 1). */
  sd: Finite.nullable(),
  /** On the number line, `p` rising from 0 to 1. */
  quantiles: z.array(z.strictObject({ p: z.number().min(0).max(1), value: Finite })).max(101),
  /** Most frequent first; null is not among them. */
  top: z.array(z.strictObject({ value: Foreign, count: Count })).max(200),
  /** On the number line: `from` included, `to` excluded but in the last. */
  histogram: z
    .array(z.strictObject({ from: Finite, to: Finite, count: Count }))
    .max(100)
    .nullable(),
  /** In Unicode code points; null for what is no text. */
  minLength: Count.nullable(),
  maxLength: Count.nullable(),
  /** What every value that is not null looks like. */
  format: z.enum(STRING_FORMATS).nullable(),
  /** What personal data the values or the name look like. */
  pii: z.enum(PII_KINDS).nullable(),
});
export type ColumnProfile = z.infer<typeof ColumnProfile>;

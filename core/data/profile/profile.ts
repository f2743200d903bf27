import { z } from 'zod';
import { COLUMN_TYPES } from '../report/profile.ts';

const Count = z.int().min(0);
const Column = z.string().max(256);

/** Keys as a first number and differences, counts beside them: base 36, separated by blanks. */
const Base36 = z
  .string()
  .max(20_000)
  .regex(/^(?:-?[0-9a-z]{1,13}(?: [0-9a-z]{1,13})*)?$/);

export const NumbersColumn = z.strictObject({
  kind: z.literal('numbers'),
  name: Column,
  type: z.enum(COLUMN_TYPES),
  nulls: Count,
  nan: Count,
  /** Of the finite values; null where there are none. */
  min: z.number().nullable(),
  max: z.number().nullable(),
  mean: z.number().nullable(),
  /** Sum of the squared distances from the mean. */
  squares: z.number().min(0).nullable(),
  dropped: z.int().min(0).max(63),
  keys: Base36,
  counts: Base36,
});
export type NumbersColumn = z.infer<typeof NumbersColumn>;

export const CategoriesColumn = z.strictObject({
  kind: z.literal('categories'),
  name: Column,
  type: z.enum(COLUMN_TYPES),
  nulls: Count,
  complete: z.boolean(),
  total: Count,
  entries: z.array(z.tuple([z.string().regex(/^[0-9a-f]{13}$/), z.string().max(32), z.int().positive()])).max(1024),
});
export type CategoriesColumn = z.infer<typeof CategoriesColumn>;

/** Personal data: how many values there are, and nothing of them. A hash of a telephone number is a telephone number. */
export const WithheldColumn = z.strictObject({
  kind: z.literal('withheld'),
  name: Column,
  type: z.enum(COLUMN_TYPES),
  nulls: Count,
  total: Count,
});
export type WithheldColumn = z.infer<typeof WithheldColumn>;

export const ProfileColumn = z.discriminatedUnion('kind', [NumbersColumn, CategoriesColumn, WithheldColumn]);
export type ProfileColumn = z.infer<typeof ProfileColumn>;

/**
 * What drift needs to know of a dataset, so that the base's data need not be fetched again. It is kept beside the data
 * and holds values of it, of columns with personal data none.
 */
export const DataProfile = z.strictObject({
  version: z.literal(1),
  dataset: z.string().min(1).max(200),
  rows: Count,
  /** Cells or categories kept for each column at most. */
  cap: z.int().min(2).max(1024),
  columns: z.array(ProfileColumn).max(5000),
});
export type DataProfile = z.infer<typeof DataProfile>;

/** In characters of JSON: what 5,000 columns of the longest names and the least cap come to. */
export const MAX_PROFILE = 16 * 1024 * 1024;

export class ProfileError extends Error {
  override readonly name = 'ProfileError';
  readonly code: 'not_a_profile' | 'too_large' | 'cannot_merge';

  constructor(code: ProfileError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Cells for each column, so that the profile stays below its bound however many columns there are. */
export function capFor(columns: number): number {
  return Math.min(512, Math.max(8, Math.floor((6 * 1024 * 1024) / (220 * Math.max(1, columns)))));
}

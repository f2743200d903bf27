/** What a query gives for one cell. NaN and infinities, and integers beyond 2^53, are text. */
export type SqlScalar = string | number | boolean | null;

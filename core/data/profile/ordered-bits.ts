import { quoteInteger } from '../sql/quote.ts';

const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);
const ALL_BUT_SIGN = 0x7fff_ffff_ffff_ffffn;

/**
 * A whole number of 64 bits that is in the order of the numbers themselves, neighbours for neighbouring doubles: the
 * bits of IEEE 754, those of negative numbers turned round. −0 is 0; not for NaN.
 */
export function toOrdered(value: number): bigint {
  float[0] = value + 0;
  const raw = bits[0] ?? 0n;
  return raw >= 0n ? raw : raw ^ ALL_BUT_SIGN;
}

/** The inverse; beyond the infinities it gives the infinity. */
export function fromOrdered(ordered: bigint): number {
  bits[0] = ordered >= 0n ? ordered : ordered ^ ALL_BUT_SIGN;
  const value = float[0] ?? 0;
  return Number.isNaN(value) ? (ordered > 0n ? Infinity : -Infinity) : value;
}

/** The same in DuckDB's SQL, for an expression of type DOUBLE that is not NaN. `dropped` low bits are shifted out. */
export function orderedSql(expression: string, dropped: number): string {
  const raw = `CAST(CAST(((${expression}) + 0.0) AS BIT) AS BIGINT)`;
  return `((CASE WHEN ${raw} >= 0 THEN ${raw} ELSE xor(${raw}, ${ALL_BUT_SIGN}) END) >> ${quoteInteger(dropped)})`;
}

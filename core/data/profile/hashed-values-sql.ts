import { quoteText } from '../sql/quote.ts';

/** The values whose hash (as `hashCategory` takes it) lies in the least `share` of all hashes, each with its rows. */
export function hashedValuesQuery(relation: string, text: string, share: number): string {
  const limit = Math.min(2 ** 52 - 1, Math.floor(share * 2 ** 52))
    .toString(16)
    .padStart(13, '0');
  const values = `SELECT ${text} AS v FROM ${relation} WHERE ${text} IS NOT NULL`;
  return `SELECT v, count(*) FROM (${values}) WHERE left(sha256(v), 13) <= ${quoteText(limit)} GROUP BY v`;
}

/** The share of hashes in which about twice as many of `distinct` values lie as are kept. */
export function shareOfHashes(distinct: number, cap: number): number {
  return Math.min(1, (2 * cap + 64) / Math.max(1, distinct));
}

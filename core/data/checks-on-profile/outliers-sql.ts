import type { SqlScalar } from '../checks/result-row.ts';
import type { DataTable } from '../checks/table.ts';
import { FACTOR, FEWEST, NORMAL, type Outliers } from './columns.ts';

/**
 * For a column with too many values to count: finite values, how many are outliers, and between what the others lie, as
 * `outliers` has it of counts. The medians are values of the data, the lower of two.
 */
export function sidesQuery({ relation }: DataTable, number: string): string {
  return [
    `WITH a AS (SELECT ${number} AS n FROM ${relation} WHERE NOT isnan(${number})), v AS (SELECT n FROM a WHERE isfinite(n)),`,
    'm AS (SELECT quantile_disc(n, 0.5) AS m FROM v),',
    's AS (SELECT quantile_disc(m.m - v.n, 0.5) FILTER (WHERE v.n <= m.m) AS below,',
    'quantile_disc(v.n - m.m, 0.5) FILTER (WHERE v.n >= m.m) AS above FROM v, m),',
    `l AS (SELECT m.m - ${FACTOR} * s.below / ${NORMAL} AS low, m.m + ${FACTOR} * s.above / ${NORMAL} AS high, s.* FROM m, s)`,
    'SELECT (SELECT count(*) FROM v), (SELECT count(*) FROM a, l WHERE a.n < l.low OR a.n > l.high),',
    'l.low, l.high, l.below, l.above, (SELECT min(n) FROM v), (SELECT max(n) FROM v) FROM l',
  ].join(' ');
}

/** @param row of `sidesQuery`. Null where half the values are equal or there are few. */
export function readSides(row: readonly SqlScalar[]): Outliers | null {
  const [values = 0, count = 0, low = 0, high = 0, below = 0, above = 0, least = 0, most = 0] = row.map((cell) =>
    Number(cell ?? 0),
  );
  if (values < FEWEST || !(below > 0) || !(above > 0)) return null;
  return { count, low, high, least, most };
}

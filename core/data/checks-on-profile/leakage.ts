import { cut, type Measured } from '../checks/measured.ts';
import type { SqlScalar } from '../checks/result-row.ts';
import { type DataTable, type TableColumn, textOf } from '../checks/table.ts';
import { warning } from './columns.ts';

/** Fewer rows than this agree by chance. */
const LEAST_ROWS = 30;
/** Rarer classes' rows that a feature must tell, or the frequent class alone would look determined. */
const LEAST_TOLD = 10;

const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL.*)$/;

/**
 * One row on how a feature goes with the label: rows where both are there, rows where they are equal as text, the
 * correlation (null for what is no number), and over the values of the feature that occur more than once: their number,
 * their rows, the rows that the most frequent label of each value tells right, and the rows of the label's most
 * frequent value.
 */
export function leakageQuery({ relation }: DataTable, feature: TableColumn, label: TableColumn): string {
  const numeric = NUMERIC.test(feature.type) && NUMERIC.test(label.type);
  const correlation = numeric ? `corr(CAST(${feature.sql} AS DOUBLE), CAST(${label.sql} AS DOUBLE))` : 'NULL';
  const present = `FROM ${relation} WHERE ${feature.sql} IS NOT NULL AND ${label.sql} IS NOT NULL`;
  return [
    `WITH g AS (SELECT ${feature.sql} AS f, ${label.sql} AS y, count(*) AS n ${present} GROUP BY 1, 2),`,
    'p AS (SELECT f, sum(n) AS s, max(n) AS m FROM g GROUP BY f HAVING sum(n) > 1),',
    'l AS (SELECT sum(n) AS s FROM g WHERE f IN (SELECT f FROM p) GROUP BY y),',
    `e AS (SELECT count(*) AS n, count(*) FILTER (WHERE ${textOf(feature)} = ${textOf(label)}) AS same,`,
    `${correlation} AS r ${present})`,
    'SELECT e.n, e.same, e.r, (SELECT count(*) FROM p), (SELECT sum(s) FROM p), (SELECT sum(m) FROM p),',
    '(SELECT max(s) FROM l) FROM e',
  ].join(' ');
}

/**
 * A warning where the feature gives the label away: it equals it, is a multiple of it, or each of its values goes with one
 * label only. The last counts values that occur again (an id would determine anything), and only if it tells the rarer
 * labels, too: Goodman and Kruskal's λ of at least 0.999.
 */
export function readLeakage(feature: TableColumn, label: TableColumn, row: readonly SqlScalar[]): Measured | null {
  const [rows = 0, same = 0, , groups = 0, repeated = 0, told = 0, most = 0] = row.map((cell) => Number(cell ?? 0));
  const correlation = row[2] === null || row[2] === undefined ? Number.NaN : Number(row[2]);
  if (rows < LEAST_ROWS) return null;
  const about = { rule: 'label_leakage', column: feature.name, of: rows };
  const expected = `nothing that gives the label ${JSON.stringify(cut(label.name, 100))} away`;
  if (same === rows) return warning({ ...about, expected, found: 'equals the label in every row', count: rows });
  if (Math.abs(correlation) > 1 - 1e-9) {
    return warning({ ...about, expected, found: 'is the label in another unit (correlation 1)', count: rows });
  }
  const rarer = repeated - most;
  const right = told - most;
  if (groups < 2 || repeated < LEAST_ROWS || rarer < LEAST_TOLD || right / rarer < 0.999) return null;
  const found = `its value tells the label in ${told} of ${repeated} rows whose value occurs more than once`;
  return warning({ ...about, expected, found, count: told });
}

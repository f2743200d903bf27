import { cut, type Measured } from '../checks/measured.ts';
import type { SqlScalar } from '../checks/result-row.ts';
import { type DataTable, type TableColumn, textOf } from '../checks/table.ts';
import type { LabelRule } from '../contract-model.ts';

/** Fewer rows than this agree by chance. */
const LEAST_ROWS = 30;
/** Rarer classes' rows that a feature must tell, or the frequent class alone would look determined. */
const LEAST_TOLD = 10;

/**
 * One row on how a feature goes with the label: rows where both are there, rows where they are equal as text, the
 * correlation (null for what is no number), and over the values of the feature that occur more than once: their number,
 * their rows, the rows that the most frequent label of each value tells right, and the rows of the label's most
 * frequent value.
 * @param numbers expressions of both as numbers, null for what is none
 * @param grouped false for a feature of too many values to be grouped by: what its values go with is then left open
 */
export function leakageQuery(
  { relation }: DataTable,
  feature: TableColumn,
  label: TableColumn,
  numbers: readonly [feature: string | null, label: string | null],
  grouped = true,
): string {
  const [x, y] = numbers.map((number) => `CASE WHEN isfinite(${number}) THEN ${number} END`);
  const correlation = numbers.includes(null) ? 'NULL' : `corr(${x}, ${y})`;
  const equal = `count(*), count(*) FILTER (WHERE ${textOf(feature)} = ${textOf(label)}), ${correlation}`;
  const present = `FROM ${relation} WHERE ${feature.sql} IS NOT NULL AND ${label.sql} IS NOT NULL`;
  if (!grouped) return `SELECT ${equal}, 0, 0, 0, 0 ${present}`;
  return [
    `WITH g AS (SELECT ${feature.sql} AS f, ${label.sql} AS y, count(*) AS n ${present} GROUP BY 1, 2),`,
    'p AS (SELECT f, sum(n) AS s, max(n) AS m FROM g GROUP BY f HAVING sum(n) > 1),',
    'l AS (SELECT sum(n) AS s FROM g WHERE f IN (SELECT f FROM p) GROUP BY y),',
    `e(n, same, r) AS (SELECT ${equal} ${present})`,
    'SELECT e.n, e.same, e.r, (SELECT count(*) FROM p), (SELECT sum(s) FROM p), (SELECT sum(m) FROM p),',
    '(SELECT max(s) FROM l) FROM e',
  ].join(' ');
}

/**
 * A finding where the feature gives the label away: it equals it, is a multiple of it, or each of its values goes with one
 * label only. The last counts values that occur again (an id would determine anything), and only if it tells the rarer
 * labels, too: Goodman and Kruskal's λ of at least 0.999.
 */
export function readLeakage(
  feature: TableColumn,
  label: TableColumn,
  row: readonly SqlScalar[] | string,
  rule: LabelRule,
): Measured | null {
  const about = { ...base(label, rule), columns: [cut(feature.name, 256)] };
  if (typeof row === 'string') return { ...about, status: 'not_checked', found: cut(row) };
  const [rows = 0, same = 0, , groups = 0, repeated = 0, told = 0, most = 0] = row.map((cell) => Number(cell ?? 0));
  const correlation = row[2] === null || row[2] === undefined ? Number.NaN : Number(row[2]);
  if (rows < LEAST_ROWS) return null;
  const leak = (found: string, count: number): Measured => ({ ...about, status: 'failed', found, count, of: rows });
  if (same === rows) return leak('equals the label in every row', rows);
  if (Math.abs(correlation) > 1 - 1e-9) return leak('is the label in another unit (correlation 1)', rows);
  const rarer = repeated - most;
  const right = told - most;
  if (groups < 2 || repeated < LEAST_ROWS || rarer < LEAST_TOLD || right / rarer < 0.999) return null;
  return leak(`its value tells the label in ${told} of ${repeated} rows whose value occurs more than once`, told);
}

/** Where no feature gives the label away; too few rows say nothing. */
export function noLeakage(label: TableColumn, rule: LabelRule, rows: number): Measured {
  const about = { ...base(label, rule), columns: [cut(label.name, 256)], of: rows };
  if (rows < LEAST_ROWS)
    return {
      ...about,
      status: 'not_checked',
      found: `too few rows to tell: ${rows}, expected ${LEAST_ROWS} or more`,
    };
  return { ...about, status: 'passed', found: 'no column does', count: 0 };
}

function base(label: TableColumn, { leakage, line }: LabelRule) {
  return {
    rule: 'label_leakage' as const,
    severity: leakage?.severity ?? ('warn' as const),
    expected: `nothing that gives the label ${JSON.stringify(cut(label.name, 100))} away`,
    ...{ count: null, of: 0, tolerance: null, contractLine: leakage?.line ?? line, label: '', search: null },
  };
}

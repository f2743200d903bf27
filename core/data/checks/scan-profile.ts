import type { ColumnProfile, ColumnType } from '../report/profile.ts';
import { personalOf } from './column-profile.ts';
import { cut } from './measured.ts';
import type { SqlScalar } from './result-row.ts';
import { partsOf, sideBySide } from './side-by-side.ts';
import { type TableColumn, textOf } from './table.ts';
import { numberOf } from './value-sql.ts';

const QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95];

/** A column that is profiled from sketches, and the type of its values. */
export interface Typed {
  readonly table: TableColumn;
  readonly type: ColumnType;
}

export interface Sketched extends Typed {
  /** Some of its values, by which personal data is known. */
  readonly some: readonly string[];
}

const PER_COLUMN = 10;

/** One scan for all columns with too many values to count. Distinct values and quantiles are estimates, the rest exact. */
export function sketchQuery(relation: string, columns: readonly Typed[]): string {
  return sideBySide(partsOf(columns).map((some) => sketchesOf(relation, some)));
}

function sketchesOf(relation: string, columns: readonly Typed[]): string {
  // Read from its text once: ten aggregates that each read it would take ten times as long.
  const lines: string[] = [];
  const finite: string[] = [];
  const parts = columns.flatMap(({ table, type }, index) => {
    const line = onLine(table, type);
    const text = textOf(table);
    const length = type === 'string' ? `length(${text})` : 'NULL';
    const number = line === null ? null : `x${index}`;
    lines.push(line === null ? table.sql : `${table.sql}, ${line} AS y${index}`);
    finite.push(
      line === null ? table.sql : `${table.sql}, CASE WHEN isfinite(y${index}) THEN y${index} END AS x${index}`,
    );
    return [
      `count(${table.sql})`,
      `approx_count_distinct(${table.sql})`,
      extremeOf('min', table, number),
      extremeOf('max', table, number),
      number === null ? 'NULL' : `avg(${number})`,
      number === null ? 'NULL' : deviationOf(number),
      number === null ? 'NULL' : `to_json(approx_quantile(${number}, [${QUANTILES.join(', ')}]))::VARCHAR`,
      `min(${length})`,
      `max(${length})`,
      // A NUL that a reader of CSV would trip over.
      type === 'string' ? `count(*) FILTER (WHERE contains(${text}, chr(0)))` : '0',
    ];
  });
  const rows = `SELECT ${finite.join(', ')} FROM (SELECT ${lines.join(', ')} FROM ${relation})`;
  return `SELECT ${parts.join(', ')} FROM (${rows})`;
}

/** @param row the one row of `sketchQuery` for the same columns */
export function readSketches(columns: readonly Sketched[], row: readonly SqlScalar[], rows: number): ColumnProfile[] {
  return columns.map(({ table, type, some }, index) => {
    const cells = row.slice(index * PER_COLUMN, (index + 1) * PER_COLUMN);
    const [present, distinct, min, max, mean, sd, quantiles, minLength, maxLength] = cells;
    return {
      name: cut(table.name, 256),
      type,
      physicalType: table.typed ? cut(table.type, 256) : null,
      rows,
      nulls: rows - Number(present ?? 0),
      distinct: null,
      distinctEstimate: Number(distinct ?? 0),
      min: extremeText(min, type),
      max: extremeText(max, type),
      mean: numberOrNull(mean),
      sd: numberOrNull(sd),
      quantiles: readQuantiles(quantiles),
      top: [],
      histogram: null,
      minLength: numberOrNull(minLength),
      maxLength: numberOrNull(maxLength),
      format: null,
      pii: personalOf(
        type,
        table,
        some.map((value) => [value, 1] as const),
      ),
    };
  });
}

/** NULL where the squares pass what doubles hold: there DuckDB gives up, and the whole scan with it. */
export function deviationOf(number: string): string {
  return `CASE WHEN max(abs(${number})) < 1e140 THEN stddev_samp(CASE WHEN abs(${number}) < 1e140 THEN ${number} END) END`;
}

/** As text where the file has types; on the number line, where text has to be read as a number. */
function extremeOf(which: 'min' | 'max', table: TableColumn, number: string | null): string {
  if (number === null || table.typed) return `CAST(${which}(${table.sql}) AS VARCHAR)`;
  return `${which}(${number})`;
}

function extremeText(value: SqlScalar | undefined, type: ColumnType): string | null {
  if (value === null || value === undefined) return null;
  const isTime = type === 'date' || type === 'timestamp';
  if (!isTime || typeof value !== 'number' || Math.abs(value) > 8.64e15) return cut(String(value));
  const text = new Date(value).toISOString();
  return type === 'date' ? text.slice(0, 10) : text;
}

/** NULL for what has no place on the number line. */
function onLine(table: TableColumn, type: ColumnType): string | null {
  switch (type) {
    case 'integer':
    case 'number':
    case 'date':
    case 'timestamp':
      return numberOf({ logicalType: type }, table);
    default:
      return null;
  }
}

function readQuantiles(text: SqlScalar | undefined): ColumnProfile['quantiles'] {
  if (typeof text !== 'string') return [];
  const values: unknown = JSON.parse(text);
  if (!Array.isArray(values)) return [];
  return QUANTILES.flatMap((p, index) => {
    const value: unknown = values[index];
    return typeof value === 'number' && Number.isFinite(value) ? [{ p, value }] : [];
  });
}

function numberOrNull(value: SqlScalar | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

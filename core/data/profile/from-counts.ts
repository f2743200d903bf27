import { toNumberLine } from '../checks/number-line.ts';
import type { ValueCounts } from '../checks/value-counts.ts';
import { numberCounts } from '../drift/number-counts.ts';
import type { ColumnSample } from '../drift/sample.ts';
import type { ColumnType } from '../report/profile.ts';
import { categoriesColumn } from './category-column.ts';
import { numbersColumn } from './number-column.ts';
import type { ProfileColumn } from './profile.ts';

interface CountedColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly counted: Pick<ValueCounts, 'nulls' | 'counts'>;
}

/** What drift compares of a column whose values were counted one by one: exact. */
export function sampleFromCounts({ type, counted }: Omit<CountedColumn, 'name'>): ColumnSample {
  const line = placeOnLine(type);
  if (line === null) return { kind: 'categories', counts: counted.counts, nulls: counted.nulls, others: 0 };
  const pairs = [...counted.counts].map(([text, count]): [number, number] => [line(text), count]);
  return { kind: 'numbers', counts: numberCounts(pairs), nulls: counted.nulls };
}

/** The same as a part of a stored profile. @param personal nothing of the values may be kept */
export function profileFromCounts(
  { name, type, counted }: CountedColumn,
  personal: boolean,
  cap: number,
): ProfileColumn {
  const line = placeOnLine(type);
  const { nulls } = counted;
  if (personal) {
    const total = [...counted.counts.values()].reduce((sum, count) => sum + count, 0);
    return { kind: 'withheld', name, type, nulls, total };
  }
  if (line === null) return categoriesColumn({ name, type, nulls, pairs: counted.counts }, cap);
  const pairs: [number, number][] = [];
  let nan = 0;
  for (const [text, count] of counted.counts) {
    const value = line(text);
    if (Number.isNaN(value)) nan += count;
    else pairs.push([value, count]);
  }
  return numbersColumn({ name, type, nulls, nan, pairs }, cap);
}

/** Null for types whose values are categories; NaN for a text that is no number. */
function placeOnLine(type: ColumnType): ((text: string) => number) | null {
  const read = toNumberLine(type);
  if (read === null) return null;
  // DuckDB writes infinities otherwise than JavaScript reads them.
  return (text) => (/^[+-]?inf(?:inity)?$/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : read(text));
}

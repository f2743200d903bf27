import type { SqlScalar } from '../checks/result-row.ts';
import type { RowExample } from '../report/base.ts';
import type { DiffPlan } from './row-diff.ts';

const SHOWN_CELLS = 50;

/** Where a row stands in the engine: the file's path (null where rows are numbered over all of them), and a number from 0. */
export interface RowPlace {
  readonly file: string | null;
  readonly row: number;
}

export interface FoundExample {
  readonly head: RowPlace | null;
  readonly base: RowPlace | null;
  /** Indices of the compared columns that differ. */
  readonly differing: readonly number[];
}

/** @param rows of `examplesQuery` */
export function readExamples(rows: readonly (readonly SqlScalar[])[]): readonly FoundExample[] {
  return rows.map(([inHead, inBase, headFile, headRow, baseFile, baseRow, ...flags]) => ({
    head: inHead === true ? placeOf(headFile, headRow) : null,
    base: inBase === true ? placeOf(baseFile, baseRow) : null,
    differing: inHead === true && inBase === true ? flags.flatMap((flag, at) => (flag === true ? [at] : [])) : [],
  }));
}

function placeOf(file: SqlScalar | undefined, row: SqlScalar | undefined): RowPlace {
  return { file: typeof file === 'string' ? file : null, row: Number(row ?? 0) };
}

/** A side's rows by their place: the cells of the key's columns, then of those compared columns that were asked for. */
export type Cells = ReadonlyMap<string, readonly SqlScalar[]>;

export function placeKey({ file, row }: RowPlace): string {
  return JSON.stringify([file, row]);
}

/** @param rows of `rowsQuery` */
export function readCells(rows: readonly (readonly SqlScalar[])[]): Cells {
  return new Map(rows.map(([file, row, ...cells]) => [placeKey(placeOf(file, row)), cells]));
}

/** What is known of where a row stands in its file. */
export interface TextPlace {
  readonly file: string | null;
  readonly line: number | null;
}

/** The compared columns of which examples show a cell, by their index in the plan. */
export function shownColumns(found: readonly FoundExample[]): readonly number[] {
  return [...new Set(found.flatMap(({ differing }) => differing.slice(0, SHOWN_CELLS)))];
}

export interface ShownExample {
  readonly found: FoundExample;
  /** As `shownColumns` gives them: the order of the cells. */
  readonly asked: readonly number[];
  readonly cells: { readonly head: Cells; readonly base: Cells };
  readonly places: { readonly head: TextPlace; readonly base: TextPlace };
}

/** @param mask hides a value of a column with personal data */
export function showExample(
  { key, compared }: DiffPlan,
  { found, asked, cells, places }: ShownExample,
  mask: (column: string, value: string) => string,
): RowExample {
  const head = found.head === null ? [] : (cells.head.get(placeKey(found.head)) ?? []);
  const base = found.base === null ? [] : (cells.base.get(placeKey(found.base)) ?? []);
  const shown = (column: string, value: SqlScalar | undefined): string | null =>
    value === null || value === undefined ? null : mask(column, String(value)).slice(0, 1000).toWellFormed();
  const own = found.head === null ? base : head;
  const kind = found.head === null ? 'removed' : found.base === null ? 'added' : 'changed';
  const place = kind === 'removed' ? places.base : places.head;
  return {
    kind,
    key: key.map(({ name }, index) => shown(name, own[index])),
    line: place.line,
    baseLine: kind === 'changed' ? places.base.line : null,
    file: place.file?.slice(0, 2048) ?? null,
    cells: found.differing.slice(0, SHOWN_CELLS).flatMap((at) => {
      const name = compared[at]?.name;
      if (name === undefined) return [];
      const index = key.length + asked.indexOf(at);
      return [{ column: name.slice(0, 256), base: shown(name, base[index]), head: shown(name, head[index]) }];
    }),
  };
}

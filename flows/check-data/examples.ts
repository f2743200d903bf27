import { cut, type Search } from '../../core/data/checks/measured.ts';
import { type DataTable, textOf } from '../../core/data/checks/table.ts';
import type { Dataset } from './load.ts';
import type { DataEngine } from './ports.ts';

/** A row that violates a rule. */
export interface FoundRow {
  /** Index of the file among the dataset's; null where rows are numbered over all of them. */
  readonly file: number | null;
  /** From 0, header not counted. */
  readonly row: number;
  /** Null is the null value; several columns are written as JSON. */
  readonly value: string | null;
}

export const MAX_EXAMPLES = 20;

/** The first rows that a search finds. @throws DataEngineError */
export async function findRows(
  search: Search,
  dataset: Dataset,
  loaded: Pick<DataTable, 'numbered'>,
  engine: DataEngine,
): Promise<readonly FoundRow[]> {
  const shown = search.show.map(textOf).join(', ');
  const from = search.from ?? loaded.numbered;
  const { rows } = await engine.query(
    `SELECT f, r, ${shown} FROM ${from} WHERE ${search.where} ORDER BY f, r LIMIT ${MAX_EXAMPLES}`,
  );
  return rows.map(([file, row, ...values]) => {
    const index = typeof file === 'string' ? dataset.source.paths.indexOf(file) : -1;
    return { file: index === -1 ? null : index, row: Number(row), value: shownValue(values) };
  });
}

function shownValue(values: readonly unknown[]): string | null {
  const texts = values.map((value) => (value === null || value === undefined ? null : String(value)));
  if (texts.length === 1) return texts[0] === null || texts[0] === undefined ? null : cut(texts[0]);
  return cut(JSON.stringify(texts));
}

import { isCsv } from '../../core/data/checks/source-sql.ts';
import { readCsv } from '../../core/data/csv.ts';
import { readJsonLines } from '../../core/data/json-lines.ts';
import type { Dataset } from './load.ts';
import type { DataFiles } from './ports.ts';

export interface Place {
  /** Index of the file among the dataset's. */
  readonly file: number;
  /** From 1; null in formats without lines. */
  readonly line: number | null;
  /** Within the file, from 1, header not counted. */
  readonly row: number;
}

export interface TextProblem {
  readonly file: number;
  readonly line: number;
  readonly message: string;
}

/** As many as findings keep of one rule. */
const MAX_PROBLEMS = 50;

/**
 * Reads text files again by the reader that knows lines, as far as the last row asked for. DuckDB's own line numbers are
 * off after a quoted newline.
 * @param rows numbers over all files, from 0
 */
export async function placesOf(
  dataset: Dataset,
  rows: ReadonlySet<number>,
  files: DataFiles,
): Promise<ReadonlyMap<number, Place>> {
  const places = new Map<number, Place>();
  let first = 0;
  for (const [file, one] of dataset.files.entries()) {
    if (places.size === rows.size) break;
    let row = 0;
    for (const item of readText(await files.open(one, dataset.source.compression), dataset)) {
      if (item.kind === 'problem') continue;
      row += 1;
      if (rows.has(first + row - 1)) places.set(first + row - 1, { file, line: item.line, row });
      if (places.size === rows.size) break;
    }
    first += row;
  }
  return places;
}

/** What is wrong with the text itself, wherever it is. */
export async function problemsOf(dataset: Dataset, files: DataFiles): Promise<readonly TextProblem[]> {
  const problems: TextProblem[] = [];
  for (const [file, one] of dataset.files.entries()) {
    for (const item of readText(await files.open(one, dataset.source.compression), dataset)) {
      if (item.kind === 'record') continue;
      problems.push({ file, line: item.line, message: item.message });
      if (problems.length >= MAX_PROBLEMS) return problems;
    }
  }
  return problems;
}

type TextItem =
  | { readonly kind: 'record'; readonly line: number }
  | { readonly kind: 'problem'; readonly line: number; readonly message: string };

/** Rows and problems of a text file; its header is left out. */
function* readText(chunks: Iterable<Uint8Array>, { source }: Dataset): Generator<TextItem, void, void> {
  if (!isCsv(source)) {
    yield* readJsonLines(chunks);
    return;
  }
  let header = true;
  for (const item of readCsv(chunks, source.delimiter)) {
    if (header && item.kind === 'record') header = false;
    else yield item;
  }
}

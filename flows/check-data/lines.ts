import { isText } from '../../core/data/checks/data-format.ts';
import { hasHeader, isCsv } from '../../core/data/checks/source-sql.ts';
import { SuspiciousLook } from '../../core/data/checks/suspicious.ts';
import { type CsvErrorCode, type CsvItem, csvLine, readCsv } from '../../core/data/csv.ts';
import { readJsonArray } from '../../core/data/json-array.ts';
import { readJsonLines } from '../../core/data/json-lines.ts';
import type { Dataset } from './load.ts';
import type { DataFile, DataFiles } from './ports.ts';

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
  const firstLine = hasHeader(dataset.source) ? 2 : 1;
  if (dataset.plainLines === true)
    return new Map([...rows].map((row) => [row, { file: 0, line: row + firstLine, row: row + 1 }]));
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

export interface StrictReading {
  readonly problems: readonly TextProblem[];
  /** Nothing is wrong with the text as far as it was read: the first problem is that a record is longer than any that is read. */
  readonly isOnlyTooLong: boolean;
  /** Header not counted. */
  readonly rows: number;
  /** Of JSON, every name that a record has, and where the first is that has it; empty for other formats, and some where there are more than columns may be. */
  readonly names: ReadonlyMap<string, Pick<TextProblem, 'file' | 'line'>>;
}

/** More names than this are no columns, but keys of a map. */
const MAX_NAMES = 10_000;

/** What is wrong with the text itself, wherever it is, and how many rows there are. */
export async function readStrictly(dataset: Dataset, files: DataFiles): Promise<StrictReading> {
  const problems: TextProblem[] = [];
  const names = new Map<string, Pick<TextProblem, 'file' | 'line'>>();
  let rows = 0;
  let isOnlyTooLong = false;
  for (const [file, one] of dataset.files.entries()) {
    const before = { rows, problems: problems.length };
    let isUneven = true;
    for (const item of readText(await files.open(one, dataset.source.compression), dataset)) {
      if (item.kind === 'record') rows += 1;
      else {
        isOnlyTooLong ||= problems.length === 0 && item.code === 'record_too_long';
        isUneven &&= item.code === 'column_count';
        problems.push({ file, line: item.line, message: item.message });
      }
      if (problems.length >= MAX_PROBLEMS) break;
      if ('keys' in item && names.size < MAX_NAMES)
        for (const name of item.keys) if (!names.has(name)) names.set(name, { file, line: item.line });
    }
    const found = problems.slice(before.problems);
    if (isUneven && hasHeader(dataset.source) && isOtherHeader(found, rows - before.rows))
      problems.splice(before.problems, 0, { file, line: 1, message: OTHER_HEADER });
    if (problems.length >= MAX_PROBLEMS) break;
  }
  return { problems, isOnlyTooLong, rows, names };
}

const OTHER_HEADER =
  'the first line is taken for the header, and most rows have another number of columns: remove what stands above the header, or mend it';

/** Whether nearly all rows have one number of columns, and the first line another: a title, a comment, a name too few. */
function isOtherHeader(problems: readonly TextProblem[], rows: number): boolean {
  const counts = new Map<string, number>();
  for (const { message } of problems) counts.set(message, (counts.get(message) ?? 0) + 1);
  return problems.length >= 3 && Math.max(...counts.values()) > (2 * (rows + problems.length)) / 3;
}

type TextItem =
  | { readonly kind: 'record'; readonly line: number; readonly keys?: readonly string[] }
  | { readonly kind: 'problem'; readonly line: number; readonly message: string; readonly code?: CsvErrorCode };

/**
 * Whether readers may disagree about what the text says, so that ours has to judge it. Of JSON they always may: DuckDB
 * takes NaN and a comma too many, which no other reader does.
 */
export async function isDoubtful(dataset: Dataset, files: DataFiles): Promise<boolean> {
  if (!isCsv(dataset.source)) return isText(dataset.source);
  const { compression, delimiter } = dataset.source;
  for (const file of dataset.files) {
    const look = new SuspiciousLook(delimiter);
    for (const chunk of await files.open(file, compression, 'passing')) {
      if (look.finds(chunk)) return true;
      // Others wait: the engine for its next question, a digest for its next bytes.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (look.findsAtEnd()) return true;
  }
  return false;
}

/** The same rows in the one form that every reader takes: for text that is right and that DuckDB does not read. */
export async function rewrite(dataset: Dataset, files: DataFiles): Promise<Dataset> {
  const { source } = dataset;
  const written: DataFile[] = [];
  for (const file of dataset.files) {
    const records = readCsv(await files.open(file, source.compression), source.delimiter);
    written.push(await files.write(file.name, linesOf(records)));
  }
  const paths = written.map(({ path }) => path);
  return {
    ...dataset,
    files: written,
    source: { ...source, paths, compression: 'none', delimiter: ',', partitions: [], lineFeeds: true },
  };
}

/**
 * Looks, before an engine has it open, whether readers could disagree over its text, and writes it anew where the text is
 * right all the same. What is wrong with it is said by who loads it.
 */
export async function withoutDoubt(dataset: Dataset, files: DataFiles): Promise<Dataset> {
  if (!isCsv(dataset.source) || dataset.source.partitions.length > 0) return dataset;
  if (!(await isDoubtful(dataset, files))) return { ...dataset, rewritten: null };
  const { problems } = await readStrictly(dataset, files);
  return problems.length > 0 ? dataset : { ...dataset, rewritten: await rewrite(dataset, files) };
}

function* linesOf(items: Iterable<CsvItem>): Generator<string, void, void> {
  for (const item of items) {
    if (item.kind === 'problem') continue;
    // An empty line is no row to every reader.
    yield item.values.length === 1 && item.values[0] === '' ? '""\n' : csvLine(item.values);
  }
}

/** Rows and problems of a text file; its header is left out. */
function* readText(chunks: Iterable<Uint8Array>, { source }: Dataset): Generator<TextItem, void, void> {
  if (!isCsv(source)) {
    yield* source.format === 'json' ? readJsonArray(chunks) : readJsonLines(chunks);
    return;
  }
  let header = hasHeader(source);
  for (const item of readCsv(chunks, source.delimiter, header ? 'header' : 'first line')) {
    if (header && item.kind === 'record') header = false;
    else yield item;
  }
}

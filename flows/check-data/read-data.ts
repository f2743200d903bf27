import { isText } from '../../core/data/checks/data-format.ts';
import { readingWords } from '../../core/data/checks/engine-words.ts';
import { isCsv } from '../../core/data/checks/source-sql.ts';
import type { DataReport } from '../../core/data/report/data-report.ts';
import { textFinding } from './blank-report.ts';
import { isDoubtful, readStrictly, rewrite, type StrictReading } from './lines.ts';
import { type Dataset, type Loaded, load } from './load.ts';
import { type DataEngine, DataEngineError, type DataFiles } from './ports.ts';
import { explainEncoding } from './to-plain.ts';
import { UnreadableData } from './unreadable.ts';

/** In the engine. */
const HEAD = 'trainyard.head';

/** A dataset that an engine holds. */
export interface ReadDataset {
  readonly dataset: Dataset;
  readonly loaded: Loaded;
  readonly engine: DataEngine;
  /** Of JSON, where each column is named first. */
  readonly named?: StrictReading['names'];
}

export interface ReadOptions {
  /** To be opened beside it. */
  readonly base: Dataset | null;
  /** Columns whose values together are to be unique. */
  readonly keys: readonly (readonly string[])[];
  readonly open: (sources: readonly (Dataset | null)[]) => Promise<DataEngine>;
  readonly files: DataFiles;
}

type Wrong = Pick<DataReport, 'status' | 'reason' | 'findings' | 'totalFindings'>;

/**
 * Loads the data; or says what is wrong with its text, and where. DuckDB reads text more leniently than others do in some
 * places and not at all in others, so where readers could disagree the strict reader decides.
 */
export async function readData(
  dataset: Dataset,
  { base, keys, open, files }: ReadOptions,
): Promise<ReadDataset | Wrong> {
  // The text is looked through while the other process starts and loads it.
  const looking = isDoubtful(dataset, files).then((doubtful) => (doubtful ? readStrictly(dataset, files) : null));
  looking.catch(() => undefined);
  const engine = await open([dataset, base]);
  const loading = load(dataset, HEAD, engine, files, keys).catch((error: unknown) => {
    if (error instanceof DataEngineError && ['query_failed', 'crashed'].includes(error.code)) return error;
    throw error;
  });
  const [loaded, looked] = await Promise.all([loading, looking]);
  const refused = loaded instanceof DataEngineError;
  const strict = looked ?? (refused && isText(dataset.source) ? await readStrictly(dataset, files) : null);
  const problems = await explainEncoding(strict?.problems ?? [], dataset, files);
  if (problems.length > 0) {
    const findings = problems.map(({ file, line, message }) =>
      textFinding(dataset.files[file]?.name ?? '', line, message),
    );
    const [first] = findings;
    // A limit of ours says nothing of the text.
    if (strict?.isOnlyTooLong === true)
      throw new UnreadableData('not_checked', `${first?.file}:${first?.line}: ${first?.message}`);
    const reason = `${first?.file}:${first?.line}: the text itself is wrong: ${first?.message}`.slice(0, 1000);
    return { status: 'failed', reason, findings, totalFindings: findings.length };
  }
  if (strict !== null) refuseUnknownNames(dataset, strict, loaded);
  const plainLines = strict === null && isCsv(dataset.source) && dataset.files.length === 1;
  if (!refused && (strict === null || strict.rows === loaded.table.rows))
    return { dataset: { ...dataset, plainLines }, loaded, engine, ...(strict !== null && { named: strict.names }) };
  if (!isCsv(dataset.source) || dataset.source.partitions.length > 0) throw unreadable(loaded, strict);
  const rewritten = await rewrite(dataset, files);
  const second = await open([rewritten, base]);
  try {
    const again = await load(rewritten, HEAD, second, files, keys);
    if (strict !== null && strict.rows !== again.table.rows) throw unreadable(again, strict);
    return { dataset, loaded: again, engine: second };
  } catch (error) {
    if (error instanceof DataEngineError && error.code === 'query_failed') throw unreadable(error);
    throw error;
  }
}

/** DuckDB knows no names that differ by case alone and no empty ones: what it calls otherwise would be read as null. */
function refuseUnknownNames(dataset: Dataset, strict: StrictReading, loaded: DataEngineError | Loaded): void {
  if (isCsv(dataset.source)) return;
  if (strict.rows === 0 || strict.names.size === 0)
    throw new UnreadableData('failed', `expected records with columns, found ${strict.rows} records without any`);
  if (loaded instanceof DataEngineError) return;
  const known = new Set(loaded.columns.map(({ name }) => name));
  const unknown = [...strict.names.keys()].find((name) => !known.has(name));
  if (unknown === undefined) return;
  const name = JSON.stringify(unknown.slice(0, 200));
  throw new UnreadableData(
    'not_checked',
    `${name} can’t be read as a column: expected names that are not empty and differ by more than case; rename it`,
  );
}

function unreadable(error: DataEngineError | Loaded, strict: StrictReading | null = null): UnreadableData {
  if (!(error instanceof DataEngineError))
    return new UnreadableData('not_checked', `readers disagree: ${strict?.rows} rows or ${error.table.rows}`);
  return new UnreadableData('not_checked', `the data can’t be read: ${readingWords(error.message)}`, { cause: error });
}

/** Digest, rows and lines are of one file only where nobody wrote to it meanwhile. @throws UnreadableData */
export async function refuseChanged({ origins }: Dataset, files: DataFiles): Promise<void> {
  for (const file of origins)
    if (!(await files.unchanged(file)))
      throw new UnreadableData(
        'not_checked',
        `${file.name} changed while it was read: check it again when nothing writes to it`,
      );
}

import { cut } from '../../core/data/checks/measured.ts';
import {
  encryptedFiles,
  misreadDecimals,
  typesApart,
  unevenFooters,
  unlikeSchemas,
} from '../../core/data/checks/parquet-sql.ts';
import type { Dataset } from './load.ts';
import { type DataEngine, DataEngineError, type SqlRows } from './ports.ts';
import { UnreadableData } from './unreadable.ts';

/**
 * Refuses Parquet that readers take differently: a footer that contradicts itself, and files of one dataset whose columns
 * or types differ (DuckDB takes those of the first file, and rounds 1.5 to 2 where that one has integers), and decimals that
 * DuckDB reads as numbers that are not there.
 * @throws UnreadableData, DataEngineError
 */
export async function refuseUneven(dataset: Dataset, engine: DataEngine): Promise<void> {
  const { files, source } = dataset;
  if (source.format !== 'parquet') return;
  const nameOf = (path: unknown): string => files.find((file) => file.path === path)?.name ?? '';
  const encrypted = await engine.query(encryptedFiles(source.paths)).catch(refuseOtherThanText);
  const [[locked] = []] = encrypted.rows;
  if (locked !== undefined)
    throw new UnreadableData(
      'not_checked',
      cut(`${nameOf(locked)}: columns of it are encrypted, and no key of them reaches the check: write it unencrypted`),
    );
  const uneven = await engine.query(unevenFooters(source.paths));
  const [[path, why] = []] = uneven.rows;
  if (path !== undefined)
    throw new UnreadableData(
      'failed',
      cut(`${nameOf(path)}: its footer contradicts itself, and readers disagree which rows it has: ${why}`),
    );
  refuseApart(await engine.query(typesApart(source.paths)), nameOf);
  const misread = await engine.query(misreadDecimals(source.paths));
  const [[decimals, column] = []] = misread.rows;
  if (column !== undefined)
    throw new UnreadableData(
      'not_checked',
      cut(
        `${nameOf(decimals)}: ${JSON.stringify(column)} is a decimal of more than 38 digits, which can’t be read without losing some: write it with 38 at most, or as text`,
      ),
    );
  if (files.length < 2) return;
  const unlike = await engine.query(unlikeSchemas(source.paths));
  const [[name, type, first, count] = []] = unlike.rows;
  if (name === undefined) return;
  const found = `${JSON.stringify(name)} is ${String(type)} in ${count} of ${files.length} (${nameOf(first)} is one)`;
  throw new UnreadableData('failed', cut(`expected the same columns and types in all files, found that ${found}`));
}

/** @param apart of `typesApart` */
function refuseApart({ rows: [row] }: SqlRows, nameOf: (path: unknown) => string): void {
  if (row === undefined) return;
  const [path, column, newer, older, stated] = row;
  const name = JSON.stringify(column);
  throw stated === true
    ? new UnreadableData(
        'failed',
        cut(
          `${nameOf(path)}: its footer contradicts itself, and readers disagree which values it has: ${name} is ${newer} by its logical type, and ${older} by the older one`,
        ),
      )
    : new UnreadableData(
        'not_checked',
        cut(
          `${nameOf(path)}: ${name} is ${newer} by its logical type alone, and is read as ${older}: write the older type, too (converted_type), as pyarrow, Spark and Polars do`,
        ),
      );
}

/** How columns are encrypted is said in bytes, which DuckDB takes for text. */
function refuseOtherThanText(error: unknown): SqlRows {
  if (!(error instanceof DataEngineError && error.message.includes('Invalid unicode'))) throw error;
  throw new UnreadableData(
    'not_checked',
    'a footer holds bytes where text is expected, as those of encrypted Parquet do: write it unencrypted',
    { cause: error },
  );
}

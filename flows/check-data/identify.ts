import { contradiction, formatOf, HEAD_BYTES, isText, type NamedFormat } from '../../core/data/checks/data-format.ts';
import { isCsv, type Source } from '../../core/data/checks/source-sql.ts';
import type { DataFormat } from '../../core/data/report/data-report.ts';
import { doubtful } from '../../core/data/sources/beside-data.ts';
import { isGlob } from '../../core/data/sources/reference.ts';
import { detectDelimiter } from '../../core/data/text/delimiter.ts';
import type { Dialect, Encoding } from '../../core/data/text/dialect.ts';
import { byteOrderMark, decodeText, looksLikeUtf16, TextError } from '../../core/data/text/encoding.ts';
import type { Dataset } from './load.ts';
import type { DataFile, DataFiles } from './ports.ts';
import { type Reading, toPlain } from './to-plain.ts';
import { UnreadableData } from './unreadable.ts';

/** Bytes of the first file by which its delimiter is found. */
const SAMPLE = 1 << 16;

/** Of a contract. */
export interface Stated {
  readonly dialect?: Dialect;
  readonly columns?: readonly { readonly name: string }[];
}

/**
 * Finds out what the files are. Text in another encoding or with other quotes than the engine reads is written anew, line
 * by line, so that lines stay where they are; Arrow becomes Parquet.
 * @param contract what it states of how the files are written. @throws UnreadableData, DataEngineError
 */
export async function identify(reference: string, files: DataFiles, contract: Stated = {}): Promise<Dataset> {
  const stated = contract.dialect ?? {};
  const listed = await files.list(reference);
  const unclear = listed.find(({ place }) => place === 'doubtful');
  if (unclear !== undefined) throw new UnreadableData('not_checked', doubtful(unclear.name));
  const origins = listed.filter(({ place }) => place === undefined);
  const leftOut = listed.filter(({ place }) => place !== undefined);
  const [first] = origins;
  if (first === undefined) throw new UnreadableData('not_checked', nothingAt(reference, leftOut));
  const found = await identifyData(origins, first, files, stated);
  if (stated.header !== false || !isCsv(found.source)) return { ...found, leftOut };
  const names = (contract.columns ?? []).map(({ name }) => name);
  return { ...found, leftOut, source: { ...found.source, names } };
}

async function identifyData(
  origins: readonly DataFile[],
  first: DataFile,
  files: DataFiles,
  stated: Dialect,
): Promise<Dataset> {
  const named = await sameFormat(origins, files, stated);
  refuseUnreadable(named, first.name);
  const partitions = partitionsOf(origins);
  if (named.format === 'arrow') {
    const converted: DataFile[] = [];
    for (const file of origins) converted.push(await files.toParquet(file));
    return dataset(named.format, origins, converted, {
      format: 'parquet',
      compression: 'none',
      delimiter: ',',
      partitions,
    });
  }
  const nulls = isCsv(named) && stated.missing !== undefined ? { nulls: stated.missing } : {};
  const source = { ...named, delimiter: named.format === 'tsv' ? '\t' : ',', ...nulls, partitions };
  if (!isText(named)) return dataset(named.format, origins, origins, source);
  const readings = await readingsOf(origins, named, stated, files);
  const delimiter = isCsv(named)
    ? await delimiterOf(first, named, readings[0]?.encoding ?? 'utf-8', stated, files)
    : ',';
  if (readings.every(({ encoding, quoting }) => encoding === 'utf-8' && quoting === null))
    return dataset(named.format, origins, origins, { ...source, delimiter });
  const written: DataFile[] = [];
  for (const [at, file] of origins.entries()) {
    const reading = readings[at] ?? { encoding: 'utf-8', quoting: null };
    const quoting = reading.quoting === null ? null : { ...reading.quoting, delimiter };
    written.push(await toPlain(file, named.compression, { ...reading, quoting }, files));
  }
  const requoted = readings.some(({ quoting }) => quoting !== null);
  return dataset(named.format, origins, written, {
    ...source,
    compression: 'none',
    delimiter: requoted ? ',' : delimiter,
  });
}

function nothingAt(reference: string, [beside, ...others]: readonly DataFile[]): string {
  if (beside !== undefined)
    return `no file of data matches ${reference}: there is ${beside.name}${others.length === 0 ? '' : ` and ${others.length} more`}, which ${others.length === 0 ? 'is' : 'are'} none by name`;
  if (reference === '-') return 'standard input is not read: write the data to a file, named after its format';
  if (isGlob(reference)) return `no file matches ${reference}`;
  return `no file matches ${reference}: there is no such file, or it is a folder without any`;
}

function dataset(
  format: DataFormat,
  origins: readonly DataFile[],
  files: readonly DataFile[],
  source: Omit<Source, 'paths'>,
): Dataset {
  return { format, origins, files, source: { ...source, paths: files.map(({ path }) => path) } };
}

async function sameFormat(origins: readonly DataFile[], files: DataFiles, stated: Dialect): Promise<NamedFormat> {
  let same: NamedFormat | null = null;
  for (const file of origins) {
    const head = await files.head(file, HEAD_BYTES, 'none');
    const found = file.format ?? formatOf(file.name, head, stated);
    same ??= found;
    if (found.format !== same.format || found.compression !== same.compression)
      throw new UnreadableData(
        'not_checked',
        `expected files of one format, found ${origins[0]?.name} and ${file.name}`,
      );
    const wrong = contradiction(found, head) ?? (await wrongWithin(file, found, files));
    if (wrong !== null) throw new UnreadableData('not_checked', `${file.name}: ${wrong}`);
  }
  return same ?? { format: 'unknown', compression: 'none' };
}

/** Compressed files are looked at from inside, too: Parquet in gzip is no CSV. */
async function wrongWithin(
  file: DataFile,
  { format, compression }: NamedFormat,
  files: DataFiles,
): Promise<string | null> {
  if (compression === 'none' || !isText({ format })) return null;
  const wrong = contradiction({ format, compression: 'none' }, await files.head(file, HEAD_BYTES, compression));
  return wrong === null ? null : `within ${compression}, ${wrong}`;
}

function refuseUnreadable({ format, compression }: NamedFormat, name: string): void {
  if (format === 'unknown')
    throw new UnreadableData(
      'not_checked',
      `${name}: its name says no format that can be read (csv, tsv, jsonl, json, parquet, arrow; the text formats also as .gz and .zst): rename it, or state the format in the contract (customProperties: trainyardDialect: { format: csv })`,
    );
  if ((format === 'parquet' || format === 'arrow') && compression !== 'none')
    throw new UnreadableData(
      'not_checked',
      `${name}: ${format === 'parquet' ? 'Parquet' : 'Arrow'} compresses by itself and can’t be read inside of ${compression}: unpack it`,
    );
}

/** How each file's bytes are text. */
async function readingsOf(
  origins: readonly DataFile[],
  named: NamedFormat,
  stated: Dialect,
  files: DataFiles,
): Promise<readonly Reading[]> {
  const quoting = isCsv(named) ? quotingOf(stated) : null;
  const readings: Reading[] = [];
  for (const file of origins) {
    const head = await files.head(file, HEAD_BYTES, named.compression);
    const mark = byteOrderMark(head);
    const unmarked = mark === null && stated.encoding === undefined ? looksLikeUtf16(head) : null;
    if (unmarked !== null)
      throw new UnreadableData(
        'failed',
        `${file.name}: expected UTF-8, found what looks like ${unmarked.toUpperCase()} without a byte order mark: save the file as UTF-8, or state its encoding in the contract (customProperties: trainyardDialect: { encoding: ${unmarked} })`,
        { place: { file: file.name, line: 1 } },
      );
    if (mark === 'utf-32')
      throw new UnreadableData('failed', `${file.name}: expected UTF-8 or UTF-16, found UTF-32: save it as UTF-8`);
    if (mark !== null && stated.encoding !== undefined && mark !== stated.encoding)
      throw new UnreadableData(
        'failed',
        `${file.name}: the contract states ${stated.encoding}, and the byte order mark says ${mark}`,
        { place: { file: file.name, line: 1 } },
      );
    readings.push({ encoding: stated.encoding ?? mark ?? 'utf-8', quoting });
  }
  return readings;
}

/** Null where fields are as in RFC 4180. */
function quotingOf(stated: Dialect): Reading['quoting'] {
  const quote = stated.quote ?? '"';
  const mark = stated.escape ?? quote;
  const trim = stated.trim === true;
  if (quote === '"' && mark === '"' && !trim) return null;
  return { delimiter: ',', quote: quote === '' ? null : quote, escape: mark === '' ? null : mark, trim };
}

async function delimiterOf(
  first: DataFile,
  named: NamedFormat,
  encoding: Encoding,
  stated: Dialect,
  files: DataFiles,
): Promise<string> {
  if (stated.delimiter !== undefined) return stated.delimiter;
  if (named.format === 'tsv') return '\t';
  const guess = detectDelimiter(sampleText(await files.head(first, SAMPLE, named.compression), encoding));
  if (guess.kind === 'delimiter') return guess.delimiter;
  const found = guess.delimiters.map((delimiter) => JSON.stringify(delimiter)).join(' and ');
  throw new UnreadableData(
    'not_checked',
    `${first.name}: ${found} each divide its lines evenly: state which is meant in the contract (customProperties: trainyardDialect: { delimiter: ";" })`,
  );
}

/** As far as it can be read: what is wrong with it is found when all of it is read. */
function sampleText(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === 'utf-8') return new TextDecoder('utf-8').decode(bytes);
  let text = '';
  try {
    for (const piece of decodeText([bytes], encoding)) text += piece;
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
  }
  return text;
}

/** Names of `key=value` folders, where all files have the same and no two readers differ in what they say. */
function partitionsOf(files: readonly DataFile[]): readonly string[] {
  const foldersOf = (file: DataFile): string[] =>
    file.name
      .split('/')
      .slice(0, -1)
      .filter((part) => /^[^=]+=/.test(part));
  const keysOf = (file: DataFile): string[] => foldersOf(file).map((part) => part.slice(0, part.indexOf('=')));
  const [first = [], ...others] = files.map(keysOf);
  if (!others.every((keys) => keys.join('\0') === first.join('\0'))) {
    const unlike = files.find((file) => keysOf(file).join('\0') !== first.join('\0'));
    throw new UnreadableData(
      'not_checked',
      `expected files in folders of the same keys (key=value), found ${files[0]?.name} and ${unlike?.name}`,
    );
  }
  if (new Set(first.map((key) => key.toLowerCase())).size < first.length)
    throw new UnreadableData('not_checked', `${files[0]?.name}: one key is there twice in the names of its folders`);
  for (const file of files)
    for (const folder of foldersOf(file)) {
      const why = readersDiffer(folder);
      if (why !== null) throw new UnreadableData('not_checked', `${file.name}: in the folder ${folder}, ${why}`);
    }
  return first;
}

/** As DuckDB and pyarrow read a `key=value` folder; null where they agree. */
function readersDiffer(folder: string): string | null {
  const at = folder.indexOf('=');
  const [key, value] = [folder.slice(0, at), folder.slice(at + 1)];
  if (/^null$/i.test(value))
    return 'some readers find no value and some that word: name it __HIVE_DEFAULT_PARTITION__ where no value is meant';
  if (value.includes('=')) return 'some readers find no key=value: write its second = as %3D';
  if (folder.includes('\\')) return 'some readers take the backslash for the end of a folder: write it as %5C';
  if (/%[0-9a-f]{2}/i.test(key)) return 'some readers decode the key and some do not: rename it';
  return null;
}

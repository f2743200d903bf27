import type { Compression } from '../../core/data/checks/data-format.ts';
import type { Encoding } from '../../core/data/text/dialect.ts';
import { decodeText, decodeUtf8, findInvalidUtf8, NOT_UTF8, TextError } from '../../core/data/text/encoding.ts';
import { type Quoting, redialect } from '../../core/data/text/redialect.ts';
import type { TextProblem } from './lines.ts';
import type { Dataset } from './load.ts';
import type { DataFile, DataFiles } from './ports.ts';
import { UnreadableData } from './unreadable.ts';

/** How the bytes of one file are text. */
export interface Reading {
  readonly encoding: Encoding;
  /** Null where fields are as in RFC 4180, or where the format has none. */
  readonly quoting: Quoting | null;
}

/**
 * A file's text as the engine reads it: in UTF-8, and CSV with double quotes. Each record stays at its line.
 * @throws UnreadableData `failed`, with the line, where the text is not what the reading says
 */
export async function toPlain(
  file: DataFile,
  compression: Compression,
  { encoding, quoting }: Reading,
  files: DataFiles,
): Promise<DataFile> {
  const chunks = await files.open(file, compression);
  const pieces = encoding === 'utf-8' ? decodeUtf8(chunks) : decodeText(chunks, encoding);
  try {
    return await files.write(file.name, quoting === null ? pieces : redialect(pieces, quoting));
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    const invalid = encoding === 'utf-8' ? findInvalidUtf8(await files.open(file, compression)) : null;
    const { line, message } = invalid ?? error;
    throw new UnreadableData('failed', message, { cause: error, place: { file: file.name, line } });
  }
}

/** The same problems; of bytes that are not UTF-8 it is said once a file which, whether encodings are mixed, and what to do. */
export async function explainEncoding(
  problems: readonly TextProblem[],
  dataset: Dataset,
  files: DataFiles,
): Promise<readonly TextProblem[]> {
  const explained = new Set<number>();
  const result: TextProblem[] = [];
  for (const problem of problems) {
    const file = dataset.files[problem.file];
    const explain = problem.message === NOT_UTF8 && file !== undefined && !explained.has(problem.file);
    if (explain) explained.add(problem.file);
    const invalid = explain ? findInvalidUtf8(await files.open(file, dataset.source.compression)) : null;
    result.push(invalid === null ? problem : { file: problem.file, ...invalid });
  }
  return result;
}

import { Buffer } from 'node:buffer';
import type { DataFormat } from '../report/data-report.ts';
import type { Dialect } from '../text/dialect.ts';

export type Compression = 'none' | 'gzip' | 'zstd';

export interface NamedFormat {
  readonly format: DataFormat;
  readonly compression: Compression;
}

const EXTENSIONS: ReadonlyMap<string, DataFormat> = new Map([
  ['csv', 'csv'],
  ['tsv', 'tsv'],
  ['tab', 'tsv'],
  ['jsonl', 'jsonl'],
  ['ndjson', 'jsonl'],
  ['json', 'json'],
  ['parquet', 'parquet'],
  ['pq', 'parquet'],
  ['arrow', 'arrow'],
  ['arrows', 'arrow'],
  ['ipc', 'arrow'],
  ['feather', 'arrow'],
]);

/** Bytes from the start of a file by which its content is told. */
export const HEAD_BYTES = 512;

/** What the name of a file says that it holds. */
export function formatOfName(name: string): NamedFormat {
  const parts = name.toLowerCase().split(/[/\\]/).at(-1)?.split('.').slice(1) ?? [];
  const last = parts.at(-1);
  const compression = last === 'gz' || last === 'gzip' ? 'gzip' : last === 'zst' || last === 'zstd' ? 'zstd' : 'none';
  const extension = (compression === 'none' ? last : parts.at(-2)) ?? '';
  return { format: EXTENSIONS.get(extension) ?? 'unknown', compression };
}

export function isText({ format }: Pick<NamedFormat, 'format'>): boolean {
  return format === 'csv' || format === 'tsv' || format === 'jsonl' || format === 'json';
}

const ascii = (text: string): readonly number[] => [...text].map((char) => char.charCodeAt(0));

const MAGIC: readonly (readonly [string, readonly number[]])[] = [
  ['Parquet', ascii('PAR1')],
  ['encrypted Parquet', ascii('PARE')],
  ['Arrow', ascii('ARROW1')],
  ['an Arrow stream', [0xff, 0xff, 0xff, 0xff]],
  ['Feather of version 1', ascii('FEA1')],
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['bzip2', ascii('BZh')],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['UTF-32', [0xff, 0xfe, 0x00, 0x00]],
  ['UTF-32', [0x00, 0x00, 0xfe, 0xff]],
  ['a workbook of Excel', [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]],
  ['SQLite', ascii('SQLite format 3')],
  ['Avro', [...ascii('Obj'), 0x01]],
  ['HDF5', [0x89, ...ascii('HDF')]],
  ['a PDF', ascii('%PDF-')],
  ['a Python pickle', [0x80, 0x04, 0x95]],
  // RFC 1740, appendix B.
  ['AppleDouble', [0x00, 0x05, 0x16, 0x07]],
];

/** A frame of zstd that holds no data, which parallel compressors begin with (RFC 8878, section 3.1.2). */
function isSkippable(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18;
}

/** What bytes are by their beginning; null where it says nothing. @param head `HEAD_BYTES`, where the file has as many */
export function contentOf(head: Uint8Array): string | null {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES)).toString('latin1');
  if (/^\s*<(?:!doctype html|html|\?xml)[\s>]/i.test(text)) return 'a web page or XML';
  if (text.startsWith('version https://git-lfs.github.com/spec/')) return 'a pointer of Git LFS';
  // A column may be named PAR1: lines of nothing but printable characters are text.
  if (/^[\t -~]*\r?\n[\t\r\n -~]*$/.test(text)) return null;
  if (isSkippable(head)) return 'zstd';
  return MAGIC.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0] ?? null;
}

const ADVICE: Readonly<Record<string, string>> = {
  gzip: 'name it .gz after its format',
  zstd: 'name it .zst after its format',
  Parquet: 'name it .parquet',
  'encrypted Parquet': 'no key of it reaches the check: write it unencrypted where the data may be read',
  Arrow: 'name it .arrow',
  'an Arrow stream': 'name it .arrows',
  zip: 'unpack it, or write it as .gz; of a workbook, save the sheet as CSV',
  'a workbook of Excel': 'save the sheet as CSV',
  bzip2: 'unpack it, or write it as .gz',
  xz: 'unpack it, or write it as .zst',
  'UTF-32': 'save it as UTF-8',
  AppleDouble: 'macOS keeps it beside the file of that name without ._: check that one, and delete this',
  'a pointer of Git LFS': 'its content is not here: run git lfs pull',
  'a web page or XML': 'it may be the error page of the server it came from',
};

/**
 * Why a file can't be what its name says, from its first bytes; null where nothing speaks against it.
 * @param head `HEAD_BYTES`, where the file has as many
 */
export function contradiction({ format, compression }: NamedFormat, head: Uint8Array): string | null {
  const found = contentOf(head);
  const wanted =
    compression !== 'none' ? compression : format === 'parquet' ? 'Parquet' : format === 'arrow' ? 'Arrow' : null;
  if (found === wanted || (wanted === 'Arrow' && found === 'an Arrow stream')) return null;
  const expected = wanted ?? (format === 'unknown' ? 'a known format' : `${format.toUpperCase()} in UTF-8`);
  if (head.length === 0) return wanted === null ? null : `expected ${expected}, as its name says, found an empty file`;
  const advice = found === null || ADVICE[found] === undefined ? '' : ` (${ADVICE[found]})`;
  return `expected ${expected}, as its name says, found ${found ?? 'something else'}${advice}`;
}

/**
 * What a file is taken for: what the contract states, else what its name says, else, where the name says nothing, what
 * its first bytes are. A name that is contradicted by the content is not corrected in silence: `contradiction` says so.
 */
export function formatOf(name: string, head: Uint8Array, stated: Dialect): NamedFormat {
  const named = formatOfName(name);
  const compression =
    stated.compression ?? (named.format === 'unknown' ? compressionOf(head, named) : named.compression);
  if (stated.format !== undefined) return { format: stated.format, compression };
  if (named.format !== 'unknown') return { format: named.format, compression };
  const content = contentOf(head);
  if (content === 'Parquet') return { format: 'parquet', compression };
  return { format: content === 'Arrow' ? 'arrow' : 'unknown', compression };
}

function compressionOf(head: Uint8Array, named: NamedFormat): Compression {
  const content = contentOf(head);
  return content === 'gzip' || content === 'zstd' ? content : named.compression;
}

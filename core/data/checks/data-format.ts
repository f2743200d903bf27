import type { DataFormat } from '../report/data-report.ts';

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
  ['feather', 'arrow'],
]);

/** What the name of a file says that it holds. */
export function formatOfName(name: string): NamedFormat {
  const parts = name.toLowerCase().split(/[/\\]/).at(-1)?.split('.').slice(1) ?? [];
  const last = parts.at(-1);
  const compression = last === 'gz' || last === 'gzip' ? 'gzip' : last === 'zst' || last === 'zstd' ? 'zstd' : 'none';
  const extension = (compression === 'none' ? last : parts.at(-2)) ?? '';
  return { format: EXTENSIONS.get(extension) ?? 'unknown', compression };
}

const MAGIC: readonly (readonly [string, readonly number[]])[] = [
  ['Parquet', [0x50, 0x41, 0x52, 0x31]],
  ['encrypted Parquet', [0x50, 0x41, 0x52, 0x45]],
  ['Arrow', [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]],
  ['gzip', [0x1f, 0x8b]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['bzip2', [0x42, 0x5a, 0x68]],
  ['xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
  ['SQLite', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65]],
];

/**
 * Why a file can't be what its name says, from its first bytes; null where nothing speaks against it.
 * @param head at least 16 bytes, where the file has as many
 */
export function contradiction({ format, compression }: NamedFormat, head: Uint8Array): string | null {
  const found = MAGIC.find(([, bytes]) => bytes.every((byte, index) => head[index] === byte))?.[0] ?? null;
  const wanted =
    compression !== 'none' ? compression : format === 'parquet' ? 'Parquet' : format === 'arrow' ? 'Arrow' : null;
  if (found === wanted) return null;
  const expected = wanted ?? (format === 'unknown' ? 'a known format' : `${format.toUpperCase()} in UTF-8`);
  if (head.length === 0) return wanted === null ? null : `expected ${expected}, as its name says, found an empty file`;
  return `expected ${expected}, as its name says, found ${found ?? 'something else'}`;
}

import { createHash } from 'node:crypto';
import { closeSync, createReadStream, createWriteStream, openSync, readSync } from 'node:fs';
import { mkdir, mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { Compression } from '../../core/data/checks/data-format.ts';
import { DataEngineError, type DataFile, type DataFiles } from '../../flows/check-data/ports.ts';
import { type ConvertOptions, convert } from '../data-sources/convert.ts';
import { listFiles } from './list-files.ts';
import { decompressZstd } from './zstd.ts';

const CHUNK = 1 << 20;

export interface LocalFilesOptions {
  /** Relative paths start here, and reports name files from here. */
  readonly directory: string;
  readonly scratch?: string;
  /** Bytes that a compressed file may grow to on disk when its lines are looked for. */
  readonly maxExpanded?: number;
  /** How Arrow files are read. */
  readonly conversion?: ConvertOptions;
}

/** Files of this machine. `close` removes what was expanded. */
export function localFiles(options: LocalFilesOptions): DataFiles & { close(): Promise<void> } {
  const expanded = new Map<string, Promise<string>>();
  const limit = options.maxExpanded ?? 16 * 1024 ** 3;
  const scratch: string[] = [];
  const closing = new AbortController();
  return {
    list: (path) => listFiles(path, options.directory),
    head: (file, bytes, compression) => head(file, bytes, compression),
    async open(file, compression, chunks = 'kept') {
      if (compression === 'none') return chunksOf(file.path, chunks);
      const plain =
        expanded.get(file.path) ??
        expand(file, compression, {
          limit,
          scratch: options.scratch ?? tmpdir(),
          made: scratch,
          signal: closing.signal,
        });
      expanded.set(file.path, plain);
      return chunksOf(await plain, chunks);
    },
    async write(name, text) {
      const directory = await mkdtemp(join(options.scratch ?? tmpdir(), 'trainyard-plain-'));
      scratch.push(directory);
      const folder = join(directory, ...partitionFolders(name));
      await mkdir(folder, { recursive: true });
      const path = join(folder, 'plain');
      await pipeline(Readable.from(gathered(text)), createWriteStream(path));
      return { name, path, bytes: (await stat(path)).size };
    },
    async toParquet(file) {
      const directory = await mkdtemp(join(options.scratch ?? tmpdir(), 'trainyard-parquet-'));
      scratch.push(directory);
      const folder = join(directory, ...partitionFolders(file.name));
      await mkdir(folder, { recursive: true });
      const target = join(folder, 'converted.parquet');
      await convert({ kind: 'arrow', source: file.path, target }, file.name, options.conversion ?? {});
      return { name: file.name, path: target, bytes: (await stat(target)).size };
    },
    async sha256(file) {
      try {
        return await digest(file.path);
      } catch (cause) {
        throw new DataEngineError('unreadable', `${file.name}: it can’t be read: ${String(cause)}`, { cause });
      }
    },
    async unchanged(file) {
      const now = await stat(file.path).catch(() => null);
      return now !== null && now.size === file.bytes && now.mtimeMs === (file.modified ?? now.mtimeMs);
    },
    async close() {
      closing.abort();
      // What is still being written ends first, or its folder would be there again.
      await Promise.allSettled(expanded.values());
      for (const directory of scratch) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** By one piece of memory: a stream, which takes a new one for each chunk, takes half as long again. */
async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(CHUNK / 4);
  const handle = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await handle.read(chunk);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

async function head(file: DataFile, bytes: number, compression: Compression): Promise<Uint8Array> {
  if (compression === 'none') {
    const handle = await open(file.path, 'r').catch((cause: unknown) => {
      throw new DataEngineError('unreadable', `${file.name}: it can’t be opened: ${String(cause)}`, { cause });
    });
    try {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(Math.min(bytes, file.bytes)), 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of decompressed(file, compression)) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= bytes) break;
    }
  } catch (cause) {
    throw broken(file, compression, cause);
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

function decompressed(file: DataFile, compression: 'gzip' | 'zstd'): Readable {
  const source = createReadStream(file.path, { highWaterMark: CHUNK });
  if (compression === 'zstd') return Readable.from(decompressZstd(source));
  const decoder = createGunzip();
  source.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => source.destroy());
  return source.pipe(decoder);
}

interface Expansion {
  /** In bytes. */
  readonly limit: number;
  readonly scratch: string;
  /** Folders to take away; appended to. */
  readonly made: string[];
  /** What nobody waits for any more must not go on filling the disk. */
  readonly signal: AbortSignal;
}

async function expand(
  file: DataFile,
  compression: 'gzip' | 'zstd',
  { limit, scratch, made, signal }: Expansion,
): Promise<string> {
  const directory = await mkdtemp(join(scratch, 'trainyard-plain-'));
  made.push(directory);
  const path = join(directory, 'plain');
  const target = await open(path, 'w');
  let length = 0;
  const bounded = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > limit) done(new Error(`it grows beyond ${limit} bytes`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(decompressed(file, compression), bounded, target.createWriteStream(), { signal });
  } catch (cause) {
    throw broken(file, compression, cause);
  }
  return path;
}

function broken(file: DataFile, compression: string, cause: unknown): DataEngineError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new DataEngineError('unreadable', `${file.name}: expected ${compression}, which can’t be read: ${why}`, {
    cause,
  });
}

/** They are read off the path, so what is written anew must lie in them, too. */
function partitionFolders(name: string): readonly string[] {
  return name
    .split('/')
    .slice(0, -1)
    .filter((part) => /^[^=]+=/.test(part));
}

/** Read synchronously, because the readers in core pull. New memory for each chunk takes twice as long as reading it. */
function* chunksOf(path: string, chunks: 'kept' | 'passing'): Generator<Uint8Array, void, void> {
  const file = openSync(path, 'r');
  try {
    let buffer = new Uint8Array(0);
    for (;;) {
      if (chunks === 'kept' || buffer.length === 0) buffer = new Uint8Array(CHUNK);
      const count = readSync(file, buffer);
      if (count === 0) return;
      yield buffer.subarray(0, count);
    }
  } finally {
    closeSync(file);
  }
}

function* gathered(lines: Iterable<string>): Generator<string, void, void> {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length < CHUNK) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

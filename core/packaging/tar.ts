import { comparePaths, MAX_FILES, PackagePath, pathConflicts } from './manifest.ts';
import { BLOCK, entryHeader, headerSpan, readHeader } from './tar-header.ts';

/**
 * Our packages are tar archives (POSIX ustar, pax records for long or non-ASCII names) in exactly one form: regular
 * files only, sorted, no times and no owners. Equal files give equal bytes, so one digest names the content; and the
 * reader accepts that form alone, so that nothing can hide in what another tool might read differently.
 */

export type TarErrorCode =
  | 'malformed'
  | 'truncated'
  | 'trailing_data'
  | 'unsafe_path'
  | 'conflicting_paths'
  | 'unsorted'
  | 'too_many_files'
  | 'too_large';

export class TarError extends Error {
  readonly code: TarErrorCode;

  constructor(code: TarErrorCode, message: string) {
    super(message);
    this.name = 'TarError';
    this.code = code;
  }
}

export interface TarFile {
  readonly path: string;
  readonly content: Uint8Array;
  readonly executable: boolean;
}

/** A file to be written whose bytes come later. */
export interface TarSource {
  readonly path: string;
  /** Bytes that `chunks` will give; anything else is an error. */
  readonly size: number;
  readonly executable: boolean;
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

const END = new Uint8Array(2 * BLOCK);

/** Writes an archive in memory. @throws TarError for a path that a package can't hold */
export function packTar(files: readonly TarFile[]): Uint8Array {
  const sorted = checked(files);
  const parts = sorted.flatMap(({ path, content, executable }) => [
    entryHeader({ path, size: content.length, executable }),
    content,
    padding(content.length),
  ]);
  return Buffer.concat([...parts, END]);
}

/** Writes an archive as chunks. @throws TarError for an unsafe path, or a source that gives more or fewer bytes than it said */
export async function* writeTar(sources: readonly TarSource[]): AsyncGenerator<Uint8Array, void, void> {
  for (const source of checked(sources)) {
    yield entryHeader(source);
    let size = 0;
    for await (const chunk of source.chunks()) {
      size += chunk.length;
      if (size > source.size) break;
      yield chunk;
    }
    if (size !== source.size) {
      throw new TarError('malformed', `${source.path} changed while it was packed: expected ${source.size} bytes`);
    }
    yield padding(size);
  }
  yield END;
}

function checked<T extends { readonly path: string }>(files: readonly T[]): readonly T[] {
  if (files.length > MAX_FILES)
    throw new TarError('too_many_files', `at most ${MAX_FILES} files, found ${files.length}`);
  for (const { path } of files) checkPath(path);
  const conflict = pathConflicts(files.map((file) => file.path))[0];
  if (conflict !== undefined) throw new TarError('conflicting_paths', conflict);
  return [...files].sort((a, b) => comparePaths(a.path, b.path));
}

function checkPath(path: string): void {
  const parsed = PackagePath.safeParse(path);
  if (parsed.success && parsed.data === path) return;
  throw new TarError('unsafe_path', `${JSON.stringify(path.slice(0, 200))} is no path that a package may hold`);
}

function padding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

export interface TarLimits {
  /** Default 10,000. */
  readonly maxFiles?: number;
  /** Sum of the contents in bytes; default 16 GiB. */
  readonly maxBytes?: number;
}

export type TarEvent =
  | { readonly kind: 'file'; readonly path: string; readonly size: number; readonly executable: boolean }
  /** A part of the content of the file before. */
  | { readonly kind: 'data'; readonly bytes: Uint8Array };

/** Reads an archive in memory. @throws TarError for any bytes that `packTar` would not have written */
export function unpackTar(bytes: Uint8Array, limits: TarLimits = {}): readonly TarFile[] {
  const reader = new TarReader(limits);
  const files: { path: string; executable: boolean; parts: Uint8Array[] }[] = [];
  for (const event of reader.push(bytes)) {
    if (event.kind === 'file') files.push({ path: event.path, executable: event.executable, parts: [] });
    else files.at(-1)?.parts.push(event.bytes);
  }
  reader.end();
  return files.map(({ path, executable, parts }) => ({ path, executable, content: Buffer.concat(parts) }));
}

/** Reads an archive from chunks of any size. @throws TarError as `unpackTar`; whatever was yielded before is not to be used then */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: TarLimits = {},
): AsyncGenerator<TarEvent, void, void> {
  const reader = new TarReader(limits);
  for await (const chunk of chunks) yield* reader.push(chunk);
  reader.end();
}

/**
 * Passes an archive on with the content of one file replaced, where it has it; all else stays byte by byte as it was.
 *
 * @param change gets the content as a whole. @throws TarError as `readTar`, `too_large` for a file of more than maxBytes
 */
export async function* replaceInTar(
  archive: AsyncIterable<Uint8Array>,
  wanted: { readonly path: string; readonly maxBytes: number },
  change: (content: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array, void, void> {
  let size = 0;
  let held: { readonly executable: boolean; readonly parts: Uint8Array[] } | null = null;
  const close = function* (): Generator<Uint8Array, void, void> {
    if (held === null) return yield padding(size);
    const content = change(Buffer.concat(held.parts));
    yield entryHeader({ path: wanted.path, size: content.length, executable: held.executable });
    yield content;
    yield padding(content.length);
    held = null;
  };
  for await (const event of readTar(archive)) {
    if (event.kind === 'data') {
      if (held === null) yield event.bytes;
      else held.parts.push(event.bytes);
      continue;
    }
    yield* close();
    size = event.size;
    if (event.path !== wanted.path) yield entryHeader(event);
    else if (size > wanted.maxBytes)
      throw new TarError('too_large', `${wanted.path}: expected at most ${wanted.maxBytes} bytes, found ${size}`);
    else held = { executable: event.executable, parts: [] };
  }
  yield* close();
  yield END;
}

type Phase =
  | { readonly kind: 'header' }
  | { readonly kind: 'content'; left: number; readonly size: number }
  | { readonly kind: 'padding'; readonly size: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'done' };

class TarReader {
  readonly #maxFiles: number;
  readonly #maxBytes: number;
  readonly #paths: string[] = [];
  #phase: Phase = { kind: 'header' };
  #pending: Uint8Array = new Uint8Array(0);
  #bytes = 0;

  constructor(limits: TarLimits) {
    this.#maxFiles = Math.min(limits.maxFiles ?? MAX_FILES, MAX_FILES);
    this.#maxBytes = limits.maxBytes ?? 16 * 2 ** 30;
  }

  *push(chunk: Uint8Array): Generator<TarEvent, void, void> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const phase = this.#phase;
      if (phase.kind === 'content') {
        const bytes = this.#take(Math.min(phase.left, this.#pending.length));
        if (bytes.length > 0) yield { kind: 'data', bytes };
        phase.left -= bytes.length;
        if (phase.left > 0) return;
        this.#phase = { kind: 'padding', size: padding(phase.size).length };
      } else if (phase.kind === 'header') {
        const event = this.#header();
        if (event === 'more') return;
        if (event !== 'end') yield event;
      } else if (phase.kind === 'done') {
        if (this.#pending.length > 0)
          throw new TarError('trailing_data', 'there are bytes after the end of the archive');
        return;
      } else if (!this.#zeros(phase.kind === 'end' ? BLOCK : phase.size)) {
        return;
      }
    }
  }

  end(): void {
    if (this.#phase.kind !== 'done') throw new TarError('truncated', 'the archive ends too early');
    const conflict = pathConflicts(this.#paths)[0];
    if (conflict !== undefined) throw new TarError('conflicting_paths', conflict);
  }

  #take(length: number): Uint8Array {
    const bytes = this.#pending.subarray(0, length);
    this.#pending = this.#pending.subarray(length);
    return bytes;
  }

  /** Padding after a content, or the second of the two zero blocks at the end. */
  #zeros(length: number): boolean {
    if (this.#pending.length < length) return false;
    if (this.#take(length).some((byte) => byte !== 0))
      throw new TarError('malformed', 'expected zeros between entries');
    this.#phase = this.#phase.kind === 'end' ? { kind: 'done' } : { kind: 'header' };
    return true;
  }

  #header(): TarEvent | 'more' | 'end' {
    const span = headerSpan(this.#pending);
    if (span === 'malformed') throw new TarError('malformed', 'an entry is not in the form of our archives');
    if (span === 'more' || this.#pending.length < span) return 'more';
    const bytes = this.#take(span);
    if (bytes.every((byte) => byte === 0)) {
      this.#phase = { kind: 'end' };
      return 'end';
    }
    const entry = readHeader(bytes);
    if (entry === null) throw new TarError('malformed', 'an entry is not in the form of our archives');
    this.#admit(entry.path, entry.size);
    this.#phase = { kind: 'content', left: entry.size, size: entry.size };
    return { kind: 'file', ...entry };
  }

  #admit(path: string, size: number): void {
    checkPath(path);
    const before = this.#paths.at(-1);
    if (before !== undefined && comparePaths(before, path) >= 0) {
      throw new TarError('unsorted', `${JSON.stringify(path)} is a duplicate or out of order`);
    }
    this.#paths.push(path);
    this.#bytes += size;
    if (this.#paths.length > this.#maxFiles) throw new TarError('too_many_files', `at most ${this.#maxFiles} files`);
    if (this.#bytes > this.#maxBytes) throw new TarError('too_large', `at most ${this.#maxBytes} bytes of content`);
  }
}

import { createHash } from 'node:crypto';
import { closeSync, createReadStream, lstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ScannableFile } from '../core/verification/format.ts';
import { CliError } from './command.ts';

export interface FoundFiles {
  readonly files: readonly ScannableFile[];
  /** Paths that are neither files nor folders: links, pipes and the like, which are not followed. */
  readonly others: readonly string[];
  close(): void;
}

/** Everything below the paths, by its name on disk, in order. Links are not followed. @throws CliError `unreadable` */
export async function findFiles(directory: string, paths: readonly string[]): Promise<FoundFiles> {
  const reader = new OneFileReader();
  const files: ScannableFile[] = [];
  const others: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const place = resolve(directory, path);
    const found = lstatSync(place);
    if (found.isDirectory()) for (const name of readdirSync(place).sort()) await visit(join(path, name));
    else if (!found.isFile()) others.push(path);
    else {
      const sha256 = await hash(place);
      files.push({ path, size: found.size, sha256, read: (offset, length) => reader.read(place, offset, length) });
    }
  };
  try {
    for (const path of paths) await visit(path);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('unreadable', `expected files and folders that can be read: ${message}`, { cause });
  }
  return { files, others, close: () => reader.close() };
}

/** Keeps one file open at a time. */
class OneFileReader {
  #open: { readonly path: string; readonly descriptor: number } | null = null;

  read(path: string, offset: number, length: number): Uint8Array {
    if (this.#open?.path !== path) {
      this.close();
      this.#open = { path, descriptor: openSync(path, 'r') };
    }
    const buffer = new Uint8Array(length);
    const count = readSync(this.#open.descriptor, buffer, 0, length, offset);
    return buffer.subarray(0, count);
  }

  close(): void {
    if (this.#open !== null) closeSync(this.#open.descriptor);
    this.#open = null;
  }
}

async function hash(path: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) digest.update(chunk);
  return digest.digest('hex');
}

import { lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FilesOnDisk } from '../adapters/archives/files-on-disk.ts';
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
  const reader = new FilesOnDisk();
  const files: ScannableFile[] = [];
  const others: string[] = [];
  const visit = async (path: string): Promise<void> => {
    const place = resolve(directory, path);
    const found = lstatSync(place);
    if (found.isDirectory()) for (const name of readdirSync(place).sort()) await visit(join(path, name));
    else if (!found.isFile()) others.push(path);
    else files.push(await reader.scannable(path, place, found.size));
  };
  try {
    for (const path of paths) await visit(path);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('unreadable', `expected files and folders that can be read: ${message}`, { cause });
  }
  return { files, others, close: () => reader.close() };
}

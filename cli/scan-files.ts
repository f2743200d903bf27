import { lstatSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FilesOnDisk } from '../adapters/archives/files-on-disk.ts';
import type { ScannableFile } from '../core/verification/format.ts';
import { CliError } from './command.ts';
import { whyOf } from './file-trouble.ts';

export interface FoundFiles {
  readonly files: readonly ScannableFile[];
  /** What lies there and can't be scanned: links, pipes and the like, which are not followed, and what can't be read. */
  readonly others: readonly { readonly path: string; readonly why?: string }[];
  close(): void;
}

/**
 * Everything below the paths, by its name on disk, in order. Links are not followed. What can't be read does not keep the
 * rest from being scanned.
 *
 * @throws CliError `unreadable` for a path that was given and is not there, `usage` for standard input
 */
export async function findFiles(directory: string, paths: readonly string[]): Promise<FoundFiles> {
  const reader = new FilesOnDisk();
  const files: ScannableFile[] = [];
  const others: { readonly path: string; readonly why?: string }[] = [];
  const visit = async (path: string): Promise<void> => {
    const place = resolve(directory, path);
    try {
      const found = lstatSync(place);
      if (found.isFile()) files.push(await reader.scannable(path, place, found.size));
      else if (!found.isDirectory()) others.push({ path });
      else for (const name of readdirSync(place).sort()) await visit(join(path, name));
    } catch (cause) {
      others.push({ path, why: `it can't be read: ${whyOf(cause)}` });
    }
  };
  for (const path of paths) {
    requirePath(directory, path);
    await visit(path);
  }
  return { files, others, close: () => reader.close() };
}

function requirePath(directory: string, path: string): void {
  if (path === '-')
    throw new CliError(
      'usage',
      'expected files and folders, got "-": standard input is not scanned; write it to a file',
    );
  try {
    lstatSync(resolve(directory, path));
  } catch (cause) {
    const message = `expected files and folders that can be read, found ${path}: ${whyOf(cause)}`;
    throw new CliError('unreadable', message, { cause });
  }
}

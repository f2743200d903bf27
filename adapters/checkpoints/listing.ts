import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { PackagePath, pathConflicts } from '../../core/packaging/manifest.ts';
import { CHECKPOINT_LIMITS } from '../../core/training/checkpoint.ts';
import { CheckpointError } from './error.ts';

export interface ListedFile {
  readonly path: PackagePath;
  /** Bytes. */
  readonly size: number;
  readonly executable: boolean;
  readonly mark: string;
}

/** The regular files of a checkpoint directory, by path. @throws CheckpointError `refused` for what can't be kept */
export async function listCheckpoint(directory: string): Promise<readonly ListedFile[]> {
  const files: ListedFile[] = [];
  await walk(directory, '', files, { bytes: 0 });
  const conflict = pathConflicts(files.map(({ path }) => path))[0];
  if (conflict !== undefined) throw refused(conflict);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Changes with a file's content, as far as the file system tells. */
export function markOfFile(stat: BigIntStats): string {
  return `${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}

/** Equal for two listings of a directory in which nothing happened between them. */
export function markOf(files: readonly ListedFile[]): string {
  return files.map(({ path, mark }) => `${path}\0${mark}`).join('\n');
}

async function walk(root: string, prefix: string, files: ListedFile[], sum: { bytes: number }): Promise<void> {
  for (const name of await readdir(join(root, prefix))) {
    const path = prefix === '' ? name : `${prefix}/${name}`;
    // Gone since it was listed: training replaces its files while we look.
    const stat = await lstat(join(root, path), { bigint: true }).catch(() => null);
    if (stat === null) continue;
    if (stat.isDirectory()) {
      await walk(root, path, files, sum);
      continue;
    }
    const shown = JSON.stringify(path.slice(0, 200));
    if (!stat.isFile()) throw refused(`${shown} is no regular file: write the file itself, no link`);
    const safe = PackagePath.safeParse(path);
    if (safe.data !== path) throw refused(`${shown} is no path that a checkpoint may hold`);
    sum.bytes += Number(stat.size);
    const { bytes, files: most } = CHECKPOINT_LIMITS;
    if (sum.bytes > bytes) throw refused(`it is larger than ${bytes / 2 ** 30} GiB: delete older checkpoints`);
    if (files.length >= most) throw refused(`it holds more than ${most} files: delete older checkpoints`);
    files.push({
      path: safe.data,
      size: Number(stat.size),
      executable: (stat.mode & 0o100n) !== 0n,
      mark: markOfFile(stat),
    });
  }
}

function refused(message: string): CheckpointError {
  return new CheckpointError('refused', `TRAINYARD_CHECKPOINT: ${message}`);
}

import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTar, TarError, type TarLimits } from '../../core/packaging/tar.ts';

/**
 * Writes the files of one of our tar archives below an empty directory. The reader lets no link, no `..` and no two
 * paths through that a file system could take for one.
 * @throws TarError
 */
export async function extractTar(archive: string, directory: string, limits: TarLimits): Promise<readonly string[]> {
  const paths: string[] = [];
  let file: FileHandle | undefined;
  try {
    for await (const event of readTar(createReadStream(archive, { highWaterMark: 1 << 20 }), limits)) {
      if (event.kind === 'data') {
        await file?.writeFile(event.bytes);
        continue;
      }
      await file?.close();
      file = await create(directory, event);
      paths.push(event.path);
    }
  } finally {
    await file?.close();
  }
  return paths;
}

/** What a path can be the fault of: one file where another's folder should be, equal names here, or too long a name. */
const PATH_FAULTS = new Set(['EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EILSEQ', 'EINVAL']);

async function create(directory: string, entry: { path: string; executable: boolean }): Promise<FileHandle> {
  const path = join(directory, entry.path);
  try {
    await mkdir(dirname(path), { recursive: true });
    // `wx`: never into something that is there already.
    return await open(path, 'wx', entry.executable ? 0o755 : 0o644);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!PATH_FAULTS.has(code)) throw error;
    const shown = JSON.stringify(entry.path.slice(0, 200));
    throw new TarError('conflicting_paths', `${shown} can't be written beside the files before it (${code})`);
  }
}

import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readTar, type TarLimits } from '../../core/packaging/tar.ts';

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
      const path = join(directory, event.path);
      await mkdir(dirname(path), { recursive: true });
      // `wx`: never into something that is there already.
      file = await open(path, 'wx', event.executable ? 0o755 : 0o644);
      paths.push(event.path);
    }
  } finally {
    await file?.close();
  }
  return paths;
}

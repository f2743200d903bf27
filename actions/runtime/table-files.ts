import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RemoteData } from '../../adapters/data-sources/remote.ts';
import { isSafe } from '../../core/data/sources/table-files.ts';
import { refused } from './fetched-file.ts';
import type { FoundDataset } from './found-dataset.ts';

/**
 * Writes the files of a table that the commit has below an empty directory, at their paths in the repository, those that
 * are in Git LFS among them. Nothing else of the commit comes there, so that the table can name nothing else.
 *
 * @throws ActionError `input_refused`, DataEngineError
 */
export async function layTable(
  { plain, lfs, commit }: FoundDataset,
  directory: string,
  remote: RemoteData,
  room: number,
): Promise<void> {
  const place = async (path: string): Promise<string> => {
    if (!isSafe(path)) throw refused(`${JSON.stringify(path.slice(0, 200))} is no name that a file can have`);
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    return target;
  };
  let index = 0;
  for await (const bytes of commit.objects.blobs(plain.map(({ id }) => id)))
    await writeFile(await place(plain[index++]?.path ?? ''), bytes, { flag: 'wx' });
  if (lfs.length === 0) return;
  for (const { name, path } of await remote.lfs(lfs, room)) await copyFile(path, await place(name));
}

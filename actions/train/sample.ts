import { constants } from 'node:fs';
import { cp, lstat, mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainNote } from '../../core/training/status.ts';

const WINDOW = 1 << 20;
const FORMATS: Readonly<Record<string, 'quoted' | 'lines'>> = {
  csv: 'quoted',
  tsv: 'quoted',
  jsonl: 'lines',
  ndjson: 'lines',
};

/**
 * Copies the first rows of data: of a file, or of each file of a folder. CSV and TSV keep their header and so many
 * records, whose quoted line ends count for none; JSON Lines so many lines. Other formats are copied whole.
 * @returns what stayed whole. @throws Error where there is no such data
 */
export async function copyHead(source: string, target: string, rows: number): Promise<readonly TrainNote[]> {
  const stat = await lstat(source);
  if (stat.isDirectory()) {
    await mkdir(target, { recursive: true });
    const names = (await readdir(source)).sort();
    const notes: TrainNote[] = [];
    // One by one: a dataset may have more files than a process may open.
    for (const name of names) notes.push(...(await copyHead(join(source, name), join(target, name), rows)));
    return notes;
  }
  const format = FORMATS[source.split('.').at(-1)?.toLowerCase() ?? ''];
  if (!stat.isFile() || format === undefined) {
    await cp(source, target, { verbatimSymlinks: true });
    const name = JSON.stringify(source.split('/').at(-1)?.slice(0, 200));
    return [{ code: 'sample_whole', message: `${name}: smoke.data can name a small one instead.` }];
  }
  await copyRecords(source, target, format === 'quoted' ? rows + 1 : rows, format === 'quoted');
  return [];
}

/** As `copyHead`, in the place of the data itself. @param path of a copy that is ours to change */
export async function shorten(path: string, rows: number): Promise<readonly TrainNote[]> {
  const stat = await lstat(path);
  if (stat.isDirectory()) {
    const notes: TrainNote[] = [];
    for (const name of (await readdir(path)).sort()) notes.push(...(await shorten(join(path, name), rows)));
    return notes;
  }
  const [, ending = ''] = /(\.[A-Za-z]+)$/.exec(path) ?? [];
  const target = `${path.slice(0, path.length - ending.length)}.trainyard-sample${ending}`;
  const notes = await copyHead(path, target, rows);
  await rename(target, path);
  return notes.map((note) => ({ ...note, message: note.message.slice(0, 1000) }));
}

async function copyRecords(source: string, target: string, records: number, quoted: boolean): Promise<void> {
  const from = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW);
  const to = await open(target, 'wx');
  try {
    const buffer = Buffer.alloc(WINDOW);
    const found = { left: records, inside: false };
    while (found.left > 0) {
      const { bytesRead } = await from.read(buffer, 0, WINDOW);
      if (bytesRead === 0) return;
      await to.writeFile(buffer.subarray(0, endOfRecords(buffer.subarray(0, bytesRead), found, quoted)));
    }
  } finally {
    await from.close();
    await to.close();
  }
}

/** Counts records down. @returns where the last one ends, or the length where there are fewer */
function endOfRecords(bytes: Buffer, found: { left: number; inside: boolean }, quoted: boolean): number {
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (quoted && byte === 0x22) found.inside = !found.inside;
    if (byte !== 0x0a || found.inside) continue;
    found.left -= 1;
    if (found.left === 0) return index + 1;
  }
  return bytes.length;
}

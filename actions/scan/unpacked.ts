import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { extractTar } from '../../adapters/archives/extract.ts';
import { FilesOnDisk } from '../../adapters/archives/files-on-disk.ts';
import type { ScannableFile } from '../../core/verification/format.ts';
import { MAX_OUTPUT } from '../runtime/judge-files.ts';

export interface Unpacked {
  readonly files: readonly ScannableFile[];
  close(): void;
}

/** Unpacks an output and gives its files for reads in parts. @throws TarError for bytes that are not one of our archives */
export async function unpackOutput(archive: string, directory: string): Promise<Unpacked> {
  const paths = await extractTar(archive, directory, { maxBytes: MAX_OUTPUT });
  const reader = new FilesOnDisk();
  const files: ScannableFile[] = [];
  for (const path of paths) {
    const place = join(directory, path);
    files.push(await reader.scannable(path, place, (await stat(place)).size));
  }
  return { files, close: () => reader.close() };
}

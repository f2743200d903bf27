import { copyFile, link, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { DataEngineError } from '../../flows/check-data/ports.ts';

/** Where fetched files lie until we end. */
export interface Scratch {
  /**
   * A path for a new file of this name. Its `key=value` folders are kept: engines read values off them.
   * @throws DataEngineError for one that can’t be kept
   */
  place(name: string): Promise<string>;
  close(): Promise<void>;
}

export function scratchFolder(parent: string = tmpdir()): Scratch {
  let root: Promise<string> | null = null;
  let count = 0;
  return {
    async place(name) {
      root ??= mkdtemp(join(parent, 'trainyard-source-'));
      count += 1;
      const parts = name.split('/');
      const folders = parts.slice(0, -1).filter((part) => /^[^=]+=/.test(part) && part.length <= 200);
      const odd = folders.find((part) => /[*?[\\\0]/.test(part));
      // DuckDB would take the path for a pattern.
      if (odd !== undefined)
        throw new DataEngineError(
          'unreadable',
          `${JSON.stringify(odd)}: a folder with * or ? or [ can’t be read: rename it`,
        );
      const folder = join(await root, String(count), ...folders);
      await mkdir(folder, { recursive: true });
      return join(folder, safeName(parts.at(-1) ?? ''));
    },
    async close() {
      if (root !== null) await rm(await root, { recursive: true, force: true });
    },
  };
}

function safeName(name: string): string {
  const safe = basename(name)
    .replaceAll(/[^\w.-]/g, '_')
    .slice(-100);
  return /^\.*$/.test(safe) ? 'data' : safe;
}

/** A second name for a file, or its copy where the file system has no links across. */
export async function placeFile(source: string, target: string): Promise<void> {
  try {
    await link(source, target);
  } catch {
    await copyFile(source, target);
  }
}

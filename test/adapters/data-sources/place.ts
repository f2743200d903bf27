import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type DataSourcesOptions, dataSources } from '../../../adapters/data-sources/sources.ts';
import type { DataFile } from '../../../flows/check-data/ports.ts';

/** A checkout and a scratch folder, both ours. */
export function checkout() {
  const root = mkdtempSync(join(tmpdir(), 'sources-'));
  const [directory, scratch] = [join(root, 'checkout'), join(root, 'scratch')];
  for (const folder of [directory, scratch]) mkdirSync(folder);
  return {
    root,
    directory,
    put(name: string, content: string | Uint8Array): string {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      return name;
    },
    open: (more: Partial<DataSourcesOptions> = {}) =>
      dataSources({ directory, scratch, variables: {}, allowPrivate: true, trust: { kind: 'person' }, ...more }),
    /** What is left behind. */
    left: () => readdirSync(scratch),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Name and content of each file. */
export function contents(files: readonly DataFile[]): [string, string][] {
  return files.map(({ name, path }) => [name, readFileSync(path, 'utf8')]);
}

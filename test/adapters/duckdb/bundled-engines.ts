import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { ConvertOptions } from '../../../adapters/data-sources/convert.ts';
import { type DuckDbOptions, duckDbEngines } from '../../../adapters/duckdb/engine.ts';
import { nativePackage } from '../../../adapters/duckdb/native/packages.ts';
import { thisPlatform } from '../../../adapters/duckdb/native/platform.ts';
import type { DataEngines } from '../../../flows/check-data/ports.ts';
import { bundlePrograms } from '../../../scripts/bundle-actions.ts';

/**
 * DuckDB as the actions have it: its processes run from bundles, made here of the sources as they are. From the sources
 * themselves each of a thousand starts would read a hundred files anew, which takes longer than most checks.
 */
const ROOT = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(inject('scratch'), 'programs-'));
for (const [name, text] of await bundlePrograms(ROOT)) writeFileSync(join(folder, name), text);
const binding = join(ROOT, 'node_modules', nativePackage(thisPlatform())?.name ?? '', 'duckdb.node');

export const conversion: ConvertOptions = { converter: join(folder, 'data-converter.mjs'), binding };

export function bundledEngines(options: DuckDbOptions = {}): DataEngines {
  return duckDbEngines({ worker: join(folder, 'duckdb-worker.mjs'), binding, ...options });
}

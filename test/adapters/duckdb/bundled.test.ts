import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { duckDbEngines } from '../../../adapters/duckdb/engine.ts';
import { localFiles } from '../../../adapters/duckdb/files.ts';
import { provideEngine } from '../../../adapters/duckdb/native/engines.ts';
import { nativePackage } from '../../../adapters/duckdb/native/packages.ts';
import { thisPlatform } from '../../../adapters/duckdb/native/platform.ts';
import { provideNative } from '../../../adapters/duckdb/native/provide.ts';
import { DataReport } from '../../../core/data/report/data-report.ts';
import { checkData } from '../../../flows/check-data/check-data.ts';
import { bundlePrograms } from '../../../scripts/bundle-actions.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { fakeRegistry, tarball, wantedOf } from './native/registry.ts';

/** What `actions/dist` holds, run away from node_modules: nothing but the native library's path leads back to it. */
const MODULES = join(import.meta.dirname, '../../../node_modules');
const LIMITS = { memoryMb: 256, threads: 2, seconds: 60, temporaryMb: 512 };
const platform = thisPlatform();
const installed = join(MODULES, nativePackage(platform)?.name ?? '');
let directory = '';
let worker = '';
let converter = '';

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'duckdb-bundled-'));
  for (const [name, text] of await bundlePrograms(join(MODULES, '..'))) writeFileSync(join(directory, name), text);
  worker = join(directory, 'duckdb-worker.mjs');
  converter = join(directory, 'data-converter.mjs');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function answerOf(binding: string): Promise<unknown> {
  const engine = await duckDbEngines({ worker, binding }).open([], LIMITS);
  try {
    return (await engine.query('SELECT 6 * 7')).rows[0]?.[0];
  } finally {
    await engine.close();
  }
}

test('the bundled worker answers with the native library that it is given', async () => {
  expect(await answerOf(join(installed, 'duckdb.node'))).toBe(42);
});

test('a native library that is none is said to be none', async () => {
  const broken = join(directory, 'broken.node');
  writeFileSync(broken, 'x');
  await expect(answerOf(broken)).rejects.toMatchObject({ code: 'not_installed' });
});

test('outside of the bundle a native library by its path is refused, not passed over', async () => {
  const engines = duckDbEngines({ binding: join(installed, 'duckdb.node') });
  await expect(engines.open([], LIMITS)).rejects.toThrow(/bundled worker only/);
});

test('the package as npm packs it is fetched, unpacked and loaded', async () => {
  const files = readdirSync(installed).map((name) => [`package/${name}`, readFileSync(join(installed, name))] as const);
  const packed = await tarball(files);
  const registry = await fakeRegistry();
  registry.answer = (response) => response.end(packed);
  const { version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  const native = await provideNative({
    platform,
    preinstalled: null,
    cache: join(directory, 'tools'),
    wanted: { ...wantedOf(packed), name: nativePackage(platform)?.name ?? '', version },
    registry: { url: registry.url, token: null, timeout: 60_000, wait: async () => undefined },
  });
  await registry.close();
  expect(native.startsWith(join(directory, 'tools'))).toBe(true);
  expect(await answerOf(native)).toBe(42);
});

test('a runner says where the library is by a variable', async () => {
  const environment = { TRAINYARD_DUCKDB: MODULES };
  const { engines } = await provideEngine({ worker, environment, home: join(directory, 'home') });
  const engine = await engines.open([], LIMITS);
  expect((await engine.query('SELECT 1')).rows).toEqual([[1]]);
  await engine.close();
});

test('without a library and a registry every check says what to do, and nothing is thrown before', async () => {
  const environment = { RUNNER_TOOL_CACHE: join(directory, 'empty'), npm_config_registry: 'ftp://nowhere' };
  const { engines, binding } = await provideEngine({ worker, environment, home: join(directory, 'home') });
  expect(binding).toBeNull();
  await expect(engines.open([], LIMITS)).rejects.toMatchObject({
    code: 'not_installed',
    message: expect.stringContaining('TRAINYARD_DUCKDB'),
  });
});

test('the bundled converter reads Arrow', async () => {
  const place = join(directory, 'data');
  mkdirSync(place);
  const table = tableFromArrays({ id: Int32Array.from([1, 2, 3]), word: ['a', 'b', 'c'] });
  writeFileSync(join(place, 'rows.arrow'), tableToIPC(table, 'file'));
  const binding = join(installed, 'duckdb.node');
  const files = localFiles({ directory: place, conversion: { converter, binding } });
  const report = await checkData(
    {
      dataset: 'rows',
      data: 'rows.arrow',
      contract: contract('- { name: id, logicalType: integer }\n- { name: word, logicalType: string }'),
      contractFile: 'rows.odcs.yaml',
      base: null,
      limits: LIMITS,
      today: '2026-06-01',
    },
    { engines: duckDbEngines({ worker, binding }), files },
  );
  await files.close();
  expect(DataReport.parse(report)).toMatchObject({ status: 'passed', format: 'arrow', rows: 3 });
});

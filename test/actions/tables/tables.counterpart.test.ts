import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openDatasets } from '../../../actions/runtime/dataset.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { DatasetPlace } from '../../../core/fingerprint/manifest.ts';
import { type Moto, startMoto } from '../../adapters/stores/s3/moto.ts';
import { pythonWithTables } from '../../python.ts';
import { NO_ACCESS, openStage } from '../stage.ts';

/** Delta and Iceberg tables on a pull request, as delta-rs and pyiceberg write them, in a store and in git. */
const stage = openStage();
const scratch = mkdtempSync(join(tmpdir(), 'lake-'));
let python: ReturnType<typeof pythonWithTables>;
let moto: Moto;
/** Of the Iceberg table, and the log of a Delta table. */
let lake: { readonly metadata: string; readonly snapshots: readonly string[]; readonly log: string };

beforeAll(async () => {
  moto = await startMoto('team-data', 'secrets');
  python = pythonWithTables();
  const script = readFileSync(join(import.meta.dirname, 'lake.py'), 'utf8');
  const said: unknown = JSON.parse(python.run(script, moto.endpoint, scratch));
  lake = z.object({ metadata: z.string(), log: z.string(), snapshots: z.array(z.string()) }).parse(said);
}, 900_000);

afterAll(async () => {
  await moto.stop();
  python.remove();
  stage.close();
  rmSync(scratch, { recursive: true, force: true });
});

const variables = () => ({
  AWS_ENDPOINT_URL_S3: moto.endpoint,
  AWS_ACCESS_KEY_ID: 'testing',
  AWS_SECRET_ACCESS_KEY: 'testing',
  AWS_REGION: 'us-east-1',
  TRAINYARD_DUCKDB_EXTENSIONS: python.environment,
});

/** All objects of the bucket below a prefix, by their keys without it. */
async function objectsOf(prefix: string): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>();
  for (const key of await moto.keys('team-data')) {
    if (!key.startsWith(prefix)) continue;
    const answer = await fetch(`${moto.endpoint}/team-data/${encodeURI(key)}`);
    found.set(key.slice(prefix.length), Buffer.from(await answer.arrayBuffer()));
  }
  return found;
}

async function put(key: string, content: string | Buffer): Promise<void> {
  const answer = await fetch(`${moto.endpoint}/team-data/${key}`, {
    method: 'PUT',
    body: new Uint8Array(Buffer.from(content)),
  });
  if (!answer.ok) throw new Error(`moto answered ${answer.status}`);
}

interface How {
  readonly path?: string;
  readonly version?: string | null;
  readonly sha256?: string | null;
  readonly prefixes?: readonly string[];
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly variables?: Readonly<Record<string, string>>;
}

/** What a commit's dataset at a location comes to. */
async function read(location: string, how: How = {}) {
  const { path = 'data/rows.parquet', version = null, sha256 = null, prefixes = ['s3://team-data'], files = {} } = how;
  const { directory, commit } = stage.repository({ 'README.md': 'x', ...files });
  const objects = openObjects(directory, process.env);
  const access = { ...NO_ACCESS, variables: how.variables ?? variables() };
  const datasets = openDatasets(stage.job(), access, prefixes);
  try {
    const place = DatasetPlace.parse({ path, at: { location, version, sha256 } });
    const found = await datasets.find(place, { objects, tree: await objects.tree(commit) });
    if (found === null) return null;
    const { files: got, pins } = await datasets.read(found, 1 << 24);
    const [file] = got;
    if (file === undefined || !('from' in file)) throw new Error('expected one file that was fetched');
    expect(got.map((one) => one.path)).toEqual([path]);
    const bytes = readFileSync(file.from);
    return { id: found.id, pins, sha256: pins[0]?.value ?? '', bytes, rows: await rowsOf(file.from) };
  } finally {
    await datasets.close();
  }
}

async function rowsOf(path: string): Promise<unknown[]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const rows = (await connection.runAndReadAll(`SELECT * FROM '${path}'`)).getRowObjectsJson();
  connection.closeSync();
  return rows;
}

const row = (id: number, label: number) => ({ id: String(id), text: `t ${id}`, label: String(label) });
const DELTA = 'delta:s3://team-data/tables/rows';

describe('a Delta table in a store', () => {
  test('is written as one file, sorted, and both its version and that file’s digest are said', async () => {
    const got = await read(DELTA);
    expect(got?.rows).toEqual([row(1, 0), row(2, 1)]);
    expect(got?.pins).toEqual([
      { source: DELTA, kind: 'sha256', value: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { source: DELTA, kind: 'table_version', value: '2' },
    ]);
  });

  test('is read as it was at the version that the config pins, and its digest holds', async () => {
    const before = await read(DELTA, { version: '1' });
    expect(before?.rows).toEqual([row(1, 0), row(2, 1), row(3, 0)]);
    const again = await read(DELTA, { version: '1', sha256: before?.sha256 ?? '' });
    expect(again?.bytes).toEqual(before?.bytes);
    await expect(read(DELTA, { version: '2', sha256: before?.sha256 ?? '' })).rejects.toThrow(/expected sha256/);
  });

  test('is the same bytes after its log was checkpointed and other versions followed', async () => {
    const before = await read(DELTA, { version: '2' });
    python.run(
      `
import sys, pyarrow as pa, deltalake
keys = {'AWS_ENDPOINT_URL': sys.argv[1], 'AWS_ACCESS_KEY_ID': 'testing', 'AWS_SECRET_ACCESS_KEY': 'testing', 'AWS_REGION': 'us-east-1', 'AWS_ALLOW_HTTP': 'true', 'aws_conditional_put': 'etag'}
at = 's3://team-data/tables/rows'
deltalake.DeltaTable(at, storage_options=keys).create_checkpoint()
deltalake.write_deltalake(at, pa.table({'id': [9], 'text': ['t 9'], 'label': [1]}), mode='append', storage_options=keys)
deltalake.DeltaTable(at, storage_options=keys).create_checkpoint()`,
      moto.endpoint,
    );
    expect((await read(DELTA, { version: '2' }))?.sha256).toBe(before?.sha256);
    expect((await read(DELTA))?.rows).toHaveLength(3);
  });

  test('as CSV is text with a header', async () => {
    const got = await read(DELTA, { path: 'data/rows.csv', version: '2' });
    expect(got?.bytes.toString()).toBe('id,text,label\n1,t 1,0\n2,t 2,1\n');
  });

  test('with partitions of odd names is read whole', async () => {
    const got = await read('delta:s3://team-data/tables/parts');
    expect(got?.rows).toHaveLength(3);
    expect(got?.rows).toEqual(expect.arrayContaining([{ k: 'c%d', id: '2' }]));
  });

  test.each([
    ['outside of what policy names', DELTA, { prefixes: ['s3://team-data/other'] }, /policy\.locations/],
    ['at a version that is not there', DELTA, { version: '99' }, /delta:s3:\/\/team-data\/tables\/rows/],
    ['where none is', 'delta:s3://team-data/nothing', {}, /found no _delta_log/],
    ['at a version that is no number', DELTA, { version: 'abc' }, /expected the number of a version/],
    ['to a path of another kind', DELTA, { path: 'data/rows' }, /ends in \.parquet or \.csv/],
    [
      'without DuckDB’s extension',
      DELTA,
      { variables: {} },
      /DuckDB’s extension delta, which is not here.*data_tables/,
    ],
  ])('%s is refused', async (_what, location, how: How, message) => {
    await expect(read(location, how)).rejects.toMatchObject({
      code: 'input_refused',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['another bucket', 'away', 's3://secrets/all.parquet'],
    ['a folder of almost its name', 'beside', 's3://team-data/tables/rows-2/all.parquet'],
    ['this machine', 'local', 'file:///etc/passwd'],
    ['a folder above it', 'above', '../../private/all.parquet'],
  ])('whose log names a file in %s is refused', async (_what, folder, named) => {
    await put(
      `${folder}/_delta_log/00000000000000000000.json`,
      lake.log.replace(/"path":"[^"]*"/, `"path":"${named}"`),
    );
    await expect(read(`delta:s3://team-data/${folder}`)).rejects.toThrow(/expected files below its own folder alone/);
  });
});

describe('an Iceberg table in a store', () => {
  test('is read by its metadata at its newest snapshot, which is named', async () => {
    const got = await read(`iceberg:${lake.metadata}`);
    expect(got?.rows).toEqual([row(1, 0), row(2, 1), row(3, 0)]);
    expect(got?.pins[1]).toEqual({ source: `iceberg:${lake.metadata}`, kind: 'snapshot', value: lake.snapshots[1] });
  });

  test('is read as it was at the snapshot that the config pins', async () => {
    const got = await read(`iceberg:${lake.metadata}`, { version: lake.snapshots[0] ?? '' });
    expect(got?.rows).toEqual([row(1, 0), row(3, 0)]);
  });

  test('that says it lies elsewhere is refused', async () => {
    const folder = lake.metadata.replace('s3://team-data/', '').replace(/metadata\/[^/]*$/, '');
    for (const [key, content] of await objectsOf(folder)) await put(`moved/${key}`, content);
    const name = lake.metadata.split('/').at(-1);
    await expect(read(`iceberg:s3://team-data/moved/metadata/${name}`)).rejects.toThrow(
      /its metadata says that it lies/,
    );
  });

  test('without a hint must be named by its metadata', async () => {
    const folder = lake.metadata.replace(/\/metadata\/[^/]*$/, '');
    await expect(read(`iceberg:${folder}`)).rejects.toThrow(/name the file that the catalog names/);
  });

  test('whose folder policy does not name is refused, though it names the metadata', async () => {
    const prefixes = [lake.metadata.replace(/\/[^/]*$/, '')];
    await expect(read(`iceberg:${lake.metadata}`, { prefixes })).rejects.toThrow(/policy\.locations/);
  });
});

describe('a table in git', () => {
  /** Written to this machine, as a checkout has it. */
  const files = (folder: string, into: string): Record<string, Uint8Array> =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => statSync(join(folder, name)).isFile())
        .map((name) => [`${into}/${name}`, readFileSync(join(folder, name))]),
    );
  let delta: Record<string, Uint8Array>;

  beforeAll(() => {
    const folder = join(scratch, 'delta');
    mkdirSync(folder);
    python.run(
      `
import sys, pyarrow as pa, deltalake
deltalake.write_deltalake(sys.argv[1], pa.table({'id': [2, 1]}))
deltalake.DeltaTable(sys.argv[1]).delete('id = 2')`,
      folder,
    );
    delta = files(folder, 'tables/rows');
  });

  test('is read without any place that policy names, and without what was deleted', async () => {
    const got = await read('delta:tables/rows', { files: delta, prefixes: [] });
    expect(got?.rows).toEqual([{ id: '1' }]);
    const before = await read('delta:tables/rows', { files: delta, prefixes: [], version: '0' });
    expect(before?.rows).toEqual([{ id: '1' }, { id: '2' }]);
    expect(before?.id).not.toBe(got?.id);
  });

  test('that is not there is none', async () => {
    expect(await read('delta:tables/none', { files: delta })).toBeNull();
  });

  test('whose log names another file of the commit is refused', async () => {
    const [log = ''] = Object.keys(delta).filter((name) => name.endsWith('0.json'));
    const text = Buffer.from(delta[log] ?? [])
      .toString()
      .replace(/"path":"[^"]*"/, '"path":"../other.parquet"');
    await expect(
      read('delta:tables/rows', { files: { ...delta, [log]: text, 'tables/other.parquet': 'x' }, version: '0' }),
    ).rejects.toMatchObject({ code: 'input_refused' });
  });
});

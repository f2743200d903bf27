import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DataFile } from '../../../flows/check-data/ports.ts';
import { pythonWithTables } from '../../python.ts';
import { checkout } from './place.ts';

const here = checkout();
let python: ReturnType<typeof pythonWithTables>;

beforeAll(() => {
  python = pythonWithTables();
});
afterAll(() => {
  here.remove();
  python.remove();
});

async function rowsOf(files: readonly DataFile[]): Promise<unknown[][]> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const list = files.map(({ path }) => `'${path}'`).join(', ');
  const rows = (await connection.runAndReadAll(`SELECT a, b FROM read_parquet([${list}]) ORDER BY a`)).getRowsJson();
  connection.closeSync();
  return rows;
}

const open = () => here.open({ variables: { TRAINYARD_DUCKDB_EXTENSIONS: python.environment } });

describe('a Delta table that delta-rs wrote', () => {
  beforeAll(() => {
    python.run(
      `
import sys, pyarrow as pa, deltalake
at = sys.argv[1]
deltalake.write_deltalake(at, pa.table({'a': ['x', 'y'], 'b': [1, 2]}))
deltalake.write_deltalake(at, pa.table({'a': ['z'], 'b': [-3]}), mode='append')
deltalake.DeltaTable(at).delete("a = 'x'")`,
      join(here.directory, 'delta'),
    );
  });

  test('is read at its newest version, which is named', async () => {
    const files = open();
    const found = await files.list('delta:delta');
    expect(await rowsOf(found)).toEqual([
      ['y', '2'],
      ['z', '-3'],
    ]);
    expect(found[0]?.pin).toEqual({ source: 'delta:delta', kind: 'table_version', value: '2' });
    await files.close();
    expect(here.left()).toEqual([]);
  });

  test('is read as it was at an older version', async () => {
    const files = open();
    expect(await rowsOf(await files.list('delta:delta@0'))).toEqual([
      ['x', '1'],
      ['y', '2'],
    ]);
    await files.close();
  });

  test('at a version that is not there can’t be read', async () => {
    const files = open();
    await expect(files.list('delta:delta@9')).rejects.toMatchObject({ code: 'unreadable' });
    await files.close();
  });

  test('whose log names a file elsewhere reads nothing of it', async () => {
    python.run(
      `
import sys, os, json, pyarrow as pa, pyarrow.parquet as pq, deltalake
at, secret = sys.argv[1:]
deltalake.write_deltalake(at, pa.table({'a': ['x'], 'b': [1]}))
pq.write_table(pa.table({'a': ['secret'], 'b': [0]}), secret)
log = os.path.join(at, '_delta_log', '00000000000000000000.json')
lines = [json.loads(line) for line in open(log)]
for line in lines:
    if 'add' in line: line['add']['path'] = 'file://' + secret; line['add']['size'] = os.path.getsize(secret)
open(log, 'w').write(''.join(json.dumps(line) + '\\n' for line in lines))`,
      join(here.directory, 'hostile'),
      join(here.root, 'secret.parquet'),
    );
    const files = open();
    const error: unknown = await files.list('delta:hostile').then(
      () => null,
      (cause: unknown) => cause,
    );
    expect(String(error)).toMatch(/secret\.parquet", expected files below its own folder alone/);
    await files.close();
  });
});

describe('an Iceberg table that pyiceberg wrote', () => {
  let snapshots: string[] = [];
  let table = '';

  beforeAll(() => {
    mkdirSync(join(here.directory, 'lake'));
    const said = python.run(
      `
import sys, json, pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog
at = sys.argv[1]
catalog = SqlCatalog('c', uri='sqlite:///' + at + '/catalog.db', warehouse='file://' + at)
catalog.create_namespace('n')
data = pa.table({'a': ['x', 'y'], 'b': pa.array([1, 2])})
table = catalog.create_table('n.t', schema=data.schema)
table.append(data)
table.append(pa.table({'a': ['z'], 'b': pa.array([-3])}))
print(json.dumps([str(s.snapshot_id) for s in table.metadata.snapshots] + [table.metadata_location]))`,
      join(here.directory, 'lake'),
    );
    const all: unknown = JSON.parse(said);
    if (!Array.isArray(all)) throw new Error('expected a list');
    snapshots = all.slice(0, -1).map(String);
    table = String(all.at(-1)).replace(`file://${here.directory}/`, '');
  });

  test('is read at its newest snapshot, which is named', async () => {
    const files = open();
    const found = await files.list(`iceberg:${table}`);
    expect((await rowsOf(found)).map(([a]) => a)).toEqual(['x', 'y', 'z']);
    expect(found[0]?.pin).toEqual({ source: `iceberg:${table}`, kind: 'snapshot', value: snapshots[1] });
    await files.close();
  });

  test('is read as it was at an older snapshot', async () => {
    const files = open();
    expect((await rowsOf(await files.list(`iceberg:${table}@${snapshots[0]}`))).map(([a]) => a)).toEqual(['x', 'y']);
    await files.close();
  });

  test('is read by the hint beside its metadata', async () => {
    const [, folder = '', name = ''] = /^(.*)\/metadata\/(.*)\.metadata\.json$/.exec(table) ?? [];
    writeFileSync(join(here.directory, folder, 'metadata', 'version-hint.text'), name);
    const files = open();
    expect((await files.list(`iceberg:${folder}`))[0]?.pin?.value).toBe(snapshots[1]);
    await files.close();
  });
});

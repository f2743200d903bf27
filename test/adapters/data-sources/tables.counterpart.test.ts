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

/**
 * Delta tables with what delta-rs does not write, by the protocol (PROTOCOL.md of delta-io/delta): logs by hand around
 * Parquet that pyarrow writes, and an inline deletion vector of the second row (a roaring bitmap in Z85).
 */
const DELTA_BY_HAND = `
import sys, json, struct, os, pyarrow as pa, pyarrow.parquet as parquet
at = sys.argv[1]
DIGITS = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
def z85(data):
  data += b'\\0' * (-len(data) % 4)
  words = [int.from_bytes(data[i:i + 4], 'big') for i in range(0, len(data), 4)]
  return ''.join(DIGITS[word // 85**place % 85] for word in words for place in (4, 3, 2, 1, 0))
def field(name, kind, metadata={}):
  return {'name': name, 'type': kind, 'nullable': True, 'metadata': metadata}
def write(name, fields, rows, protocol, configuration={}, deleted=None):
  folder = os.path.join(at, name)
  os.makedirs(os.path.join(folder, '_delta_log'))
  path = os.path.join(folder, 'part.parquet')
  parquet.write_table(rows, path)
  add = {'path': 'part.parquet', 'partitionValues': {}, 'size': os.path.getsize(path), 'modificationTime': 0, 'dataChange': True}
  if deleted: add |= {'deletionVector': deleted, 'stats': json.dumps({'numRecords': rows.num_rows})}
  schema = json.dumps({'type': 'struct', 'fields': fields})
  metadata = {'id': '00000000-0000-4000-8000-000000000000', 'format': {'provider': 'parquet', 'options': {}},
    'schemaString': schema, 'partitionColumns': [], 'configuration': configuration, 'createdTime': 0}
  with open(os.path.join(folder, '_delta_log', '0' * 20 + '.json'), 'w') as log:
    for action in [{'protocol': protocol}, {'metaData': metadata}, {'add': add}]: log.write(json.dumps(action) + '\\n')
def features(*names):
  return {'minReaderVersion': 3, 'minWriterVersion': 7, 'readerFeatures': names, 'writerFeatures': names}
plain = [field('a', 'string'), field('b', 'long')]
rows = {'a': ['x', 'y', 'z'], 'b': [1, 2, 3]}
second = struct.pack('<IQI', 1681511377, 1, 0) + struct.pack('<IIHHIH', 12346, 1, 0, 0, 16, 1)
inline = {'storageType': 'i', 'pathOrInlineDv': z85(second), 'sizeInBytes': len(second), 'cardinality': 1}
missing = {'storageType': 'u', 'pathOrInlineDv': 'ab^-aqEH.-t@S}K{vb[*k^', 'offset': 4, 'sizeInBytes': 40, 'cardinality': 6}
vectors = {'delta.enableDeletionVectors': 'true'}
write('deleted', plain, pa.table(rows), features('deletionVectors'), vectors, inline)
write('undeleted', plain, pa.table(rows), features('deletionVectors'), vectors, missing)
write('later', plain, pa.table(rows), features('notYetInvented'))
mapped = lambda number: {'delta.columnMapping.id': number, 'delta.columnMapping.physicalName': f'col-{number}'}
write('mapped', [field('a', 'string', mapped(1)), field('b', 'long', mapped(2))], pa.table({'col-2': rows['b'], 'col-1': rows['a']}),
  {'minReaderVersion': 2, 'minWriterVersion': 5}, {'delta.columnMapping.mode': 'name', 'delta.columnMapping.maxColumnId': '2'})
`;

describe('a Delta table as other writers leave it', () => {
  beforeAll(() => {
    python.run(DELTA_BY_HAND, join(here.directory, 'by-hand'));
  });

  test.each([
    [
      'with a deletion vector',
      'deleted',
      [
        ['x', '1'],
        ['z', '3'],
      ],
    ],
    [
      'with columns of other names in its files',
      'mapped',
      [
        ['x', '1'],
        ['y', '2'],
        ['z', '3'],
      ],
    ],
  ])('%s is read as it says', async (_, name, rows) => {
    const files = open();
    expect(await rowsOf(await files.list(`delta:by-hand/${name}`))).toEqual(rows);
    await files.close();
  });

  test.each([
    ['whose deletion vector is not there', 'undeleted', /deletion_vector_/],
    ['that asks readers for what they do not know', 'later', /notYetInvented/],
  ])('%s is refused', async (_, name, reason) => {
    const files = open();
    await expect(files.list(`delta:by-hand/${name}`)).rejects.toThrow(reason);
    await files.close();
  });
});

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

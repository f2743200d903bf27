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

/**
 * Iceberg tables with a file of deletes for the second row, which pyiceberg itself does not write: manifest, list of
 * manifests and metadata are added by its own writers, by the specification ("Row-level Deletes").
 */
const ICEBERG_DELETES = `
import sys, os, json, pyarrow as pa, pyarrow.parquet as parquet
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import (DataFile, DataFileContent, FileFormat, ManifestContent, ManifestEntry, ManifestEntryStatus,
  ManifestWriterV2, write_manifest_list)
from pyiceberg.typedef import Record
at = sys.argv[1]
os.makedirs(at)
catalog = SqlCatalog('c', uri='sqlite:///' + at + '/catalog.db', warehouse='file://' + at)
catalog.create_namespace('n')
class Deletes(ManifestWriterV2):
  def content(self): return ManifestContent.DELETES
  @property
  def _meta(self): return {**super()._meta, 'content': 'deletes'}
def column(name, kind, number, nullable): return pa.field(name, kind, nullable, {'PARQUET:field_id': str(number)})
def delete(name, content, equal, deletes):
  rows = pa.table({'a': ['x', 'y', 'z'], 'b': [1, 2, 3]})
  folder = f'{at}/{name}'
  catalog.create_table('n.' + name, rows.schema, location='file://' + folder).append(rows)
  table = catalog.load_table('n.' + name)
  before = table.metadata.current_snapshot()
  number = before.snapshot_id + 1
  path, metadata = f'{folder}/data/deletes.parquet', f'{folder}/metadata'
  fields, values = deletes(next(iter(table.scan().plan_files())).file.file_path)
  parquet.write_table(pa.table(values, schema=pa.schema(fields)), path)
  file = DataFile.from_args(content=content, file_path='file://' + path, file_format=FileFormat.PARQUET, partition=Record(),
    record_count=1, file_size_in_bytes=os.path.getsize(path), column_sizes={}, value_counts={}, null_value_counts={},
    nan_value_counts={}, lower_bounds={}, upper_bounds={}, key_metadata=None, split_offsets=None, equality_ids=equal, sort_order_id=None)
  file.spec_id = 0
  with Deletes(table.spec(), table.schema(), table.io.new_output(f'file://{metadata}/deletes.avro'), number, 'null') as writer:
    writer.add_entry(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=number, sequence_number=None,
      file_sequence_number=None, data_file=file))
  manifests = before.manifests(table.io) + [writer.to_manifest_file()]
  with write_manifest_list(2, table.io.new_output(f'file://{metadata}/list.avro'), number, before.snapshot_id, 2, 'null') as lists:
    lists.add_manifests(manifests)
  with open(table.metadata_location.removeprefix('file://')) as last: said = json.load(last)
  added = {'snapshot-id': number, 'parent-snapshot-id': before.snapshot_id, 'sequence-number': 2,
    'manifest-list': f'file://{metadata}/list.avro', 'summary': {'operation': 'delete'}}
  said |= {'current-snapshot-id': number, 'last-sequence-number': 2, 'refs': {'main': {'snapshot-id': number, 'type': 'branch'}}}
  said['snapshots'].append({**said['snapshots'][-1], **added})
  with open(f'{metadata}/00009-0.metadata.json', 'w') as new: json.dump(said, new)
delete('positions', DataFileContent.POSITION_DELETES, None, lambda written: ([column('file_path', pa.string(), 2147483546, False),
  column('pos', pa.int64(), 2147483545, False)], [[written], [1]]))
delete('equality', DataFileContent.EQUALITY_DELETES, [1], lambda _: ([column('a', pa.string(), 1, True)], [['y']]))
`;

describe('rows of an Iceberg table that are deleted', () => {
  beforeAll(() => {
    python.run(ICEBERG_DELETES, join(here.directory, 'deletes'));
  });

  test.each([
    ['by their positions', 'positions'],
    ['by what they hold', 'equality'],
  ])('%s are not read', async (_, name) => {
    const files = open();
    const found = await files.list(`iceberg:deletes/${name}/metadata/00009-0.metadata.json`);
    expect((await rowsOf(found)).map(([a]) => a)).toEqual(['x', 'z']);
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

import { describe, expect, test } from 'vitest';
import { scanFiles } from '../../../core/verification/scan.ts';
import { calling } from './assembler.ts';
import { binary, int, list, pair, parquetOf, struct } from './parquet-file.ts';
import { fileOf } from './samples.ts';

const scan = (bytes: Uint8Array) => scanFiles([fileOf('part-00000.snappy.parquet', bytes)]);
const SPARK = 'org.apache.spark.sql.parquet.row.metadata';

/** As Spark keeps its schema, with a column of a type of users. */
function spark(type: Readonly<Record<string, unknown>>, key = SPARK) {
  const field = { name: 'x', type: { type: 'udt', sqlType: 'integer', ...type }, nullable: true, metadata: {} };
  return pair(key, JSON.stringify({ type: 'struct', fields: [field] }));
}

/** As Arrow writes a schema: texts of a FlatBuffer stand as they are. */
const arrow = (name: string) => pair('ARROW:schema', Buffer.from(`\0\0\0\x14${name}\0\0\0ext`).toString('base64'));
const VECTOR = { class: 'org.apache.spark.ml.linalg.VectorUDT', pyClass: 'pyspark.ml.linalg.VectorUDT' };

describe('clean', () => {
  test.each([
    ['one column', parquetOf()],
    ['no rows', parquetOf({ file: { 4: list() }, data: Buffer.alloc(0) })],
    [
      'columns that zeros align',
      parquetOf({ data: Buffer.concat([Buffer.alloc(40, 7), Buffer.alloc(90_000)]), length: 40 }),
    ],
    ['a little between pages and footer, as polars has it', parquetOf({ length: 30 })],
    ['a column of another part', parquetOf({ data: Buffer.alloc(0), chunk: { 1: binary('part-1.parquet') } })],
    ['vectors of Spark', parquetOf({ metadata: [spark(VECTOR)] })],
    [
      'matrices of Spark before 2.0',
      parquetOf({ metadata: [spark({ class: 'org.apache.spark.mllib.linalg.MatrixUDT' })] }),
    ],
    ['the schema of Arrow', parquetOf({ metadata: [arrow('arrow.json')] })],
    [
      'metadata of pandas',
      parquetOf({ metadata: [pair('pandas', '{"index_columns": [], "pandas_version": "3.1.1"}')] }),
    ],
    ['metadata that is no JSON', parquetOf({ metadata: [pair('note', '{"type": "udt')] })],
  ])('%s', (_, bytes) => {
    expect(scan(bytes)).toMatchObject({ verdict: 'clean', files: [{ format: 'parquet' }] });
  });

  test('the checksums that Hadoop lays beside it', () => {
    const crc = Buffer.from([...Buffer.from('crc\0'), 0, 0, 2, 0, 1, 2, 3, 4]);
    expect(scan(crc)).toMatchObject({ verdict: 'clean', files: [{ format: 'Hadoop checksums' }] });
  });
});

const PICKLE = calling('os', 'system');

describe('a finding', () => {
  test.each([
    ['half a checksum', [0, 0, 2, 0, 1]],
    ['checksums of nothing', [0, 0, 0, 0, 1, 2, 3, 4]],
    ['no checksums', []],
  ])('in checksums of Hadoop: %s', (_, bytes) => {
    const report = scan(Buffer.from([...Buffer.from('crc\0'), ...bytes]));
    expect(report.findings.map(({ rule }) => rule)).toEqual(['hadoop-checksum-malformed']);
  });

  test.each([
    ['a type that pyarrow unpickles (CVE-2023-47248)', [arrow('arrow.py_extension_type')], 'parquet-python-type'],
    ['a class of Python that PySpark imports', [spark({ pyClass: 'evil.Type' })], 'parquet-python-type'],
    ['the same below another key', [spark({ pyClass: 'evil.Type' }, 'key')], 'parquet-python-type'],
    ['a class of Java that Spark loads', [spark({ class: 'evil.Type' })], 'parquet-python-type'],
    ['a pickle beside a class of Spark’s own', [spark({ ...VECTOR, serializedClass: 'gASV' })], 'parquet-python-type'],
    ['no class at all', [spark({})], 'parquet-python-type'],
    ['classes that are no texts', [spark({ class: ['x'] })], 'parquet-python-type'],
    [
      'a type whose word is escaped',
      [pair(SPARK, '{"type": "\\u0075dt", "pyClass": "evil.Type"}')],
      'parquet-python-type',
    ],
    [
      'a type that is given twice',
      [pair(SPARK, '{"type": "udt", "type": "x", "pyClass": "evil.T"}')],
      'parquet-python-type',
    ],
    [
      'a schema of Petastorm, which is a pickle',
      [pair('dataset-toolkit.unischema.v1', PICKLE)],
      'pickle-dangerous-import',
    ],
    ['a pickle in a key', [struct({ 1: binary(PICKLE) })], 'pickle-dangerous-import'],
    ['a pickle as Base64', [pair('a', PICKLE.toString('base64'))], 'pickle-dangerous-import'],
  ])('%s', (_, metadata, rule) => {
    expect(scan(parquetOf({ metadata })).findings.map((one) => one.rule)).toContain(rule);
    const column = { 8: list(...metadata) };
    expect(scan(parquetOf({ column })).findings.map((one) => one.rule)).toContain(rule);
  });

  test.each([
    ['an absolute path', '/etc/passwd'],
    ['a path that leaves the folder', '../../x.parquet'],
    ['an address', 's3://bucket/x.parquet'],
  ])('a column in %s', (_, path) => {
    expect(scan(parquetOf({ data: Buffer.alloc(0), chunk: { 1: binary(path) } })).findings).toMatchObject([
      { rule: 'parquet-outside-file', evidence: JSON.stringify(path) },
    ]);
  });

  test.each([
    ['before the column', parquetOf({ data: Buffer.alloc(9000, 7), offset: 5000, length: 4004 })],
    ['behind the column', parquetOf({ data: Buffer.alloc(9000, 7), length: 40 })],
    ['of a whole table', Buffer.concat([parquetOf({ data: Buffer.alloc(9000, 7) }), parquetOf()])],
  ])('data %s that no column has', (_, bytes) => {
    expect(scan(bytes).findings.map(({ rule }) => rule)).toEqual(['parquet-trailing-data']);
  });

  const whole = parquetOf();
  const footer = (bytes: Uint8Array) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    return Buffer.concat([Buffer.from('PAR1'), bytes, size, Buffer.from('PAR1')]);
  };
  test.each([
    ['a footer larger than the file', whole.with(whole.length - 8, 255), /a footer of/],
    ['a column behind the end', parquetOf({ length: 4000 }), /outside of the file's data/],
    ['a column before the begin', parquetOf({ offset: 2 }), /outside of the file's data/],
    ['a column of negative length', parquetOf({ length: -5 }), /a column of -5 bytes/],
    [
      'bytes behind the metadata',
      footer(Buffer.concat([struct({}).bytes, Buffer.from('x')])),
      /bytes behind the metadata/,
    ],
    ['a field twice', footer(Buffer.from([0x16, 2, 0x06, 2, 2, 0])), /field 1 of its file twice/],
    ['a text where a number stands', parquetOf({ column: { 5: binary('x') } }), /of another type/],
    ['a list that is longer than the file', footer(Buffer.from([0x29, 0xfc, 0xff, 0xff, 0x7f, 0])), /a list of/],
    ['a number of 11 bytes', footer(Buffer.from([0x16, ...Array<number>(11).fill(255), 0])), /more than 10 bytes/],
    ['a structure that is cut', footer(struct({ 1: int(2) }).bytes.subarray(0, -1)), /ends too early/],
  ])('%s', (_, bytes, words) => {
    const report = scan(bytes);
    expect(report.findings.map(({ rule }) => rule)).toEqual(['parquet-malformed']);
    expect(report.findings[0]?.message).toMatch(words);
  });
});

test.each([
  ['a field of a later version', parquetOf({ file: { 20: int(1) } })],
  ['an encrypted column', parquetOf({ chunk: { 8: struct({ 1: struct({}) }) } })],
  ['an encrypted footer', Buffer.concat([Buffer.from('PARE'), Buffer.alloc(40), Buffer.from('PARE')])],
  ['half of a file', parquetOf().subarray(0, 30)],
])('%s is not scanned', (_, bytes) => {
  expect(scan(bytes).verdict).toBe('unscanned');
});

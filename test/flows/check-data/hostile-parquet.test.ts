import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';
import { columnChunks, type Struct, set, struct, structs, withFooter } from './parquet-footer.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

async function write(name: string, select: string): Promise<Buffer> {
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const path = join(folder.directory, 'written.parquet');
  await connection.run(`COPY (${select}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  const bytes = readFileSync(path);
  folder.put(name, bytes);
  return bytes;
}

const STRICT = contract(`
- { name: a, logicalType: string, required: true }
- name: b
  logicalType: integer
  required: true
  logicalTypeOptions: { minimum: 0 }
  quality:
    - { metric: nullValues, mustBe: 0 }
    - { metric: invalidValues, mustBe: 0, arguments: { validValues: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] } }`);

let right: Buffer;
let wrong: Buffer;
beforeAll(async () => {
  right = await write('right.parquet', "SELECT 'x' || range AS a, range::INT AS b FROM range(10)");
  wrong = await write(
    'wrong.parquet',
    "SELECT CASE WHEN range <> 3 THEN 'x' || range END AS a, CASE range WHEN 4 THEN NULL WHEN 5 THEN -7 ELSE range END::INT AS b FROM range(10)",
  );
});

async function failedRules(name: string): Promise<unknown> {
  const report = await folder.check(name, STRICT);
  return report.rules
    .filter(({ status }) => status === 'failed')
    .map(({ rule, columns, count }) => [rule, columns[0], count]);
}

const ALL_WRONG = [
  ['required', 'a', 1],
  ['required', 'b', 1],
  ['minimum', 'b', 1],
  ['null_values', 'b', 1],
  ['invalid_values', 'b', 1],
];

/** The statistics of column b: least and greatest value, in the old fields and the new. */
function between(footer: Struct, least: number, greatest: number): void {
  const statistics = struct(columnChunks(footer)[1], 12);
  const bytes = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer);
  for (const id of [2, 6]) if (statistics.has(id)) set(statistics, id, bytes(least));
  for (const id of [1, 5]) if (statistics.has(id)) set(statistics, id, bytes(greatest));
}

function noNulls(footer: Struct): void {
  for (const chunk of columnChunks(footer)) set(struct(chunk, 12), 3, 0n);
}

describe('Parquet whose statistics lie is judged by its values:', () => {
  test.each<[what: string, change: (footer: Struct) => void]>([
    ['nothing is changed', () => undefined],
    ['it states that nothing is null', noNulls],
    ['it states that all is in range', (footer) => between(footer, 0, 9)],
    [
      'it states both',
      (footer) => {
        noNulls(footer);
        between(footer, 0, 9);
      },
    ],
  ])('%s', async (_, change) => {
    folder.put('lies.parquet', withFooter(wrong, change));
    expect(await failedRules('lies.parquet')).toEqual(ALL_WRONG);
  });

  test('what is right stays right where they say it is not', async () => {
    folder.put(
      'lies.parquet',
      withFooter(right, (footer) => between(footer, 100, 200)),
    );
    expect(await failedRules('lies.parquet')).toEqual([]);
  });
});

/** The first column, in the schema and where its values are. */
function rename(footer: Struct, name: Buffer): void {
  set(structs(footer, 2)[1], 4, name);
  for (const group of structs(footer, 4)) {
    const path = struct(structs(group, 1)[0], 3).get(3)?.value;
    if (typeof path !== 'object' || !('items' in path)) throw new Error('expected a path');
    path.items = [name];
  }
}

const firstGroup = (footer: Struct): Struct | undefined => structs(footer, 4)[0];

describe('Parquet whose footer contradicts itself about the rows fails:', () => {
  test.each<[what: string, change: (footer: Struct) => void, why: RegExp]>([
    ['no rows in the file', (footer) => set(footer, 3, 0n), /the file has 0 rows, its row groups have 10/],
    ['more rows in the file', (footer) => set(footer, 3, 1_000_000n), /the file has 1000000 rows/],
    ['fewer rows in the row group', (footer) => set(firstGroup(footer), 3, 3n), /a row group has 3 rows/],
    [
      'fewer rows in both',
      (footer) => {
        set(footer, 3, 3n);
        set(firstGroup(footer), 3, 3n);
      },
      /a row group has 3 rows, its column a has 10 values/,
    ],
    [
      'fewer values in a column',
      (footer) => set(columnChunks(footer)[1], 5, 3n),
      /a row group has 10 rows, its column b has 3 values/,
    ],
    ['values beyond all bounds', (footer) => set(columnChunks(footer)[0], 5, 1n << 40n), /column a has 1099511627776/],
  ])('%s', async (_, change, why) => {
    folder.put('uneven.parquet', withFooter(right, change));
    expect(await folder.check('uneven.parquet', STRICT)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(why),
    });
  });
});

test('Parquet with other pages where it states a dictionary, which DuckDB reads and Arrow does not, fails', async () => {
  const startOf = (file: Buffer): number => file.length - 8 - file.readUInt32LE(file.length - 8);
  const [at, pages] = [startOf(wrong), right.subarray(4, startOf(right))];
  const starts: bigint[] = [];
  withFooter(right, (footer) => {
    for (const chunk of columnChunks(footer)) starts.push(BigInt(String(chunk.get(9)?.value)));
  });
  const twofold = withFooter(Buffer.concat([wrong.subarray(0, at), pages, wrong.subarray(at)]), (footer) => {
    for (const [index, chunk] of columnChunks(footer).entries())
      chunk.set(11, { type: 6, value: (starts[index] ?? 0n) - 4n + BigInt(at) });
  });
  folder.put('twofold.parquet', twofold);
  expect(await folder.check('twofold.parquet', STRICT)).toMatchObject({
    status: 'failed',
    reason: expect.stringMatching(/the dictionary of column a begins at byte \d+, behind its data at byte 4/),
  });
});

type Field = { type: number; value: bigint | boolean };
const UNSIGNED: Field[] = [
  { type: 3, value: 32n },
  { type: 1, value: false },
];
const MILLIONTHS: Field[] = [
  { type: 5, value: 6n },
  { type: 5, value: 9n },
];

test.each<[what: string, select: string, kind: number, fields: Field[], why: RegExp]>([
  ['an unsigned number', '7::INT', 10, UNSIGNED, /"b" is UINTEGER by its logical type, and INTEGER by/],
  ['a date', '7::INT', 6, [], /"b" is DATE by its logical type, and INTEGER by/],
  ['a decimal of another scale', '7::DECIMAL(9, 2)', 5, MILLIONTHS, /"b" is DECIMAL\(9,6\) by .* DECIMAL\(9,2\) by/],
])(
  'Parquet whose newer type is %s, which DuckDB leaves out of account, fails',
  async (_, select, kind, fields, why) => {
    const bytes = await write('types.parquet', `SELECT 'x' AS a, ${select} AS b`);
    const logical: Struct = new Map(fields.map((field, index) => [index + 1, field]));
    folder.put(
      'types.parquet',
      withFooter(bytes, (footer) => {
        structs(footer, 2)[2]?.set(10, { type: 12, value: new Map([[kind, { type: 12, value: logical }]]) });
      }),
    );
    expect(await folder.check('types.parquet', STRICT)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(why),
    });
  },
);

test('Parquet whose type is stated by the newer one alone, which DuckDB leaves out of account, is not checked', async () => {
  const bytes = await write('types.parquet', "SELECT 'x' AS a, 300::INT AS b");
  const byte: Struct = new Map<number, Field>([
    [1, { type: 3, value: 8n }],
    [2, { type: 1, value: true }],
  ]);
  folder.put(
    'types.parquet',
    withFooter(bytes, (footer) => {
      const column = structs(footer, 2)[2];
      column?.delete(6);
      column?.set(10, { type: 12, value: new Map([[10, { type: 12, value: byte }]]) });
    }),
  );
  expect(await folder.check('types.parquet', STRICT)).toMatchObject({
    status: 'not_checked',
    reason: expect.stringContaining('"b" is TINYINT by its logical type alone, and is read as INTEGER'),
  });
});

/** Of which the first column is text and the second numbers. */
const exchangeNames = (footer: Struct): void => {
  const [first, second] = columnChunks(footer);
  const [one, other] = [first?.get(3), second?.get(3)];
  if (one === undefined || other === undefined) throw new Error('expected two names');
  first?.set(3, other);
  second?.set(3, one);
};

describe('Parquet whose columns say another thing of themselves than the schema, by which readers go differently, fails:', () => {
  test.each<[what: string, change: (footer: Struct) => void, why: RegExp]>([
    ['names exchanged', exchangeNames, /column a is of type BYTE_ARRAY, and its values are said to be b of/],
    ['another type', (footer) => set(columnChunks(footer)[1], 1, 2n), /column b is of type INT32, .* b of type INT64/],
    [
      'a dictionary before all pages',
      (footer) => columnChunks(footer)[0]?.set(11, { type: 6, value: 2n }),
      /the dictionary of column a begins at byte 2, where no page can/,
    ],
    ['more bytes than the file', (footer) => set(columnChunks(footer)[0], 7, 1n << 40n), /has 1099511627776 bytes/],
    ['no bytes', (footer) => set(columnChunks(footer)[0], 7, 0n), /column a has 0 bytes/],
  ])('%s', async (_, change, why) => {
    folder.put('apart.parquet', withFooter(right, change));
    expect(await folder.check('apart.parquet', STRICT)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(why),
    });
  });
});

test('Parquet with decimals of more than 38 digits, of which DuckDB makes other numbers, is not checked', async () => {
  const bytes = await write('decimals.parquet', "SELECT 'x' AS a, 1.5::DECIMAL(38, 1) AS b");
  const wide = withFooter(bytes, (footer) => {
    const column = structs(footer, 2)[2];
    const decimal = struct(struct(column, 10), 5);
    set(decimal, 2, 40n);
    set(column, 8, 40n);
  });
  folder.put('decimals.parquet', wide);
  expect(await folder.check('decimals.parquet', STRICT)).toMatchObject({
    status: 'not_checked',
    reason: expect.stringContaining('"b" is a decimal of more than 38 digits'),
  });
});

describe('Parquet that can’t be read is not checked, and the process is whole:', () => {
  const schema = (footer: Struct, at: number): Struct | undefined => structs(footer, 2)[at];

  test.each<[what: string, change: (footer: Struct) => void]>([
    ['a negative number of rows', (footer) => set(footer, 3, -1n)],
    ['pages beyond the end', (footer) => set(columnChunks(footer)[0], 9, 1n << 40n)],
    ['pages before the beginning', (footer) => set(columnChunks(footer)[0], 9, -5n)],
    ['a root with a thousand million columns', (footer) => set(schema(footer, 0), 5, 1_000_000_000n)],
    ['a root with none', (footer) => set(schema(footer, 0), 5, 0n)],
    ['another physical type', (footer) => set(schema(footer, 2), 1, 2n)],
    ['a name that is not UTF-8', (footer) => rename(footer, Buffer.from([0xff, 0xfe]))],
    ['a name with a NUL', (footer) => rename(footer, Buffer.from('a\0'))],
  ])('%s', async (_, change) => {
    folder.put('broken.parquet', withFooter(right, change));
    expect(await folder.check('broken.parquet', STRICT)).toMatchObject({
      status: 'not_checked',
      reason: expect.stringMatching(/./),
    });
  });

  test.each([
    ['nothing but its marks', () => Buffer.from('PAR1PAR1')],
    ['its first half', () => right.subarray(0, right.length / 2)],
    [
      'a footer longer than the file',
      () => Buffer.concat([right.subarray(0, -8), Buffer.from([0xff, 0xff, 0xff, 0x7f]), Buffer.from('PAR1')]),
    ],
  ])('%s', async (_, content) => {
    folder.put('broken.parquet', content());
    expect(await folder.check('broken.parquet', STRICT)).toMatchObject({ status: 'not_checked' });
  });
});

describe('encrypted Parquet is not checked, and says why:', () => {
  /** `encryption_algorithm` of a plain footer: AES_GCM_V1, with what tells files apart. */
  const withAlgorithm = (unique: Buffer): Buffer =>
    withFooter(right, (footer) => {
      const [binary, struct] = [8, 12];
      const aes: Struct = new Map([[2, { type: binary, value: unique }]]);
      footer.set(8, { type: struct, value: new Map([[1, { type: struct, value: aes }]]) });
    });

  test.each([
    ['with a footer that is encrypted, too', () => Buffer.concat([Buffer.from('PARE'), right]), 'encrypted Parquet'],
    ['with a plain footer', () => withAlgorithm(Buffer.from('abcdefgh')), 'columns of it are encrypted'],
    ['with a plain footer that holds bytes', () => withAlgorithm(Buffer.from([0xff, 0x81, 0xb1])), 'encrypted Parquet'],
  ])('%s', async (_, bytes, reason) => {
    folder.put('encrypted.parquet', bytes());
    const report = await folder.check('encrypted.parquet', STRICT);
    expect(report).toMatchObject({ status: 'not_checked', rows: null, reason: expect.stringContaining(reason) });
    expect(report.reason).toContain('write it unencrypted');
  });
});

describe('names in Parquet are those of the file, whatever DuckDB makes of them:', () => {
  test.each([
    ['an empty one', '', ['column_missing a', 'column_undeclared ']],
    ['the same twice', 'b', ['column_missing a', 'column_repeated b']],
    ['twice but for case', 'B', ['column_missing a', 'column_undeclared B']],
    ['one of ours', 'file_row_number', ['column_missing a', 'column_undeclared file_row_number']],
  ])('%s', async (_, name, failed) => {
    folder.put(
      'named.parquet',
      withFooter(right, (footer) => rename(footer, Buffer.from(name))),
    );
    const report = await folder.check('named.parquet', STRICT);
    const rules = report.rules.filter(({ rule, status }) => status === 'failed' && rule.startsWith('column'));
    expect([report.status, rules.map(({ rule, columns }) => `${rule} ${columns[0]}`)]).toEqual(['failed', failed]);
  });
});

const ONE = contract('- { name: a, logicalType: integer }');

describe('several files of Parquet', () => {
  test.each([
    ['of other types', 'SELECT 1 AS a', "SELECT 'x' AS a", /"a" is INTEGER in 1 of 2/],
    ['of a type that would be rounded', 'SELECT 1 AS a', 'SELECT 1.5 AS a', /"a" is DECIMAL\(2,1\) in 1 of 2/],
    ['with a column more', 'SELECT 1 AS a', 'SELECT 1 AS a, 2 AS b', /"b" is INTEGER in 1 of 2/],
    ['with a column less', 'SELECT 1 AS a, 2 AS b', 'SELECT 1 AS a', /"b" is INTEGER in 1 of 2/],
  ])('%s fail', async (_, first, second, reason) => {
    rmSync(join(folder.directory, 'many'), { recursive: true, force: true });
    await write('many/1.parquet', first);
    await write('many/2.parquet', second);
    expect(await folder.check('many', ONE)).toMatchObject({ status: 'failed', reason: expect.stringMatching(reason) });
  });

  test('in another order of columns are one dataset', async () => {
    await write('order/1.parquet', "SELECT 1 AS a, 'x' AS b");
    await write('order/2.parquet', "SELECT 'y' AS b, 2 AS a");
    const both = contract('- { name: a, logicalType: integer }\n- { name: b, logicalType: string }');
    expect(await folder.check('order', both)).toMatchObject({ status: 'passed', rows: 2 });
  });

  test('in key=value folders have a key without a type', async () => {
    await write('keyed/k=7/1.parquet', 'SELECT 1 AS a');
    const keyed = contract(
      '- { name: a, logicalType: integer }\n- { name: k, logicalType: integer, logicalTypeOptions: { maximum: 6 } }',
    );
    const report = await folder.check('keyed', keyed);
    expect(report.rules.filter(({ status }) => status === 'failed')).toMatchObject([
      { rule: 'maximum', columns: ['k'] },
    ]);
  });

  test('that also hold the key of their folder fail', async () => {
    await write('both/k=1/1.parquet', 'SELECT 1 AS a, 9 AS K');
    expect(await folder.check('both', ONE)).toMatchObject({ status: 'failed', reason: expect.stringContaining('"k"') });
  });
});

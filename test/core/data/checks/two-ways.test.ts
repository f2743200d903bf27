import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judgeCounts, valueRules } from '../../../../core/data/checks/column-rules.ts';
import type { TableColumn } from '../../../../core/data/checks/table.ts';
import { formatCondition } from '../../../../core/data/checks/text-format-sql.ts';
import { violationCases } from '../../../../core/data/checks/value-sql.ts';
import { compileColumn } from '../../../../core/data/column-check.ts';
import type { ContractColumn } from '../../../../core/data/contract-model.ts';
import { quoteText } from '../../../../core/data/sql/quote.ts';
import { TEXT_FORMATS, textFormat } from '../../../../core/data/text-format.ts';
import { contract } from '../contract-samples.ts';

/** What the reader of single values and the engine's SQL say of the same text. */
let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:', { threads: '1' });
});
afterAll(() => instance.closeSync());

/** For each text, what the condition on column `v` says. */
async function ask(condition: string, texts: readonly string[]): Promise<unknown[]> {
  const connection = await instance.connect();
  try {
    const rows = texts.map((text, at) => `(${at}, CAST(${quoteText(text)} AS VARCHAR))`).join(', ');
    const query = `SELECT ${condition} FROM (VALUES ${rows}) AS t(i, v) ORDER BY i`;
    return (await connection.runAndReadAll(query)).getRowsJson().map(([value]) => value);
  } finally {
    connection.closeSync();
  }
}

const SAMPLES = {
  email: [
    ['a@b.co', 'ü@exämple.org', 'first.last+tag@x1.example.org', 'a@1.de', "o'neill+x@a-b.c-d.org"],
    [
      ...['a@b', '@b.co', 'a b@c.de', 'a@b@c.de', 'a@b.', 'a@b..co', 'a@.co', 'a@-b.co', 'a@b-.co', 'a@b.c_d'],
      ...['mailto:a@b.co', 'a@b.co;c@d.co', 'Ann <a@b.co>', 'a..b@c.de', '.a@b.co', 'a.@b.co', '"a"@b.co', 'a@b.co,'],
    ],
  ],
  uuid: [
    ['123e4567-e89b-12d3-a456-426614174000', 'FFFFFFFF-0000-0000-0000-000000000000'],
    ['123e4567e89b12d3a456426614174000', '{123e4567-e89b-12d3-a456-426614174000}'],
  ],
  uri: [
    ['urn:isbn:1', 'https://a/b?c#d', 'mailto:a@b'],
    ['//a', 'a b:c', '1a:b', 'http:'],
  ],
  url: [
    ['http://a', 'HTTPS://a.b/c d'.replace(' ', '%20')],
    ['ftp://a', 'http://', 'http:///x', 'http://a b'],
  ],
  hostname: [
    ['a', 'a-b.example.org', `${'a'.repeat(63)}.b`],
    ['-a', 'a-', 'a..b', 'a_b', `${'a'.repeat(64)}`, Array.from({ length: 64 }, () => 'abc').join('.'), 'ä.de'],
  ],
  ipv4: [
    ['0.0.0.0', '255.255.255.255', '10.1.20.199'],
    ['256.1.1.1', '1.1.1', '01.1.1.1', '1.1.1.1.1', '1.1.1.1/8'],
  ],
  ipv6: [
    [
      '::',
      '::1',
      '1::',
      'fe80::1',
      '1:2:3:4:5:6:7:8',
      '1:2:3:4:5:6:7::',
      '::2:3:4:5:6:7:8',
      '::ffff:1.2.3.4',
      '1:2:3:4:5:6:1.2.3.4',
      '2001:DB8::8:800:200c:417A',
    ],
    [
      ':',
      ':::',
      '1:2:3:4:5:6:7',
      '1:2:3:4:5:6:7:8:9',
      '1::2::3',
      '12345::',
      'g::',
      '1.2.3.4',
      '1:2:3:4:5:6:7:1.2.3.4',
      '::1.2.3.256',
      '1:2:3:4:5:6:7:8::',
    ],
  ],
  byte: [
    ['', 'TQ==', 'TWE=', 'TWFu', 'a+/9'],
    ['T', 'TQ=', 'TQ', 'T===', 'TW Fu', 'TWE-'],
  ],
  date: [
    ['2024-02-29', '0001-01-01', '9999-12-31', '1850-07-04'],
    ['2023-02-29', '1900-02-29', '2024-13-01', '2024-00-01', '2024-1-1', '20240101', '2024-01-01T', '10000-01-01'],
  ],
  time: [
    ['00:00', '23:59:59', '12:30:00.123456789', '12:30:00,5', '12:30Z', '12:30:00+02:00', '12:30+0200', '12:30-18'],
    ['24:00', '12:60', '12:30:60', '1:30', '12', '12:30 pm', '12:30+19:00', '12:30+02:60', '12:30:00.'],
  ],
  timestamp: [
    ['2024-02-29T12:00', '2024-02-29 12:00:00.1Z', '1899-12-31T23:59:59+01:00'],
    [
      '2023-02-29T12:00:00',
      '2024-01-01',
      '2024-01-01T24:00',
      '2024-01-01T12:00:60',
      '2024-01-01T12:00+19:00',
      '2024-01-01  12:00',
    ],
  ],
  json: [
    [
      '{}',
      '[1,2.5e3,"a\\u00e9",null,true]',
      '"x,]"',
      ' 1 ',
      '"NaN"',
      '{"a":1,"a":2}',
      '"\\ud83d\\ude00"',
      '1e999',
      '"\\\\ud800"',
    ],
    [
      '',
      '{',
      '[1,]',
      '{"a":1,}',
      'NaN',
      '-Infinity',
      "{'a':1}",
      '[1 2]',
      '01',
      '"\t"',
      '"\\ud800"',
      '{a:1}',
      '[1]x',
      '1.',
      'inf',
      '/* */1',
    ],
  ],
} as const satisfies Record<string, readonly [good: readonly string[], bad: readonly string[]]>;

test('every format has samples', () => {
  expect(Object.keys(SAMPLES).sort()).toEqual([...TEXT_FORMATS].sort());
});

test.each(TEXT_FORMATS)('texts are of the format %s or not, to both', async (name) => {
  const [good, bad] = SAMPLES[name];
  const format = textFormat(name);
  if (format === null) throw new Error('expected a format');
  const texts = [...good, ...bad];
  const expected = texts.map((text) => `${(good as readonly string[]).includes(text)} ${text}`);
  expect(texts.map((text) => `${format.test(text)} ${text}`)).toEqual(expected);
  const found = await ask(`coalesce(${formatCondition(format, 'v')}, false)`, texts);
  expect(texts.map((text, at) => `${String(found[at])} ${text}`)).toEqual(expected);
});

test('whatever the text, both take it for the same formats', async () => {
  const parts = [
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    'a',
    '1',
    '.',
    '-',
    'e',
    ' ',
    'null',
    'NaN',
    'u',
    'd8',
    '\n',
    'é',
    '\u{1F600}',
    '/',
    '+',
    'T',
    'Z',
    '2024-02-30',
    '12:00',
    '::',
    '\0',
  ];
  const texts = fc.sample(
    fc.array(fc.constantFrom(...parts), { maxLength: 9 }).map((found) => found.join('')),
    { numRuns: 1500, seed: 5 },
  );
  const documents = fc.sample(fc.json(), { numRuns: 300, seed: 6 });
  const all = [...texts, ...documents];
  for (const name of TEXT_FORMATS) {
    const format = textFormat(name);
    if (format === null) throw new Error('expected a format');
    const found = await ask(`coalesce(${formatCondition(format, 'v')}, false)`, all);
    const differ = all.filter((text, at) => format.test(text) !== found[at]);
    expect([name, differ]).toEqual([name, []]);
  }
});

const INTEGERS = [
  ...['0', '-0', '+1', '9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993'],
  ...['9223372036854775807', '9223372036854775808', '-9223372036854775808', '-9223372036854775809'],
  ...['18446744073709551615', '18446744073709551616', '007', `1${'0'.repeat(30)}`],
];

test.each([
  'integer, logicalTypeOptions: { maximum: 9007199254740992 }',
  'integer, logicalTypeOptions: { exclusiveMaximum: 9007199254740993 }',
  'integer, logicalTypeOptions: { minimum: 9007199254740993 }',
  'integer, logicalTypeOptions: { minimum: -9007199254740992 }',
  'integer, logicalTypeOptions: { format: i64 }',
  'integer, logicalTypeOptions: { format: u64 }',
  'integer, logicalTypeOptions: { format: i8 }',
  'integer, logicalTypeOptions: { multipleOf: 2 }',
  'number, logicalTypeOptions: { maximum: 9007199254740992, multipleOf: 0.5 }',
  'time, logicalTypeOptions: { minimum: "09:00", exclusiveMaximum: "17:30:00.5" }',
])('bounds of large integers and of times are the same to both: %s', async (type) => {
  const [column] = contract(`- { name: v, logicalType: ${type} }`).columns;
  if (column === undefined) throw new Error('expected a column');
  const times = [
    '09:00',
    '08:59:59.9',
    '17:30:00.499',
    '17:30:00.5',
    '10:00+02:00',
    '11:00+02:00',
    '10:00:00,25Z',
    '23:00-18',
    '25:00',
  ];
  const texts = [...INTEGERS, ...times];
  const check = compileColumn(column);
  const expected = texts.map((text) => `${text} ${check(text)?.rule ?? 'fine'}`);
  const found = await ask(firstViolation(column), texts);
  expect(texts.map((text, at) => `${text} ${String(found[at])}`)).toEqual(expected);
});

/** The rule that a value violates first, as SQL. */
function firstViolation(column: ContractColumn): string {
  const table: TableColumn = { name: 'v', sql: 'v', type: 'VARCHAR', typed: false };
  const cases = [...violationCases(column, table)].map(([rule, condition]) => `WHEN ${condition} THEN '${rule}'`);
  return `CASE ${cases.join(' ')} ELSE 'fine' END`;
}

test.each([
  ['i64', '9223372036854775807', '9223372036854775808'],
  ['u64', '18446744073709551615', '18446744073709551616'],
  ['i128', '170141183460469231731687303715884105727', '170141183460469231731687303715884105728'],
])('an integer of %s ends where its bits end', (format, last, beyond) => {
  const [column] = contract(`- { name: v, logicalType: integer, logicalTypeOptions: { format: ${format} } }`).columns;
  if (column === undefined) throw new Error('expected a column');
  const check = compileColumn(column);
  expect([check(last), check(beyond)?.rule]).toEqual([null, 'maximum']);
});

const TYPED = [
  [
    'BIGINT',
    'integer',
    ['-9223372036854775808', '9223372036854775807', '9007199254740993', '0'],
    'maximum: 9007199254740992',
  ],
  ['UBIGINT', 'integer', ['18446744073709551615', '18446744073709551614', '1'], 'maximum: 18446744073709551614'],
  ['HUGEINT', 'integer', ['170141183460469231731687303715884105727', '-1', '4'], 'multipleOf: 2'],
  ['DOUBLE', 'number', ['nan', 'inf', '-inf', '-0', '1e308', '0.3'], 'minimum: 0, multipleOf: 0.1'],
  ['FLOAT', 'number', ['nan', '0.5', '-1'], 'exclusiveMinimum: -1'],
  ['FLOAT', 'number', ['1.1', '1.2', '0.3'], 'maximum: 1.1, multipleOf: 0.1'],
  ['DECIMAL(38,10)', 'number', ['0.1', '-0.1', '9999999999999999999999999999'], 'minimum: 0.1'],
  ['DATE', 'date', ['0001-01-01', '1899-12-31', '2024-02-29', '9999-12-31'], 'minimum: "1900-01-01"'],
  [
    'TIMESTAMP',
    'timestamp',
    ['1899-12-31 23:59:59.999999', '2024-02-29 12:00:00', '9999-12-31 23:59:59'],
    'minimum: "1900-01-01T00:00:00Z"',
  ],
  ['TIME', 'time', ['00:00:00', '08:59:59.999999', '09:00:00', '23:59:59'], 'minimum: "09:00"'],
  ['BOOLEAN', 'boolean', ['true', 'false'], ''],
  [
    'VARCHAR',
    'string',
    ['', 'e\u0301', '\u{1F600}', 'a\0b', "'; DROP TABLE t; --", '\u{1F469}\u200D\u{1F467}'],
    'minLength: 1, maxLength: 2',
  ],
  ['BIGINT', 'string', ['1'], 'minLength: 1'],
  ['VARCHAR', 'integer', ['1'], 'minimum: 0'],
] as const;

test.each(TYPED)(
  'a typed %s held as %s is judged alike by its counts and by a scan',
  async (type, logicalType, texts, options) => {
    const given = options === '' ? '' : `, logicalTypeOptions: { ${options} }`;
    const [column] = contract(`- { name: v, logicalType: ${logicalType}${given} }`).columns;
    if (column === undefined) throw new Error('expected a column');
    const table: TableColumn = { name: 'v', sql: `CAST(v AS ${type})`, type, typed: true };
    const cases = [...violationCases(column, table)].map(([rule, condition]) => `WHEN ${condition} THEN '${rule}'`);
    const scanned = await ask(`CASE ${cases.join(' ')} ELSE 'fine' END`, texts);
    const written = await ask(`CAST(CAST(v AS ${type}) AS VARCHAR)`, texts);
    const counts = new Map(written.map((text) => [String(text), 1]));
    const rules = valueRules(column).map(({ check, rule }) => [rule, scanned.filter((one) => one === check).length]);
    const judged = judgeCounts(column, { column: table, nulls: 0, counts }, texts.length);
    expect(rules).toEqual(judged.map(({ rule, count }) => [rule, count]));
  },
);

const WITHOUT = ['2024-01-01T10:00:00', '2024-01-01 10:00:00.5'];
const WITH = ['2024-01-01T10:00:00Z', '2024-01-01T10:00:00.5+02:00', '2024-01-01T10:00:00-03'];
test.each([
  ['timestamp', true, 'VARCHAR', WITH, WITHOUT],
  ['timestamp', false, 'VARCHAR', WITHOUT, WITH],
  ['time', true, 'VARCHAR', ['10:00Z', '10:00:00-03:30'], ['10:00', '10:00:00.5']],
  ['time', false, 'VARCHAR', ['10:00'], ['10:00Z']],
  ['timestamp', true, 'TIMESTAMP WITH TIME ZONE', WITH, []],
  ['timestamp', true, 'TIMESTAMP', [], WITHOUT],
  ['timestamp', false, 'TIMESTAMP', WITHOUT, []],
  ['timestamp', false, 'TIMESTAMP WITH TIME ZONE', [], WITH],
])('a %s of timezone: %s held as %s is of the type or not, to both', async (logicalType, zone, type, good, bad) => {
  const [column] = contract(
    `- { name: v, logicalType: ${logicalType}, logicalTypeOptions: { timezone: ${zone} } }`,
  ).columns;
  if (column === undefined) throw new Error('expected a column');
  const table: TableColumn = { name: 'v', sql: `CAST(v AS ${type})`, type, typed: type !== 'VARCHAR' };
  const texts = [...good, ...bad];
  const scanned = await ask(violationCases(column, table).get('type') ?? '', texts);
  expect(scanned).toEqual(texts.map((text) => bad.includes(text)));
  const counts = new Map(texts.map((text) => [text, 1]));
  const judged = judgeCounts(column, { column: table, nulls: 0, counts }, texts.length);
  expect(judged.find(({ rule }) => rule === 'type')?.count).toBe(bad.length);
});

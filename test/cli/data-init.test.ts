import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { randomFrom } from '../core/data/drift/digits.ts';
import { call } from './world.ts';

let directory = '';
const put = (name: string, text: string): void => writeFileSync(join(directory, name), text);
const data = (...args: string[]) => call(['data', ...args], { directory });

/** Rows as a shop might have them: counts, shares, sets, dates, names of people, and two columns that are a key together. */
function sales(rows: number): string {
  const random = randomFrom(5);
  const lines = Array.from({ length: rows }, (_, at) => {
    const day = new Date(Date.UTC(2026, 0, 1 + Math.floor(at / 8))).toISOString().slice(0, 10);
    const cells = [
      day,
      `store-${at % 8}`,
      Math.floor(random() * 40),
      (random() * 0.8).toFixed(3),
      ['card', 'cash', 'voucher'][at % 3],
      at % 10 === 0 ? '' : (random() * 100 - 20).toFixed(2),
      `c${at % 300}@example.org`,
      `00${1000 + (at % 90)}`,
      'EUR',
    ];
    return cells.join(',');
  });
  return `day,store,items,share,paid,balance,customer,postcode,currency\n${lines.join('\n')}\n`;
}

const Column = z.looseObject({ name: z.string() });
const Contract = z.looseObject({ schema: z.tuple([z.looseObject({ properties: z.array(Column) })]) });

let text = '';
let columns = new Map<string, z.infer<typeof Column>>();

let made = { code: -1, out: '' };

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cli-data-init-'));
  put('sales.csv', sales(400));
  made = await data('init', 'sales.csv', '--out', 'sales.odcs.yaml');
  text = readFileSync(join(directory, 'sales.odcs.yaml'), 'utf8');
  const { schema } = Contract.parse(parse(text));
  columns = new Map(schema[0].properties.map((column) => [column.name, column]));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('what may stand for a missing value is said when the contract is written', async () => {
  put('gaps.csv', `a,b\n${Array.from({ length: 40 }, (_, at) => `${at % 9 === 0 ? '?' : at},x`).join('\n')}\n`);
  const { code, out } = await data('init', 'gaps.csv', '--out', 'gaps.odcs.yaml');
  expect([code, out]).toEqual([
    0,
    expect.stringContaining('column "a": 5 values are read as missing ("?"), the others are of the type integer'),
  ]);
  expect((await data('check', 'gaps.csv', '--contract', 'gaps.odcs.yaml')).code).toBe(0);
});

test('values that keep a column from being one of numbers are named with their lines, beside a printed contract', async () => {
  put('words.csv', `a,b\n${Array.from({ length: 40 }, (_, at) => `${at === 9 ? 'ten' : at},x`).join('\n')}\n`);
  const { code, out, err } = await data('init', 'words.csv');
  expect([code, out]).toEqual([0, expect.stringMatching(/^# Inferred from 40 rows/)]);
  expect(err).toMatch(/^column "a": one value is no integer, as all others are: "ten" \(line 11\)/);
});

test('what a schema says and a contract can not is said when it is written', async () => {
  put('rows.json', '{ "properties": { "a": { "type": "string", "contentEncoding": "base64" } } }');
  const { code, out } = await data('init', 'sales.csv', '--from', 'rows.json', '--out', 'rows.odcs.yaml');
  expect([code, out]).toEqual([0, expect.stringMatching(/^a: contentEncoding is not carried over\nwrote rows/)]);
});

test('the data that a contract was made from meets it', async () => {
  expect([made.code, made.out]).toEqual([
    0,
    expect.stringMatching(/then run trainyard data check sales\.csv --contract/),
  ]);
  const checked = await data('check', 'sales.csv', '--contract', 'sales.odcs.yaml');
  expect([checked.code, checked.out]).toEqual([0, expect.stringMatching(/^✓ sales meets its contract: 400 rows/)]);
});

test.each([
  [
    'counts that are never negative start at 0',
    'items',
    { logicalType: 'integer', logicalTypeOptions: { minimum: 0 } },
  ],
  ['shares stay between 0 and 1', 'share', { logicalType: 'number', logicalTypeOptions: { minimum: 0, maximum: 1 } }],
  ['codes with leading zeros stay text', 'postcode', { logicalType: 'string' }],
  ['days are dates', 'day', { logicalType: 'date', primaryKey: true }],
  ['a column that is a key with another says so', 'store', { primaryKey: true }],
  ['personal data is marked', 'customer', { customProperties: [{ property: 'trainyardPersonal', value: true }] }],
] as const)('%s', (_what, name, expected) => {
  expect(columns.get(name)).toMatchObject(expected);
});

test('few values that each occur often are a set; a column with nulls is not required', () => {
  const set = { metric: 'invalidValues', arguments: { validValues: ['card', 'cash', 'voucher'] }, mustBe: 0 };
  expect(columns.get('paid')?.['quality']).toEqual([set]);
  expect(columns.get('customer')?.['quality']).toBeUndefined();
  expect(columns.get('balance')?.['required']).toBeUndefined();
});

test('a person finds at each guess what it was made from', () => {
  expect(text).toMatch(/^# Inferred from 400 rows of sales\.csv\./);
  expect(text).toMatch(/# seen: 0 to 39\n\s+- name: items/);
  expect(text).toMatch(/# looks like personal data \(email\)[^\n]*\n\s+- name: customer/);
  expect(text).toMatch(/# one and the same value in every row\n\s+- name: currency/);
  expect(text).toMatch(/# 40 of 400 values are null/);
});

test('a contract that somebody has edited is never written over', async () => {
  put('mine.yaml', 'mine');
  const { code, err } = await data('init', 'sales.csv', '--out', 'mine.yaml');
  expect([code, err]).toEqual([
    2,
    'trainyard data: mine.yaml can’t be written: it is there already, and must not exist yet: name another file',
  ]);
  expect(readFileSync(join(directory, 'mine.yaml'), 'utf8')).toBe('mine');
});

test.each([
  [['-'], /no contract can be inferred from -: standard input is not read: write the data to a file/],
  [['nowhere.csv'], /no file matches nowhere\.csv: there is no such file/],
  [
    ['sales.csv', '--from', 'nowhere.json'],
    /^trainyard data: the schema nowhere\.json can’t be read: there is no such file/,
  ],
  [['sales.csv', '--from', 'bytes.json'], /bytes\.json can’t be read: it is not UTF-8$/],
])('of %s no contract is made, and what to do is said', async (args, says) => {
  writeFileSync(join(directory, 'bytes.json'), Buffer.from([0x7b, 0xff]));
  const { code, out, err } = await data('init', ...args);
  // Standard output may be a file for the contract.
  expect([code, out, err]).toEqual([2, '', expect.stringMatching(says)]);
});

test.each([
  ['an empty file', '', /no contract can be inferred from x\.csv: .*empty/],
  ['a ragged file', 'a,b\n1,2\n3\n', /no contract can be inferred from x\.csv/],
])('of %s no contract is made, and why is said', async (_what, text, says) => {
  put('x.csv', text);
  const { code, out, err } = await data('init', 'x.csv');
  expect([code, out, err]).toEqual([2, '', expect.stringMatching(says)]);
});

test.each([
  ['a header and no rows', 'a,b\n'],
  ['only nulls', 'a,b\n,\n,\n'],
  ['values that are YAML', 'a: b,"- c","#d"\n"{x}",*y,&z\n'],
])('%s gives a contract that its data meets', async (_what, text) => {
  put('odd.csv', text);
  rmSync(join(directory, 'odd.yaml'), { force: true });
  expect((await data('init', 'odd.csv', '--out', 'odd.yaml')).code).toBe(0);
  expect((await data('check', 'odd.csv', '--contract', 'odd.yaml')).code).toBe(0);
});

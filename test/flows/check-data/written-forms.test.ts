import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import type { DataReport } from '../../../core/data/report/data-report.ts';
import { contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

const told = (report: DataReport, rule: string) =>
  report.rules
    .filter((one) => one.rule === rule)
    .map(({ status, count, examples }) => [status, count, examples.map(({ line, value }) => `${line}: ${value}`)]);

test.each([
  ['integer', ['1', '01', '+1', '2'], ['2: 1', '3: 01', '4: +1']],
  ['number', ['1.5', '2', '1.50', '15e-1'], ['2: 1.5', '4: 1.50', '5: 15e-1']],
  [
    'timestamp',
    ['2026-01-01T00:00:00Z', '2026-01-01 01:00:00+01:00', '2026-01-02T00:00:00Z'],
    ['2: 2026-01-01T00:00:00Z', '3: 2026-01-01 01:00:00+01:00'],
  ],
  ['boolean', ['true', '1', 'false'], ['2: true', '3: 1']],
  ['string', ['1', '01', '+1'], []],
  ['date', ['2026-01-01', '2026-01-02'], []],
])('a unique %s of a text file is compared as what it is: %j', async (type, values, repeated) => {
  folder.put('a.csv', `v,n\n${values.map((value, at) => `${value},${at}`).join('\n')}\n`);
  const report = await folder.check(
    'a.csv',
    contract(`- { name: v, logicalType: ${type}, unique: true }\n- { name: n }`),
  );
  const count = Math.max(0, repeated.length - 1);
  expect(told(report, 'unique')).toEqual([[count === 0 ? 'passed' : 'failed', count, repeated]]);
});

test('keys of several columns are compared as what they are, and shown as they are written', async () => {
  folder.put(
    'b.csv',
    'a,b,c\n1,x,2026-01-01 00:00\n2,x,2026-01-01 00:00\n01,x,2026-01-01T00:00:00Z\n01,y,2026-01-01 00:00\n,x,2026-01-01 00:00\n',
  );
  const report = await folder.check(
    'b.csv',
    contract(
      '- { name: a, logicalType: integer }\n- { name: b, logicalType: string }\n- { name: c, logicalType: timestamp }',
      '- { type: library, metric: duplicateValues, arguments: { properties: [a, b, c] }, mustBe: 0 }',
    ),
  );
  expect(told(report, 'duplicate_values')).toEqual([
    ['failed', 1, ['2: ["1","x","2026-01-01 00:00"]', '4: ["01","x","2026-01-01T00:00:00Z"]']],
  ]);
});

test.each([
  [
    ['0500000', '-07', '+8'],
    ['500002: 500000', '600002: 0500000', '600004: +8', '10: 8'],
  ],
  [['600000', '-7'], []],
])('a key with too many values to be counted is no exception: %j', async (more, repeated) => {
  const rows = [...Array.from({ length: 600_000 }, (_, at) => `${at}`), ...more];
  folder.put('many.csv', `id,n\n${rows.map((id) => `${id},1`).join('\n')}\n`);
  const report = await folder.check(
    'many.csv',
    contract('- { name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1 }\n- { name: n }'),
  );
  const [found] = told(report, 'primary_key');
  expect(report.approximate).not.toEqual([]);
  expect([found?.[0], found?.[1]]).toEqual(repeated.length === 0 ? ['passed', 0] : ['failed', 2]);
  expect(new Set(Array.isArray(found?.[2]) ? found[2] : [])).toEqual(new Set(repeated));
});

test.each([
  ['integer', ['1', '01', '+2'], 'passed'],
  ['integer', ['1', '12', '-1'], 'failed'],
  ['number', ['1.0', '2', '1e0'], 'passed'],
  ['number', ['1.5'], 'failed'],
  ['string', ['1', '2'], 'passed'],
  ['string', ['01'], 'failed'],
])('%s among values that are listed: %j', async (type, values, expected) => {
  folder.put('c.csv', `v,n\n${values.join(',1\n')},1\n`);
  const column = (more: string) => contract(`- { name: v, logicalType: ${type}, ${more} }\n- { name: n }`);
  const listed = await folder.check('c.csv', column('logicalTypeOptions: { enum: [1, 2] }'));
  expect(told(listed, 'enum').map(([status]) => status)).toEqual([expected]);
  const valid = 'quality: [{ metric: invalidValues, arguments: { validValues: [1, 2] }, mustBe: 0 }]';
  const counted = await folder.check('c.csv', column(valid));
  expect(told(counted, 'invalid_values').map(([status]) => status)).toEqual([expected]);
});

test('truths as pandas writes them are among true and false', async () => {
  folder.put('d.csv', 'v,n\nTrue,1\nFalse,2\n');
  const valid = 'quality: [{ metric: invalidValues, arguments: { validValues: [true, false] }, mustBe: 0 }]';
  const report = await folder.check('d.csv', contract(`- { name: v, logicalType: boolean, ${valid} }\n- { name: n }`));
  expect(told(report, 'invalid_values').map(([status]) => status)).toEqual(['passed']);
});

test.each([
  ['integer', ['1', '2'], ['01', '+2', '3'], 'passed', 'failed'],
  ['integer', ['1', '2'], ['1', '2'], 'passed', 'failed'],
  ['integer', ['4', '5'], ['01', '02'], 'failed', 'passed'],
  // Each side holds to one form: to another one.
  ['number', ['1', '2'], ['1.0', '2.0'], 'passed', 'failed'],
  ['timestamp', ['2026-01-01T00:00:00Z'], ['2026-01-01 00:00'], 'passed', 'failed'],
  ['string', ['1'], ['01'], 'failed', 'passed'],
])('%s of another text file is compared as what it is: %j in %j', async (type, values, others, key, apart) => {
  folder.put('e.csv', `v,n\n${values.join(',1\n')},1\n`);
  folder.put('other.csv', `v,n\n${others.join(',1\n')},1\n`);
  const other = { name: 'other', data: 'other.csv' };
  const referring = contract(`- { name: v, logicalType: ${type}, relationships: [{ to: other.v }] }\n- { name: n }`);
  const keys = await folder.check('e.csv', referring, { others: [other] });
  expect(told(keys, 'foreign_key').map(([status]) => status)).toEqual([key]);
  const rows = await folder.check('e.csv', contract(`- { name: v, logicalType: ${type} }\n- { name: n }`), {
    apartFrom: [other],
  });
  expect(told(rows, 'train_test_overlap').map(([status]) => status)).toEqual([apart]);
});

const HUGE = '123456789012345678901234567890';

test.each([
  ['more than 64 bits', [`${HUGE}1`, `${HUGE}2`, '-1'], []],
  ['more than 64 bits, twice', [`${HUGE}1`, `${HUGE}2`, `${HUGE}1`], [`1: ${HUGE}1`, `3: ${HUGE}1`]],
  ['more than 128 bits', [`${HUGE}${HUGE}1`, `${HUGE}${HUGE}2`, '7'], []],
  ['64 bits without a sign', ['18446744073709551615', '18446744073709551614', '1'], []],
])('integers of JSON with %s are compared to their last digit', async (_, values, repeated) => {
  const rows = values.map((value, at) => `{"v":${value},"n":${at}.5}`);
  folder.put('k/p=1/a.jsonl', `${rows.join('\n')}\n`);
  folder.put('a.json', `[${rows.join(',\n')}]`);
  const unique = contract('- { name: v, logicalType: integer, unique: true }\n- { name: n }\n- { name: p }');
  for (const report of [
    await folder.check('a.json', contract('- { name: v, logicalType: integer, unique: true }\n- { name: n }')),
    await folder.check('k/**/*.jsonl', unique),
  ])
    expect(told(report, 'unique')).toEqual([
      [repeated.length === 0 ? 'passed' : 'failed', Math.max(0, repeated.length - 1), repeated],
    ]);
});

test('numbers of JSON that are no integers of more than 64 bits stay doubles', async () => {
  folder.put('b.jsonl', '{"v":1e25,"w":36893488147419103232}\n{"v":2e25,"w":0.5}\n');
  const report = await folder.check(
    'b.jsonl',
    contract('- { name: v, logicalType: number, unique: true }\n- { name: w }'),
  );
  expect(told(report, 'unique')).toEqual([['passed', 0, []]]);
  expect(report.columns.map(({ type }) => type)).toEqual(['number', 'number']);
});

import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { DataReport } from '../../../core/data/report/data-report.ts';
import { type ContractParts, contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

function outcome(report: DataReport, rule: string): string[] {
  return report.rules.filter((one) => one.rule === rule).map(({ status, found }) => `${status}: ${found}`);
}

/** Checks CSV of the given lines; the first is the header. */
function checkLines(lines: readonly string[], columns: string, parts: ContractParts = {}) {
  folder.put('lines.csv', lines.map((line) => `${line}\n`).join(''));
  return folder.check('lines.csv', contract(columns, parts));
}

describe('a foreign key', () => {
  const CARRIERS = 'code,name\nAA,American\nDL,Delta\n';
  const CARRIER = '- { name: carrier, logicalType: string, relationships: [{ to: carriers.code }] }\n- { name: n }';
  const others = [{ name: 'carriers', data: 'carriers.csv' }];

  test.each([
    ['each value is there', 'carrier,n\nAA,1\nDL,2\nAA,3\n', 'passed: each value is there'],
    ['a value is not there', 'carrier,n\nAA,1\nXX,2\n', 'failed: 1 of 2 rows refer to nothing'],
    ['nulls refer to nothing, and need not', 'carrier,n\n,1\nAA,2\n', 'passed: each value is there'],
    ['there are no rows', 'carrier,n\n', 'passed: each value is there'],
    ['case differs', 'carrier,n\naa,1\n', 'failed: 1 of 1 row refer to nothing'],
    ['a value is composed otherwise', 'carrier,n\nA\u0301A,1\n', 'failed: 1 of 1 row refer to nothing'],
  ])('is judged where %s', async (_, text, expected) => {
    folder.put('flights.csv', text);
    folder.put('carriers.csv', CARRIERS);
    const report = await folder.check('flights.csv', contract(CARRIER), { others });
    expect(outcome(report, 'foreign_key')).toEqual([expected]);
  });

  test('shows the rows that refer to nothing with their lines', async () => {
    folder.put('flights.csv', 'carrier,n\nAA,1\n"X\nX",2\nYY,3\n');
    folder.put('carriers.csv', CARRIERS);
    const report = await folder.check('flights.csv', contract(CARRIER), { others });
    const [rule] = report.rules.filter((one) => one.rule === 'foreign_key');
    expect(rule?.examples.map(({ line, value }) => [line, value])).toEqual([
      [3, 'X\nX'],
      [5, 'YY'],
    ]);
    expect(rule?.contractLine).toBe(9);
  });

  test('without the other data is not checked, and says what to pass', async () => {
    folder.put('flights.csv', 'carrier,n\nAA,1\n');
    const report = await folder.check('flights.csv', contract(CARRIER));
    expect(report.status).toBe('not_checked');
    expect(outcome(report, 'foreign_key')).toEqual([expect.stringContaining('pass it with --with carriers=FILE')]);
  });

  test.each([
    ['no such file', 'nowhere.csv', /nowhere/],
    ['wrong text', 'broken.csv', /broken\.csv:3: the text itself is wrong|can’t be read/],
    ['no such column', 'other.csv', /has not all of the columns code/],
  ])('to data that is of no use is not checked: %s', async (_, data, why) => {
    folder.put('flights.csv', 'carrier,n\nAA,1\n');
    folder.put('broken.csv', 'code\nAA\n"DL\n');
    folder.put('other.csv', 'name\nAA\n');
    const report = await folder.check('flights.csv', contract(CARRIER), { others: [{ name: 'carriers', data }] });
    expect(outcome(report, 'foreign_key')).toEqual([expect.stringMatching(why)]);
    expect(report.status).toBe('not_checked');
  });

  test('of several columns matches them together, and not at all where one is null', async () => {
    folder.put('flights.csv', 'a,b\n1,x\n2,x\n,z\n2,\n');
    folder.put('pairs.csv', 'p,q\n1,x\n2,y\n');
    const keyed = contract('- name: a\n- name: b', {
      relationships: '- { from: [flights.a, flights.b], to: [pairs.p, pairs.q] }',
    });
    const report = await folder.check('flights.csv', keyed, { others: [{ name: 'pairs', data: 'pairs.csv' }] });
    expect(outcome(report, 'foreign_key')).toEqual(['failed: 1 of 4 rows refer to nothing']);
  });

  test('to the same dataset needs no other data', async () => {
    const report = await checkLines(
      ['id,parent', '1,', '2,1', '3,9'],
      '- { name: id, logicalType: integer, unique: true }\n- { name: parent, logicalType: integer, relationships: [{ to: schema/flights/properties/id }] }',
    );
    expect(outcome(report, 'foreign_key')).toEqual(['failed: 1 of 3 rows refer to nothing']);
  });

  test.each([
    ['integers of JSON and text of CSV', '{"k":1}\n{"k":12}\n', 'k\n1\n012\n', 'passed: each value is there'],
    ['no number is rounded to one that is there', '{"k":2}\n', 'k\n1.5\n', 'failed: 1 of 1 row refer to nothing'],
    [
      'integers that no double tells apart',
      '{"k":9007199254740993}\n',
      'k\n9007199254740992\n',
      'failed: 1 of 1 row refer to nothing',
    ],
  ])('compares by type: %s', async (_, json, csv, expected) => {
    folder.put('k.jsonl', json);
    folder.put('keys.csv', csv);
    const keyed = contract('- { name: k, logicalType: integer, relationships: [{ to: keys.k }] }');
    const report = await folder.check('k.jsonl', keyed, { others: [{ name: 'keys', data: 'keys.csv' }] });
    expect(outcome(report, 'foreign_key')).toEqual([expected]);
  });

  test('takes severity and tolerance from the relationship, and a waiver of the column', async () => {
    folder.put('flights.csv', 'carrier\nAA\nXX\n');
    folder.put('carriers.csv', CARRIERS);
    const relation = (custom: string) =>
      contract(`- { name: carrier, relationships: [{ to: carriers.code, customProperties: [${custom}] }] }`);
    const warned = await folder.check('flights.csv', relation('{ property: trainyardSeverity, value: warn }'), {
      others,
    });
    const let50 = await folder.check('flights.csv', relation('{ property: trainyardTolerance, value: 50 % }'), {
      others,
    });
    const waived = await folder.check(
      'flights.csv',
      contract(
        '- { name: carrier, relationships: [{ to: carriers.code }], customProperties: [{ property: trainyardWaivers, value: [{ rule: foreign_key, owner: ana, reason: new carrier, expires: "2026-06-30" }] }] }',
      ),
      { others },
    );
    expect([warned.status, let50.status, waived.status]).toEqual(['passed', 'passed', 'passed']);
    expect(waived.rules.find(({ rule }) => rule === 'foreign_key')?.status).toBe('waived');
  });

  test('with SQL in names of tables, columns and values is a name like any other', async () => {
    const evil = `x"); DROP TABLE trainyard.head; --`;
    folder.put('evil.csv', `"${evil.replaceAll('"', '""')}"\n"'; DROP TABLE t; --"\n`);
    folder.put('keys.csv', `"k'k"\n"'; DROP TABLE t; --"\n`);
    const columns = `- { name: ${JSON.stringify(evil)}, relationships: [{ to: "keys.k'k" }] }`;
    const report = await folder.check('evil.csv', contract(columns), { others: [{ name: 'keys', data: 'keys.csv' }] });
    expect(outcome(report, 'foreign_key')).toEqual(['passed: each value is there']);
  });
});

describe('freshness', () => {
  const FRESH = { sla: '- { property: freshness, value: 2, unit: d, element: flights.at }' };
  const at = (type: string) => `- { name: at, logicalType: ${type} }`;

  test.each([
    [
      'recent',
      ['2026-06-01T11:00:00Z', '2020-01-01T00:00:00Z'],
      /^passed: the newest value is of 2026-06-01T11:00:00\.000Z/,
    ],
    ['at the limit', ['2026-05-30T12:00:00Z'], /^passed/],
    ['a second too old', ['2026-05-30T11:59:59Z'], /^failed: .*2 days old/],
    ['with an offset', ['2026-05-30T13:59:59+02:00'], /^failed/],
    ['of the future', ['2999-01-01T00:00:00Z'], /^not_checked: .*in the future/],
    ['of no rows', [], /^not_checked: the column holds no time/],
    ['of nulls only', ['""', '""'], /^not_checked: the column holds no time/],
    ['before 1900', ['1899-12-31T23:59:59Z'], /^failed/],
  ])('of times is judged by the newest: %s', async (_, lines, expected) => {
    const report = await checkLines(['at', ...lines], at('timestamp'), FRESH);
    expect(outcome(report, 'freshness')).toEqual([expect.stringMatching(expected)]);
  });

  test.each([
    ['2026-05-31', 'passed'],
    ['2026-05-30', 'failed'],
    ['2024-02-29', 'failed'],
    ['9999-12-31', 'not_checked'],
  ])('of dates counts from the first moment of the day: %s', async (day, status) => {
    const report = await checkLines(['at', day], at('date'), FRESH);
    expect(report.rules.find(({ rule }) => rule === 'freshness')?.status).toBe(status);
  });

  test('of a column that holds no times, or without a clock, is not checked', async () => {
    const text = await checkLines(['at', '2026-06-01'], at('string'), FRESH);
    folder.put('now.csv', 'at\n2026-06-01\n');
    const clockless = await folder.check('now.csv', contract(at('date'), FRESH), { now: null });
    expect([text.status, clockless.status]).toEqual(['not_checked', 'not_checked']);
  });

  test('is called latency where the contract calls it so', async () => {
    const sla = '- { property: latency, value: 3, unit: hours, element: at }';
    const report = await checkLines(['at', '2026-06-01T08:00:00Z'], at('timestamp'), { sla });
    expect(outcome(report, 'latency')).toEqual([expect.stringMatching(/^failed: .*4 hours old/)]);
  });
});

describe('an aggregate', () => {
  const rule = (aggregate: string, must: string): string =>
    `{ type: custom, engine: trainyard, implementation: { aggregate: ${aggregate}, ${must} } }`;
  const column = (...rules: string[]): string => `- { name: v, logicalType: number, quality: [${rules.join(', ')}] }`;
  const VALUES = ['v', '1', '2', '', '4', '10', '-0'];

  test.each([
    ['min', 'mustBe: 0', 'passed: '],
    ['max', 'mustBeLessThan: 10', 'failed: 10'],
    ['sum', 'mustBe: 17', 'passed: 17'],
    ['mean', 'mustBeBetween: [3.4, 3.4000001]', 'passed: 3.4'],
    ['median', 'mustBe: 2', 'passed: 2'],
    ['quantile, p: 0.9', 'mustBeBetween: [7.59, 7.61]', 'passed: 7.6'],
    ['stddev', 'mustBeGreaterThan: 4', 'failed: 3.974'],
    ['distinct', 'mustBe: 5', 'passed: 5'],
  ])('is computed of the values that are there: %s', async (aggregate, must, expected) => {
    const report = await checkLines(VALUES, column(rule(aggregate, must)));
    expect(outcome(report, aggregate.split(',')[0] ?? '')).toEqual([expect.stringContaining(expected)]);
  });

  test('of no values is not checked, but that there are none distinct is a number', async () => {
    const report = await checkLines(
      ['v', '""', '""'],
      column(rule('mean', 'mustBe: 0'), rule('distinct', 'mustBe: 0')),
    );
    expect(outcome(report, 'mean')).toEqual([expect.stringMatching(/^not_checked/)]);
    expect(outcome(report, 'distinct')).toEqual(['passed: 0']);
  });

  test('that doubles can’t hold is not checked, and takes no other along', async () => {
    const rules = ['stddev', 'sum', 'mean', 'max', 'median'].map((one) => rule(one, 'mustBeGreaterThan: 1'));
    const report = await checkLines(['v', '1.7e308', '1.7e308', '3'], column(...rules));
    const beyond = 'not_checked: its values are so large that doubles can’t hold it';
    expect(['stddev', 'sum', 'mean', 'max', 'median'].flatMap((one) => outcome(report, one))).toEqual([
      ...[beyond, beyond, beyond],
      ...['passed: 1.7e+308', 'passed: 1.7e+308'],
    ]);
  });

  test.each(['NaN', 'inf', 'many', '1e999'])('of %s among the values is not checked', async (odd) => {
    const report = await checkLines(['v', '1', odd], column(rule('mean', 'mustBeGreaterThan: 0')));
    expect(outcome(report, 'mean')).toEqual(['not_checked: 1 of 2 values are no finite numbers']);
  });

  test.each([
    ['mustBeLessOrEqualTo: 9007199254740992', 'failed'],
    ['mustBeGreaterThan: 9007199254740992', 'passed'],
  ])('of integers keeps all digits: %s', async (must, status) => {
    folder.put('big.jsonl', '{"v":9007199254740993}\n{"v":1}\n');
    const ruled = contract(`- { name: v, logicalType: integer, quality: [${rule('max', must)}] }`);
    const report = await folder.check('big.jsonl', ruled);
    expect(outcome(report, 'max')).toEqual([`${status}: 9007199254740993`]);
  });

  test('of integers in a text file keeps all digits, too, and of those that no 128 bits hold what a double does', async () => {
    const ruled = (lines: readonly string[]) =>
      checkLines(
        ['v', ...lines],
        `- { name: v, logicalType: integer, quality: [${rule('sum', 'mustBeGreaterThan: 0')}, ${rule('max', 'mustBeGreaterThan: 0')}] }`,
      );
    const big = await ruled(['9007199254740993', '9007199254740993']);
    const huge = await ruled(['1', `1${'0'.repeat(40)}`]);
    expect([...outcome(big, 'sum'), ...outcome(big, 'max')]).toEqual([
      'passed: 18014398509481986',
      'passed: 9007199254740993',
    ]);
    expect(outcome(huge, 'max')).toEqual(['passed: 1e+40']);
  });

  test('of a missing column or of text is not checked', async () => {
    const ruled = contract(column(rule('mean', 'mustBe: 1')));
    folder.put('t.jsonl', '{"v":"a"}\n');
    folder.put('m.csv', 'w\n1\n');
    const reports = [await folder.check('t.jsonl', ruled), await folder.check('m.csv', ruled)];
    expect(reports.flatMap((report) => outcome(report, 'mean'))).toEqual([
      expect.stringMatching(/^not_checked: the file’s type is VARCHAR/),
      expect.stringMatching(/^not_checked: the column "v" is missing/),
    ]);
  });
});

describe('repeated rows', () => {
  const ask = (value: string): ContractParts => ({ custom: `- { property: trainyardDuplicateRows, value: ${value} }` });
  const AB = '- name: a\n- name: b';

  test.each([
    ['none', ['1,x', '1,y'], 'passed: 0 of 2 rows repeat an earlier one'],
    ['two of one', ['1,x', '2,y', '1,x', '1,x'], 'failed: 2 of 4 rows repeat an earlier one'],
    ['nulls alike', ['1,', '1,'], 'failed: 1 of 2 rows repeat an earlier one'],
    ['no rows', [], 'passed: 0 of 0 rows repeat an earlier one'],
  ])('are counted: %s', async (_, lines, expected) => {
    expect(outcome(await checkLines(['a,b', ...lines], AB, ask('fail')), 'duplicate_rows')).toEqual([expected]);
  });

  test('are shown with their lines, and let pass by a tolerance', async () => {
    const report = await checkLines(['a,b', '1,x', '2,y', '1,x'], AB, ask('{ severity: fail, tolerance: 1 row }'));
    const [rule] = report.rules.filter((one) => one.rule === 'duplicate_rows');
    expect(rule?.status).toBe('passed');
    expect(rule?.examples.map(({ line }) => line)).toEqual([2, 4]);
  });
});

describe('rows of another dataset', () => {
  const AB = '- { name: a, logicalType: integer }\n- name: b';
  const apart = (more = ''): ContractParts => ({
    custom: `- { property: trainyardOverlap, value: { with: training${more} } }`,
  });

  test.each([
    ['no row', 'a,b\n1,x\n2,y\n', 'passed: none'],
    ['a row in both', 'a,b\n3,z\n1,q\n', 'failed: 1 of 2 rows also there'],
    ['a null is equal to a null', 'a,b\n4,\n', 'failed: 1 of 1 row also there'],
    ['a row of nulls is none', 'a,b\n,\n', 'passed: none'],
  ])('are found: %s', async (_, text, expected) => {
    folder.put('test.csv', text);
    folder.put('training.csv', 'b,a\nz,3\n,4\n,\nx,2\n');
    const others = [{ name: 'training', data: 'training.csv' }];
    const report = await folder.check('test.csv', contract(AB, apart()), { others });
    expect(outcome(report, 'train_test_overlap')).toEqual([expected]);
  });

  test('are found by some columns, with their lines, and where the caller asks for it', async () => {
    folder.put('test.csv', 'a,b\n1,x\n3,y\n');
    folder.put('training.csv', 'a,b\n3,z\n1,x\n');
    const others = [{ name: 'training', data: 'training.csv' }];
    const some = await folder.check('test.csv', contract(AB, apart(', columns: [a]')), { others });
    const asked = await folder.check('test.csv', contract(AB), {
      apartFrom: [{ name: 'training.csv', data: 'training.csv' }],
    });
    expect(outcome(some, 'train_test_overlap')).toEqual(['failed: 2 of 2 rows also there']);
    expect(asked.rules.filter(({ rule }) => rule === 'train_test_overlap')).toMatchObject([
      { status: 'failed', count: 1, examples: [{ line: 2 }] },
    ]);
  });

  test('text and typed files compare by value, and text that is no number is no null', async () => {
    folder.put('test.jsonl', '{"a":1,"b":"x"}\n{"a":null,"b":"y"}\n');
    folder.put('training.csv', 'a,b\n01,x\nmany,y\n');
    const others = [{ name: 'training', data: 'training.csv' }];
    const report = await folder.check('test.jsonl', contract(AB, apart()), { others });
    expect(outcome(report, 'train_test_overlap')).toEqual(['failed: 1 of 2 rows also there']);
  });

  test('without the other data are not checked', async () => {
    const report = await checkLines(['a,b', '1,x'], AB, apart());
    expect(report.status).toBe('not_checked');
  });
});

import { rmSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { DataReport } from '../../../core/data/report/data-report.ts';
import { type ContractParts, contract } from '../../core/data/contract-samples.ts';
import { dataFolder } from './checking.ts';

const folder = dataFolder();
afterAll(() => rmSync(folder.directory, { recursive: true, force: true }));

function outcome(report: DataReport, rule: string): string[] {
  return report.rules
    .filter((one) => one.rule === rule)
    .map(({ columns, status, severity, found }) => `${columns.join()} ${severity} ${status}: ${found}`);
}

/** Checks a table of 200 rows whose columns are functions of the row's number. */
function checkColumns(columns: Record<string, (i: number) => unknown>, text: string, parts: ContractParts = {}) {
  const rows = Array.from({ length: 200 }, (_, i) =>
    Object.values(columns)
      .map((value) => value(i))
      .join(','),
  );
  folder.put('table.csv', `${Object.keys(columns).join(',')}\n${rows.join('\n')}\n`);
  return folder.check('table.csv', contract(text, parts));
}

const late = (i: number): string => (i % 7 === 0 ? 'late' : 'ok');
const label = (more = 'true'): string =>
  `- { name: y, customProperties: [{ property: trainyardLabel, value: ${more} }] }\n- { name: x }`;

describe('a label', () => {
  test.each([
    ['it equals the label', late, 'x warn failed: equals the label in every row'],
    ['each of its values goes with one label', (i: number) => `${late(i)}${i % 3}`, 'x warn failed: its value tells'],
    ['it has nothing to do with it', (i: number) => (i * 37) % 11, 'y warn passed: no column does'],
    ['each value occurs once', (i: number) => i, 'y warn passed: no column does'],
  ])('is given away by a column, or not: %s', async (_, x, expected) => {
    const report = await checkColumns({ y: late, x }, label());
    expect(outcome(report, 'label_leakage')).toEqual([expect.stringContaining(expected)]);
  });

  test('is given away by a number in another unit, also in a file without types', async () => {
    const y = (i: number): number => (i * 37) % 101;
    const report = await checkColumns({ y, x: (i) => y(i) * 60 + 3 }, label('{ leakage: fail, balance: off }'));
    expect(outcome(report, 'label_leakage')).toEqual(['x fail failed: is the label in another unit (correlation 1)']);
    expect(report.status).toBe('failed');
  });

  test('is not given away by what is no feature', async () => {
    const report = await checkColumns({ y: late, x: late }, label('{ leakage: fail, ignore: [x] }'));
    expect(outcome(report, 'label_leakage')).toEqual(['y fail passed: no column does']);
  });

  test('of few rows is not checked', async () => {
    folder.put('few.csv', 'y,x\na,a\nb,b\n');
    const report = await folder.check('few.csv', contract(label('{ leakage: fail }')));
    expect(report.status).toBe('not_checked');
  });

  test.each([
    ['every class is frequent', late, {}, 'passed: none of 2 classes too rare: "ok" 85.5 %, "late" 14.5 %'],
    ['a class is rare', (i: number) => (i === 0 ? 'a' : 'b'), {}, 'failed: 1 of 2 classes too rare'],
    ['there is one class', () => 'a', {}, 'failed: there is one class only'],
    ['there is none', () => '', {}, 'not_checked: the label has no values'],
    ['there are as many as rows', (i: number) => i, {}, 'failed: 200 of 200 classes too rare'],
  ])('is balanced, or not: %s', async (_, y, __, expected) => {
    const report = await checkColumns({ y, x: (i) => i % 5 }, label('{ balance: fail }'));
    expect(outcome(report, 'class_balance')).toEqual([expect.stringContaining(expected)]);
  });

  test('that is personal is not shown', async () => {
    const report = await checkColumns(
      { y: (i) => (i % 2 === 0 ? 'secretly' : 'openly'), x: (i) => i % 5 },
      '- { name: y, customProperties: [{ property: trainyardLabel, value: true }, { property: trainyardPersonal, value: true }] }\n- { name: x }',
    );
    expect(JSON.stringify(report)).not.toMatch(/secretly|openly/);
  });
});

describe('columns that tell nothing', () => {
  test('are warned of where nobody asked, and fail where the contract says so', async () => {
    const columns = { a: () => 'x', b: () => '', c: (i: number) => i % 3 };
    const plain = await checkColumns(columns, '- name: a\n- name: b\n- name: c');
    const asked = await checkColumns(columns, '- name: a\n- name: b\n- name: c', {
      custom: '- { property: trainyardConstant, value: fail }',
    });
    expect([plain.status, asked.status]).toEqual(['passed', 'failed']);
    expect(outcome(asked, 'empty_column')).toEqual(['b fail failed: all 200 rows are null']);
    expect(outcome(asked, 'constant_column')).toEqual([
      'a fail failed: all 200 rows hold "x"',
      'c fail passed: they differ',
    ]);
  });

  test('are left alone where the contract says so, for the table or for a column', async () => {
    const columns = { a: () => 'x', b: () => 'y' };
    const off = '{ property: trainyardConstant, value: off }';
    const table = await checkColumns(columns, '- name: a\n- name: b', { custom: `- ${off}` });
    const column = await checkColumns(columns, `- { name: a, customProperties: [${off}] }\n- name: b`);
    expect(outcome(table, 'constant_column')).toEqual([]);
    expect(outcome(column, 'constant_column')).toEqual(['b warn failed: all 200 rows hold "y"']);
  });
});

describe('outliers', () => {
  const odd = (i: number): number => (i === 7 ? 1_000_000 : i % 13);
  const v = (more: string): string => `- { name: v, logicalType: number${more} }`;

  test('are warned of with their line where the contract states no bounds', async () => {
    const report = await checkColumns({ v: odd }, v(''));
    const [rule] = report.rules.filter((one) => one.rule === 'outliers');
    expect(rule).toMatchObject({
      status: 'failed',
      severity: 'warn',
      count: 1,
      examples: [{ line: 9, value: '1000000' }],
    });
    expect(report.status).toBe('passed');
  });

  test.each([
    ['there are bounds', v(', logicalTypeOptions: { minimum: 0, maximum: 9999999 }')],
    ['they are switched off', v(', customProperties: [{ property: trainyardOutliers, value: off }]')],
    ['the column is a key', v(', unique: true')],
  ])('are not looked for where %s', async (_, text) => {
    expect(outcome(await checkColumns({ v: odd }, text), 'outliers')).toEqual([]);
  });

  test('fail where the contract says so, and up to a tolerance pass', async () => {
    const ask = (value: string): string => v(`, customProperties: [{ property: trainyardOutliers, value: ${value} }]`);
    const fail = await checkColumns({ v: odd }, ask('fail'));
    const some = await checkColumns({ v: odd }, ask('{ severity: fail, tolerance: 1 row }'));
    const none = await checkColumns({ v: (i) => i % 13 }, ask('fail'));
    expect([fail.status, some.status, none.status]).toEqual(['failed', 'passed', 'passed']);
    expect(outcome(none, 'outliers')).toEqual(['v fail passed: none beyond']);
    const text = await checkColumns({ v: () => '' }, ask('fail'));
    expect(outcome(text, 'outliers')).toEqual(['v fail not_checked: the column holds no numbers']);
    const flat = await checkColumns({ v: (i) => (i < 120 ? 0 : i) }, ask('fail'));
    expect(outcome(flat, 'outliers')).toEqual([expect.stringMatching(/^v fail not_checked: .*no spread/)]);
  });
});

test('a column that looks personal is a warning until the contract marks it, and shows no value', async () => {
  const columns = { mail: (i: number) => `person${i}@example.org`, n: (i: number) => i };
  const plain = await checkColumns(columns, '- name: mail\n- name: n');
  const marked = await checkColumns(
    columns,
    '- { name: mail, customProperties: [{ property: trainyardPersonal, value: true }] }\n- name: n',
  );
  const strict = await checkColumns(columns, '- name: mail\n- name: n', {
    custom: '- { property: trainyardPersonalHints, value: fail }',
  });
  expect(outcome(plain, 'personal_data')).toEqual([
    'mail warn failed: looks like email: its values are masked in this report',
  ]);
  expect(outcome(marked, 'personal_data')).toEqual([]);
  expect([plain.status, strict.status]).toEqual(['passed', 'failed']);
  expect(JSON.stringify([plain, strict])).not.toContain('person7@');
});

test('no rule shows values of personal data, whatever else it shows of a row', async () => {
  const secret = (i: number): string => `person${i % 3}@example.org`;
  const columns = { n: () => 1, mail: secret, phone: () => '9007199254740', y: (i: number) => i % 2 };
  const phone =
    '- { name: phone, logicalType: integer, quality: [{ type: custom, engine: trainyard, implementation: { aggregate: max, mustBe: 0 } }], customProperties: [{ property: trainyardPersonal, value: true }] }';
  folder.put('other.csv', 'n,mail,phone,y\n1,person0@example.org,9007199254740,0\n');
  const rows = Array.from({ length: 40 }, (_, i) =>
    Object.values(columns)
      .map((value) => value(i))
      .join(','),
  );
  folder.put('people.csv', `n,mail,phone,y\n${rows.join('\n')}\n`);
  const custom = '- { property: trainyardDuplicateRows, value: fail }';
  const report = await folder.check(
    'people.csv',
    contract(`- name: n\n- name: mail\n${phone}\n- name: y`, { custom }),
    {
      apartFrom: [{ name: 'other', data: 'other.csv' }],
    },
  );
  expect(report.rules.filter(({ status }) => status === 'failed').map(({ rule }) => rule)).toEqual(
    expect.arrayContaining(['duplicate_rows', 'train_test_overlap', 'max']),
  );
  expect(JSON.stringify(report)).not.toMatch(/person\d@|9007199254740/);
});

describe('columns', () => {
  const AB = '- name: a\n- name: b';
  const ask = (property: string, value: string): ContractParts => ({
    custom: `- { property: ${property}, value: ${value} }`,
  });
  const headed = (header: string, parts: ContractParts) => {
    folder.put('headed.csv', `${header}\n${header.replaceAll(/[^,]+/g, '1')}\n`);
    return folder.check('headed.csv', contract(AB, parts));
  };

  test.each([
    ['by default', {}, 'failed'],
    ['fail', ask('trainyardExtraColumns', 'fail'), 'failed'],
    ['warn', ask('trainyardExtraColumns', 'warn'), 'passed'],
    ['allow', ask('trainyardExtraColumns', 'allow'), 'passed'],
  ])('that the contract does not declare: %s', async (_, parts, status) => {
    expect((await headed('a,b,c', parts)).status).toBe(status);
  });

  test.each([
    ['a,b', 'passed'],
    ['a,x,b', 'passed'],
    ['b,a', 'failed'],
    ['b', 'passed'],
  ])('stand in the order of the contract where it asks for it: %s', async (header, status) => {
    const parts = {
      custom: '- { property: trainyardColumnOrder, value: fail }\n- { property: trainyardExtraColumns, value: allow }',
    };
    const report = await headed(header, parts);
    expect(report.rules.find(({ rule }) => rule === 'column_order')?.status).toBe(status);
  });

  test('in another case are the same to a comparison with the base, too', async () => {
    folder.put('before.csv', 'A,b\n1,1\n');
    folder.put('after.csv', 'a,B\n1,1\n');
    const report = await folder.check('after.csv', contract(AB, ask('trainyardColumnCase', 'ignore')), {
      base: 'before.csv',
    });
    expect([report.status, report.base?.schema]).toEqual(['passed', []]);
  });

  test.each([
    ['A,b', {}, ['column_missing', 'column_undeclared']],
    ['A,b', ask('trainyardColumnCase', 'ignore'), []],
    ['A,a,b', ask('trainyardColumnCase', 'ignore'), ['column_undeclared']],
  ])('are told apart by case unless the contract says otherwise: %s', async (header, parts, failed) => {
    const report = await headed(header, parts);
    expect(report.rules.filter(({ status }) => status === 'failed').map(({ rule }) => rule)).toEqual(failed);
  });
});

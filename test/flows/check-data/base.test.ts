import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { parseContract } from '../../../core/data/contract.ts';
import type { DataContract } from '../../../core/data/contract-model.ts';
import type { DataReport } from '../../../core/data/report/data-report.ts';
import { CONTRACT_FILE, contract, contractText } from '../../core/data/contract-samples.ts';
import { randomFrom } from '../../core/data/drift/digits.ts';
import { dataFolder } from './checking.ts';

const { check, put, directory } = dataFolder();
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const KEYED = contract(`
- name: id
  logicalType: integer
  primaryKey: true
- name: delay
  logicalType: integer
- name: carrier
  logicalType: string
`);

function flights(rows: number, row: (index: number) => string): string {
  return `id,delay,carrier\n${Array.from({ length: rows }, (_, index) => row(index)).join('\n')}\n`;
}

test('data is compared with the base: rows by key, columns and distributions', async () => {
  const random = randomFrom(1);
  const delay = (): number => Math.floor(random() * 60);
  const before = Array.from({ length: 600 }, delay);
  put(
    'base.csv',
    flights(600, (id) => `${id},${before[id]},${['AA', 'DL'][id % 2]}`),
  );
  put(
    'head.csv',
    flights(600, (id) => `${id + 1},${id === 7 ? -5 : (before[id + 1] ?? 3)},${id < 300 ? 'AA' : 'ZZ'}`),
  );
  const { base } = await check('head.csv', KEYED, { base: 'base.csv' });
  expect(base?.rows).toBe(600);
  expect(base?.schema).toEqual([]);
  expect(base?.diff).toMatchObject({ key: ['id'], added: 1, removed: 1, unchanged: 149 });
  expect(base?.diff?.columns).toContainEqual({ column: 'delay', changed: 1 });
  expect(base?.drift).toMatchObject([
    { column: 'delay', test: 'ks', drifted: false },
    { column: 'carrier', test: 'chi_squared', drifted: true, newCategories: ['ZZ'], lostCategories: ['DL'] },
  ]);
});

/** `rule columns severity status line` of what a comparison with the base decided. */
function decided(report: DataReport): string[] {
  const rules = report.rules.filter(({ rule }) => ['drift', 'null_drift', 'schema_change', 'base'].includes(rule));
  return rules.map(
    ({ rule, columns, severity, status, contractLine }) =>
      `${rule} ${columns.join()} ${severity} ${status} ${contractLine}`,
  );
}

function keyedWith(table: string, delay = '', carrier = ''): DataContract {
  const custom = (items: string, indent: string): string =>
    items === '' ? '' : `\n${indent}customProperties:\n${indent}  - ${items}`;
  const text = contractText(`- name: id
  logicalType: integer
  primaryKey: true
- name: delay
  logicalType: integer${custom(delay, '  ')}
- name: carrier
  logicalType: string${custom(carrier, '  ')}`);
  const parsed = parseContract(`${text.trimEnd()}${custom(table, '    ')}\n`, { file: CONTRACT_FILE });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.contract;
}

put(
  'aa.csv',
  flights(400, (id) => `${id},${id % 60},AA`),
);
put(
  'zz.csv',
  flights(400, (id) => `${id},${id % 60},${id < 200 ? 'AA' : 'ZZ'}`),
);

const DRIFT = 'property: trainyardDrift, value';

test.each([
  ['nothing', '', '', 'warn failed 14', 'passed'],
  ['that it fails', '', `{ ${DRIFT}: fail }`, 'fail failed 17', 'failed'],
  ['it for all columns', `{ ${DRIFT}: fail }`, '', 'fail failed 17', 'failed'],
  ['that a column only warns', `{ ${DRIFT}: fail }`, `{ ${DRIFT}: warn }`, 'warn failed 17', 'passed'],
  [
    'how much matters',
    '',
    `{ ${DRIFT}: { severity: fail, test: jensen_shannon, smallestEffect: 0.9 } }`,
    'fail passed 17',
    'passed',
  ],
])('of drift a contract that says %s decides so', async (_what, table, carrier, verdict, status) => {
  const report = await check('zz.csv', keyedWith(table, '', carrier), { base: 'aa.csv' });
  expect(decided(report)).toContainEqual(`drift carrier ${verdict}`);
  expect(report.status).toBe(status);
});

test('a column for which drift is turned off is not tested, and said not to be', async () => {
  const report = await check('zz.csv', keyedWith('', '', `{ ${DRIFT}: off }`), { base: 'aa.csv' });
  expect(decided(report).filter((one) => one.includes('carrier'))).toEqual([]);
  expect(report.base?.notCompared).toContainEqual(
    expect.objectContaining({ what: 'drift', column: 'carrier', code: 'turned_off' }),
  );
});

test('drift that a person waives is waived', async () => {
  const asked = `{ ${DRIFT}: fail }
    - property: trainyardWaivers
      value: [{ rule: drift, owner: ada, reason: a new carrier, expires: 2026-07-01 }]`;
  const report = await check('zz.csv', keyedWith('', '', asked), { base: 'aa.csv' });
  expect(report.status).toBe('passed');
  expect(report.rules).toContainEqual(
    expect.objectContaining({ rule: 'drift', columns: ['carrier'], status: 'waived' }),
  );
});

test('drift that the contract asks for and that can’t be tested is not checked', async () => {
  const names = (id: number): string => `${id},1,${id}-${'x'.repeat(id % 7)}`;
  put('names.csv', flights(1200, names));
  const asked = await check('names.csv', keyedWith('', '', `{ ${DRIFT}: fail }`), { base: 'names.csv' });
  expect(decided(asked)).toContainEqual('drift carrier fail not_checked 17');
  expect(asked.status).toBe('not_checked');
  const unasked = await check('names.csv', keyedWith(''), { base: 'names.csv' });
  expect(unasked.status).toBe('passed');
  expect(unasked.base?.notCompared).toContainEqual(
    expect.objectContaining({ column: 'carrier', code: 'too_many_categories' }),
  );
});

test('a column that is gone breaks the models that read it, and a new one none', async () => {
  put('gate.csv', `id,gate\n${Array.from({ length: 50 }, (_, id) => `${id},B`).join('\n')}\n`);
  put('none.csv', `id\n${Array.from({ length: 50 }, (_, id) => id).join('\n')}\n`);
  const asked = contract(
    '- { name: id, logicalType: integer, primaryKey: true }\n- { name: gate, logicalType: string }',
  );
  const gone = await check('none.csv', asked, { base: 'gate.csv', models: ['flight-delay'] });
  expect(decided(gone)).toContainEqual('schema_change gate fail failed 10');
  expect(gone.base?.schema).toMatchObject([{ kind: 'column_removed', column: 'gate', breaks: ['flight-delay'] }]);
  const unread = await check('none.csv', asked, { base: 'gate.csv', models: [] });
  expect(decided(unread)).toContainEqual('schema_change gate fail passed 10');
  const added = await check('gate.csv', asked, { base: 'none.csv' });
  expect(decided(added)).toContainEqual('schema_change  fail passed null');
});

test.each([
  ['that is not there', 'nowhere.csv', 'base_missing'],
  ['that can’t be read', 'broken.csv', 'base_unreadable'],
  ['of no known format', 'base.docx', 'base_unreadable'],
])('a base %s is not compared and never passes, and the head is checked all the same', async (_what, base, code) => {
  put('broken.csv', 'id,delay,carrier\n1,2,"AA\n3,"4"5,AA\n');
  put('base.docx', 'PK');
  put(
    'wrong.csv',
    flights(3, (id) => `${id},x,AA`),
  );
  const report = await check('aa.csv', keyedWith(''), { base });
  expect(report.status).toBe('not_checked');
  expect(report.base).toMatchObject({ rows: null, diff: null, notCompared: [{ what: 'all', code }] });
  expect(decided(report)).toEqual(['base  fail not_checked null']);
  expect((await check('wrong.csv', keyedWith(''), { base })).status).toBe('failed');
});

test('examples of changed rows say their lines on both sides, past quoted line ends', async () => {
  put('lines-base.csv', 'id,delay,carrier\n1,1,"A\nA"\n2,2,BB\n3,3,CC\n');
  put('lines-head.csv', 'id,delay,carrier\r\n0,0,"Z\r\nZ"\r\n1,1,"A\nA"\r\n2,5,BB\r\n');
  const { base } = await check('lines-head.csv', keyedWith(''), { base: 'lines-base.csv' });
  expect(base?.diff).toMatchObject({ added: 1, removed: 1, changed: 1, unchanged: 1 });
  expect(base?.diff?.examples).toEqual([
    {
      ...{ kind: 'changed', key: ['2'], line: 6, baseLine: 4, file: null },
      cells: [{ column: 'delay', base: '2', head: '5' }],
    },
    { kind: 'added', key: ['0'], line: 2, baseLine: null, file: null, cells: [] },
    { kind: 'removed', key: ['3'], line: 5, baseLine: null, file: null, cells: [] },
  ]);
});

test('rows of several files name theirs, and rows of JSON Lines say their lines', async () => {
  put('many/a.jsonl', '{"id":1,"delay":1,"carrier":"AA"}\n\n{"id":2,"delay":1,"carrier":"AA"}\n');
  put('many/b.jsonl', '{"id":3,"delay":7,"carrier":"AA"}\n');
  put(
    'single.jsonl',
    '{"id":1,"delay":1,"carrier":"AA"}\n{"id":2,"delay":1,"carrier":"AA"}\n{"id":3,"delay":1,"carrier":"AA"}\n',
  );
  const { base } = await check('many', keyedWith(''), { base: 'single.jsonl' });
  expect(base?.diff?.examples).toMatchObject([
    {
      kind: 'changed',
      key: ['3'],
      file: 'many/b.jsonl',
      line: 1,
      baseLine: 3,
      cells: [{ column: 'delay', base: '1', head: '7' }],
    },
  ]);
});

test('rows whose key occurs twice are left out and counted; where all are, that is the reason', async () => {
  put('twice.csv', 'id,delay,carrier\n1,2,AA\n1,3,AA\n2,3,AA\n');
  put('once.csv', 'id,delay,carrier\n1,2,AA\n2,2,AA\n');
  const { base } = await check('twice.csv', KEYED, { base: 'once.csv' });
  expect(base?.diff).toMatchObject({ changed: 1, leftOut: { repeatedKey: { head: 2, base: 1 } } });
  put(
    'all.csv',
    flights(5, () => '1,2,AA'),
  );
  const all = await check('all.csv', KEYED, { base: 'once.csv' });
  expect(all.base?.diff).toBeNull();
  expect(all.base?.notCompared).toContainEqual(expect.objectContaining({ what: 'rows', code: 'repeated_key' }));
});

test('numbers with too many values to count are compared in cells', async () => {
  const column = contract('- name: x\n  logicalType: number');
  const random = randomFrom(2);
  const many = (shift: number): string =>
    `x\n${Array.from({ length: 510_000 }, () => (random() * random() * 1e6 + shift).toFixed(6)).join('\n')}\n`;
  put('many-base.csv', many(0));
  put('many-head.csv', many(40_000));
  const { base, approximate } = await check('many-head.csv', column, { base: 'many-base.csv' });
  expect(approximate).toContainEqual(
    expect.stringMatching(/^drift of x: compared in cells, which may understate it by 0?\.?\d/),
  );
  expect(base?.drift).toMatchObject([
    { column: 'x', test: 'ks', drifted: true, sizes: { head: 510_000, base: 510_000 } },
  ]);
  expect(base?.drift[0]?.statistic).toBeGreaterThan(0.1);
});

test('what looks like personal data is masked wherever it would be shown, declared or not', async () => {
  const mails = contract('- name: contact\n  logicalType: string\n  unique: true');
  put('mails.csv', `contact\n${'ada@example.org\n'.repeat(3)}ben@example.org\n`);
  const report = await check('mails.csv', mails, { base: 'mails.csv' });
  expect(report).toMatchObject({ status: 'failed', columns: [{ pii: 'email' }] });
  expect(JSON.stringify(report)).not.toContain('ada@');
});

test('a base of mixed line ends is compared as the head is read: who mends them could not pass otherwise', async () => {
  put('mixed-ends.csv', 'id,delay,carrier\r\n0,1,"A\r\nA"\n1,2,DL\r\n2,3,"D\nL"\n');
  put('one-end.csv', 'id,delay,carrier\n0,1,"A\r\nA"\n1,9,DL\n2,3,"D\nL"\n');
  const { status, base } = await check('one-end.csv', KEYED, { base: 'mixed-ends.csv' });
  expect([status, base?.notCompared.filter(({ what }) => what !== 'drift')]).toEqual(['passed', []]);
  expect(base?.diff).toMatchObject({ added: 0, removed: 0, changed: 1, unchanged: 2 });
  expect(base?.diff?.examples).toMatchObject([{ kind: 'changed', key: ['1'], line: 4, baseLine: 4 }]);
});

test('other datasets of mixed line ends are read', async () => {
  put('mixed-others.csv', 'id\r\n1\n2\r\n');
  put('referring.csv', 'id\n1\n3\n');
  const referring = contract('- { name: id, logicalType: integer, relationships: [{ to: others.id }] }');
  const { rules } = await check('referring.csv', referring, { others: [{ name: 'others', data: 'mixed-others.csv' }] });
  expect(rules.filter(({ rule }) => rule === 'foreign_key')).toMatchObject([{ status: 'failed', count: 1 }]);
});

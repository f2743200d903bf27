import { rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { contract } from '../../core/data/contract-samples.ts';
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
    { column: 'id', test: 'ks', drifted: false },
    { column: 'delay', test: 'ks', drifted: false },
    { column: 'carrier', test: 'chi_squared', drifted: true, newCategories: ['ZZ'], lostCategories: ['DL'] },
  ]);
});

test('a key that occurs twice gives no difference of rows, and a missing column is breaking', async () => {
  put(
    'twice.csv',
    flights(50, () => '1,2,AA'),
  );
  put('other.csv', `id,gate\n${Array.from({ length: 50 }, (_, id) => `${id},B`).join('\n')}\n`);
  const { base } = await check('twice.csv', KEYED, { base: 'other.csv' });
  expect(base?.diff).toBeNull();
  expect(base?.schema).toContainEqual(
    expect.objectContaining({ kind: 'column_removed', column: 'gate', compatible: false }),
  );
  expect(base?.schema).toContainEqual(
    expect.objectContaining({ kind: 'column_added', column: 'delay', compatible: true }),
  );
});

test('numbers with too many values to count are compared in cells', async () => {
  const column = contract('- name: x\n  logicalType: number');
  const random = randomFrom(2);
  const many = (shift: number): string =>
    `x\n${Array.from({ length: 510_000 }, () => (random() * random() * 1e6 + shift).toFixed(6)).join('\n')}\n`;
  put('many-base.csv', many(0));
  put('many-head.csv', many(40_000));
  const { base } = await check('many-head.csv', column, { base: 'many-base.csv' });
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

test('a foreign key and freshness, which no query measures yet, are not checked and never pass', async () => {
  put('one.csv', 'id,delay,carrier\n1,2,AA\n');
  const asked = {
    ...KEYED,
    foreignKeys: [{ columns: ['carrier'], to: { object: 'carriers', columns: ['code'] }, line: 3 }],
    freshness: [{ column: 'id', seconds: 60, line: 4 }],
  };
  const report = await check('one.csv', asked);
  expect(report.status).toBe('not_checked');
  const open = report.rules.filter(({ status }) => status === 'not_checked');
  expect(open.map(({ contractLine }) => contractLine)).toEqual([3, 4]);
});

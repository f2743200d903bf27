import { expect, test } from 'vitest';
import { rulesQuery } from '../../../../core/data/checks/scan.ts';
import { sketchQuery } from '../../../../core/data/checks/scan-profile.ts';
import { partsOf, sideBySide } from '../../../../core/data/checks/side-by-side.ts';
import type { TableColumn } from '../../../../core/data/checks/table.ts';
import { contract } from '../contract-samples.ts';

const column = (at: number): TableColumn => ({ name: `x${at}`, sql: `c${at}`, type: 'VARCHAR', typed: false });
const columns = Array.from({ length: 40 }, (_, at) => column(at));

test('parts hold all columns in their order', () => {
  expect(partsOf(columns).flat()).toEqual(columns);
  expect(partsOf(columns).map(({ length }) => length)).toEqual([16, 16, 8]);
  expect(partsOf([])).toEqual([]);
});

test('one select is itself, and several are one query', () => {
  expect(sideBySide(['SELECT 1'])).toBe('SELECT 1');
  expect(sideBySide(['SELECT 1', 'SELECT 2'])).toBe('SELECT * FROM (SELECT 1), (SELECT 2)');
});

test('columns are sketched in parts, and judged in parts where they have rules', () => {
  const relations = (query: string | null): number => query?.split(' FROM t').length ?? 0;
  expect(
    relations(
      sketchQuery(
        't',
        columns.map((table) => ({ table, type: 'string' })),
      ),
    ),
  ).toBe(4);
  const declared = contract('- { name: x39, logicalType: integer }').columns[0] ?? null;
  const ruled = (one: TableColumn) => ({ table: one, column: one.name === 'x39' ? declared : null });
  expect(relations(rulesQuery('t', columns.map(ruled)))).toBe(2);
  expect(rulesQuery('t', columns.slice(0, 39).map(ruled))).toBeNull();
});

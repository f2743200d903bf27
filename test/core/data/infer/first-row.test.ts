import { expect, test } from 'vitest';
import { looksLikeRow } from '../../../../core/data/infer/first-row.ts';
import type { ColumnProfile } from '../../../../core/data/report/profile.ts';
import { numbers, texts } from '../../reports/data/samples.ts';

function column(type: ColumnProfile['type'], name: string, more: Partial<ColumnProfile> = {}): ColumnProfile {
  return { ...(type === 'string' ? texts : numbers), format: null, pii: null, ...more, type, name };
}

const few = (name: string, values: readonly string[]) =>
  column('string', name, { distinct: values.length, top: values.map((value) => ({ value, count: 9 })) });

test.each<[what: string, isRow: boolean, columns: readonly ColumnProfile[]]>([
  ['names', false, [column('integer', 'id'), column('string', 'name')]],
  ['measures of a flower', true, [column('number', '5.1'), column('number', '3.5'), few('setosa', ['setosa', 'x'])]],
  ['whole numbers', true, [column('integer', '39'), column('integer', '77516'), column('integer', '13')]],
  ['a fraction among whole numbers', true, [column('integer', '34.5'), column('string', 'x')]],
  ['one number, and a value of few', true, [column('integer', '7'), few('yes', ['yes', 'no'])]],
  ['one number, and a text of many', false, [column('integer', '7'), column('string', 'x', { distinct: null })]],
  ['a date', true, [column('date', '2024-01-05'), column('string', 'x')]],
  ['an address among text', true, [column('string', 'a@example.org', { format: 'email' }), column('string', 'x')]],
  ['an address that is masked', true, [column('string', 'a@example.org', { pii: 'email' })]],
  ['a word above addresses', false, [column('string', 'mail', { format: 'email' })]],
  ['text that is among the values', false, [few('yes', ['yes', 'no']), few('red', ['red', 'blue'])]],
  ['years', false, [column('string', 'country'), column('integer', '2018'), column('integer', '2021')]],
  ['years that fall', false, [column('integer', '2021'), column('integer', '2020'), column('integer', '2019')]],
  ['places', false, [column('number', '0'), column('number', '1')]],
  ['wavelengths', false, ['400.0', '402.7', '405.1', '409.9'].map((name) => column('number', name))],
  ['quantiles', false, ['0.05', '0.5', '0.95'].map((name) => column('number', name))],
  ['days above counts', false, ['2024-01-05', '2024-01-06'].map((name) => column('integer', name))],
  ['a name too few', false, [column('number', ''), column('number', '5.1')]],
  ['nothing', false, []],
])('a first line of %s', (_, isRow, columns) => {
  expect(looksLikeRow(columns)).toBe(isRow);
});

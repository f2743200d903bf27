import { expect, test } from 'vitest';
import type { TableColumn } from '../../../../core/data/checks/table.ts';
import { readCounts } from '../../../../core/data/checks/value-counts.ts';

const COLUMN: TableColumn = { name: 'a', sql: 'c0', type: 'VARCHAR', typed: false };

test('values of all rows of the result are counted, nulls apart, and what is written alike is added up', () => {
  const rows = [
    [
      ['x', null],
      [2, 3],
    ],
    [
      ['y', 'x'],
      [5, 7],
    ],
  ];
  const read = readCounts(COLUMN, rows, 4);
  expect([read?.nulls, [...(read?.counts ?? [])]]).toEqual([
    3,
    [
      ['x', 9],
      ['y', 5],
    ],
  ]);
});

test('more values than may be counted are none', () => {
  expect(
    readCounts(
      COLUMN,
      [
        [
          ['x', 'y'],
          [1, 1],
        ],
      ],
      1,
    ),
  ).toBeNull();
});

test.each([
  ['fewer counts than values', [['x', 'y'], [1]]],
  ['values that are no text', [[1], [1]]],
  ['counts that are no numbers', [['x'], ['1']]],
  ['no lists', ['x', 1]],
  ['nothing', []],
])('a result that holds %s is refused', (_, row) => {
  expect(() => readCounts(COLUMN, [row], 10)).toThrow(TypeError);
});

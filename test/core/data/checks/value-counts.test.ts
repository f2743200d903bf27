import { describe, expect, test } from 'vitest';
import type { TableColumn } from '../../../../core/data/checks/table.ts';
import { readCounts, readLists, readsInLists } from '../../../../core/data/checks/value-counts.ts';

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
  const read = readCounts({ ...COLUMN, type: 'DOUBLE' }, rows, 4);
  expect([read?.nulls, [...(read?.counts ?? [])]]).toEqual([
    3,
    [
      ['x', 9],
      ['y', 5],
    ],
  ]);
});

test('texts, which differ where their values do, are counted as they came', () => {
  const read = readCounts(
    COLUMN,
    [
      [
        ['y', null],
        [2, 3],
      ],
      [['x'], [5]],
    ],
    4,
  );
  const counts = read?.counts ?? new Map();
  expect(read?.nulls).toBe(3);
  expect(counts.size).toBe(2);
  const entries = [
    ['y', 2],
    ['x', 5],
  ];
  expect([...counts]).toEqual(entries);
  expect([[...counts.keys()], [...counts.values()]]).toEqual([
    ['y', 'x'],
    [2, 5],
  ]);
  const each: unknown[] = [];
  counts.forEach((rows, value) => void each.push([value, rows]));
  expect(each).toEqual(entries);
  expect([counts.get('x'), counts.get('z'), counts.has('y'), counts.has('z')]).toEqual([5, undefined, true, false]);
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

describe('all values of several columns at once', () => {
  const read = (values: unknown) => readLists([COLUMN], [[values]])[0];

  test('are counted, nulls apart', () => {
    const counted = read(['x', null, 'y', 'x', null]);
    expect([counted?.nulls, [...(counted?.counts ?? [])]]).toEqual([
      2,
      [
        ['x', 2],
        ['y', 1],
      ],
    ]);
  });

  test.each([
    ['no list', 'x'],
    ['nothing', undefined],
    ['numbers', [1]],
    ['lists', [['x']]],
  ])('that hold %s are refused', (_, values) => {
    expect(() => read(values)).toThrow(TypeError);
  });

  test.each([
    ['INTERVAL', false],
    ['DOUBLE[]', false],
    ['TIMESTAMP WITH TIME ZONE', false],
    ['TIME WITH TIME ZONE', false],
    ['STRUCT(a DOUBLE)', false],
    ['VARCHAR', true],
    ['DECIMAL(38,2)', true],
    ['DOUBLE', true],
  ])('are asked for only where equal ones are written alike: %s', (type, expected) => {
    expect(readsInLists({ ...COLUMN, type })).toBe(expected);
  });
});

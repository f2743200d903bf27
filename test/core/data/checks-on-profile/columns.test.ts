import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  classBalance,
  outliers,
  outlierWarning,
  uselessColumns,
} from '../../../../core/data/checks-on-profile/columns.ts';
import { countNumbers } from '../../../../core/data/drift/number-counts.ts';
import type { ColumnProfile } from '../../../../core/data/report/profile.ts';
import { normalFrom, randomFrom } from '../drift/digits.ts';

function profile(counts: Record<string, number>, nulls = 0, more: Partial<ColumnProfile> = {}): ColumnProfile {
  const top = Object.entries(counts).map(([value, count]) => ({ value, count }));
  const rows = nulls + top.reduce((sum, { count }) => sum + count, 0);
  const none = { min: null, max: null, mean: null, sd: null, histogram: null, minLength: null, maxLength: null };
  return {
    ...{ name: 'y', type: 'string', physicalType: null, rows, nulls, distinct: top.length, distinctEstimate: null },
    ...{ ...none, quantiles: [], top, format: null, pii: null },
    ...more,
  };
}

test.each([
  ['only nulls', profile({}, 5), ['empty_column']],
  ['one value in all rows', profile({ a: 5 }), ['constant_column']],
  ['one value and nulls, which may mean something', profile({ a: 5 }, 1), []],
  ['two values', profile({ a: 5, b: 1 }), []],
  ['one row', profile({ a: 1 }), []],
  ['no row', profile({}), []],
])('a column of %s', (_what, column, rules) => {
  expect(uselessColumns([column]).map(({ rule, severity }) => [rule, severity])).toEqual(
    rules.map((rule) => [rule, 'warn']),
  );
});

test.each([
  ['even classes', profile({ a: 50, b: 50 }), 'passed', 'none of 2 classes too rare: "a" 50 %, "b" 50 %'],
  ['a class of few rows', profile({ a: 95, b: 5 }), 'failed', '1 of 2 classes too rare: "a" 95 %, "b" 5 %'],
  ['a class of a small share', profile({ a: 9950, b: 50 }), 'failed', '1 of 2 classes too rare: "a" 99.5 %, "b" 0.5 %'],
  ['one class', profile({ a: 95 }), 'failed', 'there is one class only'],
  ['no value', profile({}, 9), 'not_checked', 'the label has no values'],
  [
    'uncounted values',
    profile({ a: 9 }, 0, { distinct: null }),
    'not_checked',
    'too many different values to be classes',
  ],
] as const)('a label with %s', (_what, label, status, found) => {
  expect(classBalance(label)).toMatchObject({ status, found });
});

test('a value far out is found on either side, and none in what is merely skewed or normal', () => {
  const random = randomFrom(3);
  const normal = normalFrom(random);
  const values = Array.from({ length: 2000 }, normal);
  expect(outliers(countNumbers(values))?.count).toBe(0);
  expect(outliers(countNumbers(values.map((value) => Math.exp(value / 2))))?.count).toBe(0);
  const found = outlierWarning('delay', countNumbers([...values, 999, -400]));
  expect(found).toMatchObject({ rule: 'outliers', columns: ['delay'], severity: 'warn', count: 2, of: 2002 });
  expect(found?.found).toBe('2 beyond, such as −400 and 999');
});

test.each([
  ['half of the values are one', [...Array.from({ length: 30 }, () => 0), 1, 2, 999]],
  ['there are few', [1, 2, 3, 999]],
  ['there are none', []],
])('nothing is called an outlier where %s', (_what, values) => {
  expect(outliers(countNumbers(values))).toBeNull();
});

test('no numbers crash it, and infinities are far out', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { maxLength: 60 }), (values) => {
      const found = outliers(countNumbers(values));
      if (found !== null) expect(found.count).toBeLessThan(values.length);
    }),
  );
  const many = Array.from({ length: 50 }, (_, index) => index);
  expect(outliers(countNumbers([...many, Infinity]))?.count).toBe(1);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  classBalance,
  judgeOutliers,
  maySpread,
  outliers,
  uselessColumn,
} from '../../../../core/data/checks-on-profile/columns.ts';
import { countNumbers } from '../../../../core/data/drift/number-counts.ts';
import type { ColumnProfile } from '../../../../core/data/report/profile.ts';
import { normalFrom, randomFrom } from '../drift/digits.ts';

const ASKED = { severity: 'warn', tolerance: null, line: 7 } as const;
const UNASKED = { ...ASKED, line: null };
const LIMITS = { leastShare: 0.01, leastRows: 10 };

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
  const failed = uselessColumn(column, ASKED, false).filter(({ status }) => status === 'failed');
  expect(failed.map(({ rule, severity }) => [rule, severity])).toEqual(rules.map((rule) => [rule, 'warn']));
});

test('a few equal rows are no finding where nobody asked, and a hidden value is not shown', () => {
  expect(uselessColumn(profile({ a: 29 }), UNASKED, false)).toEqual([]);
  expect(uselessColumn(profile({ secret: 30 }), UNASKED, true)).toMatchObject([
    { status: 'failed', found: 'all 30 rows hold one and the same value' },
  ]);
});

test.each([
  ['even classes', profile({ a: 50, b: 50 }), 'passed', 'none of 2 classes too rare: "a" 50 %, "b" 50 %'],
  ['a class of few rows', profile({ a: 95, b: 5 }), 'failed', '1 of 2 classes too rare: "a" 95 %, "b" 5 %'],
  ['a class of a small share', profile({ a: 9950, b: 50 }), 'failed', '1 of 2 classes too rare: "a" 99.5 %, "b" 0.5 %'],
  ['one class', profile({ a: 95 }), 'failed', 'there is one class only'],
  ['no value', profile({}, 9), 'not_checked', 'the label has no values'],
] as const)('a label with %s', (_what, label, status, found) => {
  const counts = new Map(label.top.map(({ value, count }) => [value, count]));
  expect(classBalance(label, counts, LIMITS, ASKED, false)).toMatchObject({ status, found });
});

test.each([
  ['were not counted', null],
  ['are more than classes can be', new Map(Array.from({ length: 1001 }, (_, i) => [String(i), 1]))],
])('a label whose values %s is not checked', (_what, counts) => {
  const found = classBalance(profile({ a: 9 }), counts, LIMITS, ASKED, false);
  expect(found).toMatchObject({ status: 'not_checked', found: 'too many different values to be classes' });
});

test('quantiles tell columns without outliers from those that may have some', () => {
  const at = (...values: number[]): ColumnProfile => {
    const ps = [0, 0.25, 0.5, 0.75, 1];
    return profile({}, 0, { quantiles: values.map((value, index) => ({ p: ps[index] ?? 0, value })) });
  };
  expect(
    [at(0, 1, 2, 3, 4), at(0, 1, 2, 3, 400), at(-400, 1, 2, 3, 4), at(0, 2, 2, 2, 4), at()].map(maySpread),
  ).toEqual([false, true, true, true, true]);
});

test('a value far out is found on either side, and none in what is merely skewed or normal', () => {
  const random = randomFrom(3);
  const normal = normalFrom(random);
  const values = Array.from({ length: 2000 }, normal);
  expect(outliers(countNumbers(values))?.count).toBe(0);
  expect(outliers(countNumbers(values.map((value) => Math.exp(value / 2))))?.count).toBe(0);
  const delay = { name: 'delay', sql: 'c0', type: 'DOUBLE', typed: true };
  const about = { setting: ASKED, table: delay, number: 'c0', rows: 2002, hidden: false };
  const [found] = judgeOutliers(about, outliers(countNumbers([...values, 999, -400])));
  expect(found).toMatchObject({ rule: 'outliers', columns: ['delay'], severity: 'warn', count: 2, of: 2002 });
  expect(judgeOutliers({ ...about, hidden: true }, outliers(countNumbers([...values, 999])))[0]?.found).toBe(
    '1 beyond',
  );
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

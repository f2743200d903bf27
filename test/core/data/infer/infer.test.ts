import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContract } from '../../../../core/data/contract.ts';
import type { DataContract } from '../../../../core/data/contract-model.ts';
import { inferContract } from '../../../../core/data/infer/infer.ts';
import { candidateKeys, primaryKeyOf } from '../../../../core/data/infer/keys.ts';
import { missingMarker } from '../../../../core/data/infer/missing.ts';
import { COLUMN_TYPES, type ColumnProfile } from '../../../../core/data/report/profile.ts';
import { numbers, texts } from '../../reports/data/samples.ts';
import { CONTRACT_FILE } from '../contract-samples.ts';

function infer(columns: readonly ColumnProfile[], keys: readonly (readonly string[])[] = []): DataContract {
  const text = inferContract({ dataset: 'flights', path: 'data/flights.csv', rows: 10_000, columns, keys });
  const read = parseContract(text, { file: CONTRACT_FILE });
  if (!read.ok) throw new Error(`${JSON.stringify(read.problems)}\n${text}`);
  return read.contract;
}

const column = (changes: Partial<ColumnProfile>) => infer([{ ...numbers, ...changes }]).columns[0];
const bounds = (changes: Partial<ColumnProfile>) => {
  const options = column(changes)?.options;
  return [options?.minimum?.text ?? null, options?.maximum?.text ?? null];
};
const id = { ...texts, name: 'id', rows: 100, nulls: 0, distinct: 100, top: [] };

describe('ranges have a margin, rounded outwards', () => {
  test.each([
    ['across zero', { min: '-43', max: '1301' }, ['-200', '1500']],
    ['never negative', { min: '3', max: '1301' }, ['0', '1500']],
    ['a share', { min: '0.02', max: '0.99' }, ['0', '1']],
    ['one value', { min: '5', max: '5' }, ['4.5', '5.5']],
    ['an integer', { type: 'integer' as const, min: '1', max: '12' }, ['0', '14']],
    [
      'an integer that doubles cannot hold',
      { type: 'integer' as const, min: '0', max: '9223372036854775807' },
      [null, null],
    ],
    ['infinities', { min: '-inf', max: 'inf' }, [null, null]],
    ['beyond what doubles hold', { min: '-1.7e308', max: '1.7e308' }, [null, null]],
    ['a date', { type: 'date' as const, min: '2013-01-05', max: '2013-12-31' }, ['2012-01-01', '2023-12-31']],
    [
      'a timestamp',
      { type: 'timestamp' as const, min: '2013-01-05 05:00:00', max: '2014-02-01 05:00:00' },
      ['2012-01-01T00:00:00Z', '2024-12-31T23:59:59Z'],
    ],
    ['a date that nobody knows', { type: 'date' as const, min: '2013-01-05', max: '9999-12-31' }, ['2012-01-01', null]],
    ['personal numbers', { pii: 'phone' as const }, [null, null]],
  ])('%s', (_, changes, expected) => {
    expect(bounds(changes)).toEqual(expected);
  });
});

test('a set is inferred from few values that each occur often', () => {
  const rows = texts.top.reduce((sum, { count }) => sum + count, 0);
  const rule = infer([{ ...texts, rows }]).rules[0];
  expect(rule).toMatchObject({ metric: 'invalidValues', validValues: ['AA', 'B6', 'DL', 'EV', 'MQ', 'UA'] });
});

test.each([
  ['too many values', { distinct: 26 }],
  ['values that are not all known', { distinct: 7 }],
  ['values that occur but once', { rows: 12, distinct: 6, top: texts.top.map(({ value }) => ({ value, count: 2 })) }],
  ['personal data', { pii: 'name' as const }],
])('no set is inferred from %s', (_, changes) => {
  expect(infer([{ ...texts, ...changes }]).rules.filter(({ metric }) => metric === 'invalidValues')).toEqual([]);
});

test('the one column that is unique and named like a key is the key', () => {
  expect(primaryKeyOf([{ ...id, name: 'title' }, id])).toBe('id');
  expect(infer([id]).columns[0]).toMatchObject({ primaryKey: 1, unique: true, required: true });
});

test('a measure that happens to be unique is no key and has its range; an identifier has none above', () => {
  const unique = { ...id, type: 'integer' as const, rows: 120, distinct: 120 };
  const day = {
    ...id,
    name: 'month',
    type: 'date' as const,
    min: '2015-01-01',
    max: '2024-12-01',
    rows: 120,
    distinct: 120,
  };
  const jobs = { ...unique, name: 'jobs', min: '129000', max: '153000' };
  const columns = [
    day,
    jobs,
    { ...unique, name: 'row', min: '1', max: '120' },
    { ...unique, name: 'state_id', min: '5', max: '99000' },
  ];
  expect(primaryKeyOf(columns)).toBe('state_id');
  expect(primaryKeyOf([day, jobs])).toBe('month');
  expect(primaryKeyOf([texts, jobs])).toBeNull();
  expect(
    infer(columns).columns.map(({ name, unique: is, options }) => [
      name,
      is,
      options.minimum?.text,
      options.maximum?.text,
    ]),
  ).toEqual([
    ['month', false, '2014-01-01', '2034-12-31'],
    ['jobs', false, '126000', '156000'],
    ['row', true, '0', undefined],
    ['state_id', true, '0', undefined],
  ]);
});

test.each([
  ['with nulls', { nulls: 1, distinct: 99 }],
  ['counted by a sketch', { distinct: null }],
  ['of few rows', { rows: 5, distinct: 5 }],
  ['of fractions', { type: 'number' as const }],
])('a column %s is no key', (_, changes) => {
  expect(primaryKeyOf([{ ...id, ...changes }])).toBeNull();
});

test('a column in which a value may be missing is no key, nor a part of one', () => {
  const gaps = { ...id, min: '-', max: 'z' };
  expect(primaryKeyOf([gaps])).toBeNull();
  expect(primaryKeyOf([gaps, { ...id, name: 'title' }])).toBe('title');
  const few = (name: string, changes: Partial<ColumnProfile> = {}) => {
    return { ...texts, name, rows: 1000, nulls: 0, distinct: 40, ...changes };
  };
  expect(candidateKeys([few('a'), few('b', { max: 'n/a' })])).toEqual([]);
});

describe('texts that are codes state their pattern:', () => {
  const pattern = (values: readonly string[], changes: Partial<ColumnProfile> = {}) => {
    const top = values.map((value) => ({ value, count: 1 }));
    const [minLength = 0, ...lengths] = values.map((value) => value.length);
    const [min = null] = values;
    const max = values.at(-1) ?? null;
    const maxLength = Math.max(minLength, ...lengths);
    return column({ ...texts, distinct: 400, ...{ top, min, max, minLength, maxLength }, ...changes })?.options.pattern;
  };
  const codes = (write: (at: string) => string) =>
    Array.from({ length: 12 }, (_, at) => write(String(at).padStart(2, '0')));

  test.each([
    ['digits', codes((at) => `0${at}9`), '^[0-9]{4}$'],
    ['letters, digits and a mark', codes((at) => `N-${at}`), '^[A-Z]-[0-9]{2}$'],
    ['marks with a meaning of their own', codes((at) => `(a)${at}.x`), '^\\([a-z]\\)[0-9]{2}\\.[a-z]$'],
    ['capital letters', codes((at) => `A${String.fromCharCode(65 + Number(at))}`), '^[A-Z]{2}$'],
  ])('%s', (_, values, expected) => {
    expect(pattern(values)?.source).toBe(expected);
  });

  test.each([
    ['words', codes((at) => `ab${String.fromCharCode(97 + Number(at))}`), {}],
    ['other characters at the same place', codes((at) => (Number(at) % 2 === 0 ? `A${at}` : `${at}A`)), {}],
    ['other lengths', codes((at) => `A${Number(at)}`), {}],
    ['few values', codes((at) => `A${at}`).slice(0, 9), {}],
    ['letters beyond ASCII', codes((at) => `Ä${at}`), {}],
    ['personal data', codes((at) => `A${at}`), { pii: 'phone' as const }],
  ])('not %s', (_, values, changes) => {
    expect(pattern(values, changes)).toBeFalsy();
  });
});

test('keys of several columns are candidates where their values can tell the rows apart', () => {
  const few = (name: string, distinct: number): ColumnProfile => ({ ...texts, name, rows: 1000, nulls: 0, distinct });
  expect(candidateKeys([few('a', 40), few('b', 30), few('c', 2)])).toEqual([
    ['a', 'b'],
    ['a', 'b', 'c'],
  ]);
  expect(candidateKeys([few('a', 40), few('b', 20)])).toEqual([]);
  expect(infer([few('a', 40), few('b', 30)], [['a', 'b']]).columns.map(({ primaryKey }) => primaryKey)).toEqual([1, 2]);
});

test('a column of nothing but nulls, or of a type that nobody checks, states no type and passes', () => {
  expect(column({ nulls: 10_000 })).toMatchObject({ logicalType: null, required: false });
  expect(infer([{ ...numbers, type: 'array', physicalType: 'DOUBLE[]' }]).notChecked).toEqual([]);
});

describe('a text that may stand for a missing value is pointed out,', () => {
  const marked = (values: readonly string[], ends: Partial<ColumnProfile> = {}) =>
    missingMarker({ ...texts, top: values.map((value) => ({ value, count: 9 })), min: null, max: null, ...ends });

  test.each(['NA', 'n/a', 'N/A', '?', '-', 'null', 'None', '.', 'NaN', '\\N'])('%s', (value) => {
    expect(marked(['1', '2', value])).toMatchObject({ value, others: 'integer' });
    expect(marked(['x', value])).toMatchObject({ value, others: 'string' });
  });

  test('also where it is rare, and sorted behind or before all numbers', () => {
    expect(marked(['1.5'], { min: '0', max: 'NA' })).toMatchObject({ value: 'NA', others: 'number' });
    expect(marked(['1.5'], { min: '-', max: '9' })).toMatchObject({ value: '-', others: 'number' });
  });

  test.each([
    ['an empty text', ['', 'x']],
    ['a word', ['unknown', '1']],
    ['a negative number', ['-1', '1']],
    ['a part of a text', ['N/A Ltd', 'x']],
  ])('%s is none', (_, values) => {
    expect(marked(values)).toBeNull();
  });

  test('and nothing is said of a column of numbers', () => {
    expect(missingMarker({ ...numbers, top: [{ value: '-', count: 1 }] })).toBeNull();
  });
});

test('whatever the profile, what is written can be read, and hides no line in a comment', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  const profile = fc.record({
    // One of blanks alone is left out, as an empty one is.
    name: fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).filter((name) => name.trim() !== ''),
    type: fc.constantFrom(...COLUMN_TYPES),
    nulls: fc.nat(100),
    distinct: fc.option(fc.nat(40)),
    min: fc.option(fc.oneof(text, fc.double().map(String), fc.constant('2013-01-01'))),
    max: fc.option(fc.oneof(text, fc.double().map(String))),
    top: fc.array(fc.record({ value: text, count: fc.nat(50) }), { maxLength: 4 }),
    minLength: fc.option(fc.nat(5)),
    maxLength: fc.option(fc.integer({ min: 5, max: 5000 })),
    format: fc.constantFrom(null, 'email' as const, 'uuid' as const, 'json' as const),
    pii: fc.constantFrom(null, 'email' as const),
  });
  fc.assert(
    fc.property(fc.uniqueArray(profile, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }), (profiles) => {
      const columns = profiles.map((one) => ({ ...numbers, ...one, name: one.name.toWellFormed(), rows: 100 }));
      if (new Set(columns.map(({ name }) => name)).size < columns.length) return;
      expect(infer(columns).columns.map(({ name }) => name)).toEqual(columns.map(({ name }) => name));
    }),
    { numRuns: 200 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareDrift } from '../../../../core/data/drift/drift.ts';
import { categoriesColumn } from '../../../../core/data/profile/category-column.ts';
import { compareProfiles } from '../../../../core/data/profile/compare-profiles.ts';
import { profileFromCounts } from '../../../../core/data/profile/from-counts.ts';
import { numbersColumn } from '../../../../core/data/profile/number-column.ts';
import { capFor, type DataProfile, MAX_PROFILE, ProfileError } from '../../../../core/data/profile/profile.ts';
import { mergeProfiles, parseProfile, serialiseProfile } from '../../../../core/data/profile/profile-text.ts';

const WISH = { test: null, smallestEffect: null } as const;

interface Row {
  readonly x: number | null;
  readonly c: string | null;
}

function profileOf(rows: readonly Row[], cap: number): DataProfile {
  const numbers = rows.flatMap(({ x }) => (x === null ? [] : [x]));
  const texts = new Map<string, number>();
  for (const { c } of rows) if (c !== null) texts.set(c, (texts.get(c) ?? 0) + 1);
  const x = {
    name: 'x',
    type: 'number',
    nulls: rows.length - numbers.length,
    nan: numbers.filter(Number.isNaN).length,
    pairs: numbers.map((value): [number, number] => [value, 1]),
  } as const;
  const nulls = rows.filter(({ c }) => c === null).length;
  const c = { name: 'c', type: 'string', nulls, pairs: texts } as const;
  return {
    version: 1,
    dataset: 'd',
    rows: rows.length,
    cap,
    columns: [numbersColumn(x, cap), categoriesColumn(c, cap)],
  };
}

const row = fc.record({
  x: fc.oneof(fc.constant(null), fc.integer({ min: -5, max: 5 }), fc.double({ min: -1e9, max: 1e9 })),
  c: fc.oneof(fc.constant(null), fc.string({ maxLength: 2 }), fc.string({ minLength: 30, maxLength: 50 })),
});
const rowsOf = fc.array(row, { maxLength: 40 });

/** Mean and squares are equal up to rounding, all else exactly. */
function withoutMoments(profile: DataProfile): unknown {
  return JSON.parse(JSON.stringify(profile, (key, value) => (key === 'mean' || key === 'squares' ? 0 : value)));
}

test('the profile of two parts merged is the profile of the whole', () => {
  fc.assert(
    fc.property(rowsOf, rowsOf, fc.integer({ min: 2, max: 12 }), (a, b, cap) => {
      const merged = mergeProfiles(profileOf(a, cap), profileOf(b, cap));
      const whole = profileOf([...a, ...b], cap);
      expect(withoutMoments(merged)).toEqual(withoutMoments(whole));
      const [one, other] = [merged.columns[0], whole.columns[0]];
      if (one?.kind !== 'numbers' || other?.kind !== 'numbers') throw new Error('expected numbers');
      expect(Math.abs((one.mean ?? 0) - (other.mean ?? 0))).toBeLessThan(1e-4);
    }),
    { numRuns: 200 },
  );
});

test('a profile is read back as it was written', () => {
  fc.assert(
    fc.property(rowsOf, (rows) => {
      const profile = profileOf(rows, 8);
      const text = serialiseProfile(profile);
      expect(serialiseProfile(parseProfile(text))).toBe(text);
    }),
  );
});

const GOOD = serialiseProfile(
  profileOf(
    Array.from({ length: 9 }, (_, x) => ({ x, c: `v${x % 3}` })),
    8,
  ),
);

test.each([
  ['no JSON', '{', 'not_a_profile'],
  ['another version', GOOD.replace('"version":1', '"version":2'), 'not_a_profile'],
  ['an unknown key', GOOD.replace('"rows"', '"sorry":1,"rows"'), 'not_a_profile'],
  ['more rows than are counted', GOOD.replace('"rows":9', '"rows":10'), 'not_a_profile'],
  ['a column twice', GOOD.replace('"name":"c"', '"name":"x"'), 'not_a_profile'],
  ['a count without a cell', GOOD.replace('"counts":"', '"counts":"1 '), 'not_a_profile'],
  ['cells out of order', GOOD.replace(/"keys":"(\S+) (\S+)/, '"keys":"$1 0'), 'not_a_profile'],
  ['a least value above the greatest', GOOD.replace(/"min":[^,]+/, '"min":1e300'), 'not_a_profile'],
  ['more cells and categories than it may keep', GOOD.replace(/"cap":\d+/, '"cap":2'), 'not_a_profile'],
  ['a category whose hash is another', GOOD.replace(/\["[0-9a-f]{13}"/, '["0000000000000"'), 'not_a_profile'],
  ['numbers that are texts', GOOD.replace('"type":"number"', '"type":"string"'), 'not_a_profile'],
  ['categories that are dates', GOOD.replace('"type":"string"', '"type":"date"'), 'not_a_profile'],
  ['too much', ' '.repeat(MAX_PROFILE + 1), 'too_large'],
])('a profile with %s is refused', (_what, text, code) => {
  expect(() => parseProfile(text)).toThrow(expect.objectContaining({ name: ProfileError.name, code }));
});

test('damage anywhere ends in a profile that holds together or in a refusal', () => {
  const place = fc.nat(GOOD.length - 1);
  fc.assert(
    fc.property(place, fc.string({ maxLength: 3 }), (at, text) => {
      try {
        const read = parseProfile(GOOD.slice(0, at) + text + GOOD.slice(at + 1));
        compareDrift(compareProfiles(read, read, () => WISH).columns);
      } catch (error) {
        expect(error).toBeInstanceOf(ProfileError);
      }
    }),
    { numRuns: 500 },
  );
});

test('profiles of different datasets are not merged, whatever their columns', () => {
  const a = profileOf([{ x: 1, c: 'a' }], 8);
  expect(() => mergeProfiles(a, { ...a, dataset: 'e' })).toThrow(
    'one profile is of the dataset "d", the other of "e": if they are the same, profile both under one name (--dataset)',
  );
});

test('profiles of different columns are not merged', () => {
  const a = profileOf([{ x: 1, c: 'a' }], 8);
  const refused = expect.objectContaining({ code: 'cannot_merge' });
  expect(() => mergeProfiles(a, { ...a, columns: a.columns.slice(1) })).toThrow(refused);
  expect(() => mergeProfiles(a, { ...a, columns: a.columns.map((column) => ({ ...column, name: 'z' })) })).toThrow(
    refused,
  );
  expect(() => mergeProfiles(a, { ...a, cap: 9 })).toThrow(refused);
});

test.each([
  ['numbers', { type: 'integer', counts: { 2125550100: 3 } }],
  ['texts', { type: 'string', counts: { 'ada@example.org': 3 } }],
] as const)(
  'of %s that are personal a profile keeps how many there are, and not even a hash',
  (_what, { type, counts }) => {
    const counted = { nulls: 2, counts: new Map(Object.entries(counts)) };
    const column = profileFromCounts({ name: 'c', type, counted }, true, 8);
    expect(column).toEqual({ kind: 'withheld', name: 'c', type, nulls: 2, total: 3 });
    const profile = { version: 1 as const, dataset: 'd', rows: 5, cap: 8, columns: [column] };
    expect(parseProfile(serialiseProfile(mergeProfiles(profile, profile))).columns).toEqual([
      { kind: 'withheld', name: 'c', type, nulls: 4, total: 6 },
    ]);
    expect(compareProfiles(profile, profile, () => WISH).notCompared).toMatchObject([
      { column: 'c', code: 'personal' },
    ]);
  },
);

function columnOf(type: 'integer' | 'number' | 'string', counts: Record<string, number>, nulls = 0): DataProfile {
  const column = profileFromCounts(
    { name: 'c', type, counted: { nulls, counts: new Map(Object.entries(counts)) } },
    false,
    8,
  );
  const rows = Object.values(counts).reduce((sum, count) => sum + count, nulls);
  return { version: 1, dataset: 'd', rows, cap: 8, columns: [column] };
}

test('a part with whole numbers only merges with one of numbers, and a part without values with any', () => {
  const merged = mergeProfiles(
    mergeProfiles(columnOf('integer', { 1: 2 }), columnOf('string', {}, 3)),
    columnOf('number', { 1.5: 1 }),
  );
  expect(merged.columns[0]).toMatchObject({ kind: 'numbers', type: 'number', nulls: 3, min: 1, max: 1.5 });
  expect(parseProfile(serialiseProfile(merged)).rows).toBe(6);
});

test('numbers and texts are not merged', () => {
  expect(() => mergeProfiles(columnOf('integer', { 1: 2 }), columnOf('string', { a: 1 }))).toThrow(/profile both with/);
});

test('identifiers are not compared as categories', () => {
  const many = (prefix: string): DataProfile =>
    columnOf('string', Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`${prefix}${index}`, 1])));
  const { columns, notCompared } = compareProfiles(many('a'), many('b'), () => WISH);
  expect(columns).toEqual([]);
  expect(notCompared).toMatchObject([{ column: 'c', code: 'too_many_categories' }]);
});

test.each([1, 20, 1000, 5000])(
  'the profile of %s columns with the longest names and values stays within its bound',
  (count) => {
    const cap = capFor(count);
    const pairs = Array.from({ length: cap }, (_, index): [string, number] => ['"\\'.repeat(30) + index, 2 ** 40]);
    const column = categoriesColumn({ name: '', type: 'string', nulls: 0, pairs }, cap);
    const columns = Array.from({ length: count }, (_, index) => ({ ...column, name: `${'\\'.repeat(250)}${index}` }));
    const profile = { version: 1 as const, dataset: 'd', rows: cap * 2 ** 40, cap, columns };
    expect(serialiseProfile(profile).length).toBeLessThan(MAX_PROFILE);
  },
);

test('a stored profile finds the drift that the data would, and says where it is approximate', () => {
  const rows = (shift: number, category: string): Row[] =>
    Array.from({ length: 3000 }, (_, index) => ({
      x: Math.sin(index) * 7 + shift,
      c: index % 4 === 0 ? category : 'b',
    }));
  const [head, base] = [profileOf(rows(3, 'new'), 64), profileOf(rows(0, 'old'), 64)];
  const { columns, approximate } = compareProfiles(head, parseProfile(serialiseProfile(base)), () => WISH);
  const { results } = compareDrift(columns);
  expect(results).toMatchObject([
    { column: 'x', test: 'ks', drifted: true },
    { column: 'c', test: 'chi_squared', drifted: true, newCategories: ['new'], lostCategories: ['old'] },
  ]);
  expect(approximate).toEqual([expect.stringMatching(/^drift of x: compared in cells/)]);
});

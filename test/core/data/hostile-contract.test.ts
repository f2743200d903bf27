import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContract } from '../../../core/data/contract.ts';
import { CONTRACT_FILE, contractText } from './contract-samples.ts';

const read = (text: string) => parseContract(text, { file: CONTRACT_FILE });
const RIGHT = contractText('- { name: a, logicalType: string }');

/** The first problem; empty where there is none. */
function problem(text: string): string {
  const result = read(text);
  return result.ok ? '' : `${result.problems[0]?.line}: ${result.problems[0]?.message}`;
}

describe('a contract is refused, and why is said, that', () => {
  const bomb = Array.from(
    { length: 20 },
    (_, at) => `l${at}: &l${at} [${`*l${at - 1},`.repeat(at === 0 ? 0 : 9)}]`,
  ).join('\n');

  test.each([
    ['is empty', '', /something else/],
    ['is two', `${RIGHT}---\n${RIGHT}`, /multiple documents/],
    ['grows by its aliases', `${bomb}\n${RIGHT}`, /aliases/],
    ['holds itself', `x: &x [*x]\n${RIGHT}`, /aliases/],
    ['merges keys', `x: &x { name: a }\n${contractText('- { <<: *x }')}`, /aliases/],
    ['says a key twice', contractText('- { name: a, name: b }'), /9: .*must be unique/],
    ['has a tag that runs code', contractText('- { name: !!js/function "f" }'), /9: Unresolved tag/],
    ['has a name of bytes', contractText('- { name: !!binary aGk= }'), /9: .*expected string/],
    ['has no bottom', `x: ${'['.repeat(20_000)}`, /deep|stack/],
    ['has no end', RIGHT + 'x'.repeat(600_000), /characters at most/],
    [
      'bounds by what is no number',
      contractText('- { name: a, logicalType: number, logicalTypeOptions: { maximum: .nan } }'),
      /expected a number/,
    ],
    [
      'bounds by infinity',
      contractText('- { name: a, logicalType: number, logicalTypeOptions: { minimum: -.inf } }'),
      /expected a number/,
    ],
  ])('%s', (_, text, why) => {
    expect(problem(text)).toMatch(why);
  });
});

test('names and keys that JavaScript gives a meaning of its own have none', () => {
  const result = read(
    contractText(`
- { name: constructor, __proto__: { required: true, unique: true } }
- { name: __proto__, logicalType: string, logicalTypeOptions: { __proto__: { maxLength: 1 } } }
- { name: toString, logicalType: valueOf }`),
  );
  expect(result).toMatchObject({
    ok: true,
    contract: {
      columns: [
        { name: 'constructor', required: false, unique: false },
        { name: '__proto__', options: { maxLength: null } },
        { name: 'toString', logicalType: null },
      ],
      notChecked: [{ what: 'type "valueOf" of column "toString"' }],
    },
  });
});

const FULL = `apiVersion: v3.1.0
kind: DataContract
id: x
version: 1.0.0
status: active
schema:
  - name: s
    properties:
      - name: a
        logicalType: string
        required: true
        logicalTypeOptions: { minLength: 1, maxLength: 9, pattern: "^a", format: email, enum: [x] }
        customProperties: [{ property: trainyardSeverity, value: warn }, { property: trainyardTolerance, value: 1 % }]
      - name: b
        logicalType: integer
        primaryKey: true
        primaryKeyPosition: 1
        logicalTypeOptions: { minimum: 1, exclusiveMaximum: 13, multipleOf: 2, format: i32 }
        quality: [{ metric: invalidValues, arguments: { pattern: x, validValues: [1] }, mustBe: 0, unit: rows }]
        relationships: [{ to: other.b }]
      - name: c
        logicalType: timestamp
        logicalTypeOptions: { minimum: "2020-01-01T00:00:00Z", format: yyyy, timezone: false, defaultTimezone: Etc/UTC }
    quality: [{ type: sql, query: SELECT 1, mustBeBetween: [1, 2] }, { metric: duplicateValues, arguments: { properties: [a, b] }, mustBe: 0 }]
    customProperties: [{ property: trainyardWaivers, value: [{ owner: o, reason: r, expires: "2030-01-01", rule: sql }] }, { property: trainyardDialect, value: { delimiter: ";" } }]
    relationships: [{ from: [s.a, s.b], to: [o.a, o.b] }]
slaProperties: [{ property: freshness, value: 1, unit: d, element: s.c }]
`;

const scalar = fc.constantFrom(
  ...[
    'null',
    'true',
    '-1',
    '1e999',
    '.nan',
    '-.inf',
    '9007199254740993',
    '9'.repeat(400),
    '0x1F',
    '2020-01-01',
    '""',
    '"\\0"',
  ],
  ...[
    '"\\ud800"',
    '"x"',
    '[]',
    '{}',
    '[[1]]',
    '[99999999999999999999, 1]',
    '{ toString: 1, valueOf: 1 }',
    '{ length: 5 }',
    '{ a: 99999999999999999999 }',
  ],
  ...[
    '!!set { a }',
    '!!timestamp 2020-01-01',
    '!!binary aGk=',
    '&x 1',
    '*x',
    'constructor',
    '__proto__',
    '"(((("',
    '"[z-a]"',
    '"a{1000}{1000}"',
  ],
);

test('a contract with any of its values replaced by another is read or refused with a line', () => {
  // Scalars, and lists and mappings on one line.
  const spots = [/(?<=: )[^\n,{}[\]]+/g, /(?<=: )\[[^\]\n]*\]/g, /(?<=: )\{[^}\n]*\}/g].flatMap((pattern) => [
    ...FULL.matchAll(pattern),
  ]);
  expect(spots.length).toBeGreaterThan(60);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: spots.length - 1 }), scalar), { minLength: 1, maxLength: 3 }),
      (changes) => {
        let text = FULL;
        for (const [at, value] of changes.toSorted(([a], [b]) => b - a)) {
          const spot = spots[at];
          if (spot !== undefined) text = text.slice(0, spot.index) + value + text.slice(spot.index + spot[0].length);
        }
        const result = read(text);
        const lines = result.ok
          ? result.contract.notChecked.map(({ line }) => line)
          : result.problems.map(({ line }) => line);
        if (!result.ok) expect(lines).not.toEqual([]);
        for (const line of lines) expect(line).toBeGreaterThan(0);
      },
    ),
    { seed: 5, numRuns: 600 },
  );
});

test('any text is read or refused with a line', () => {
  const unit = fc.constantFrom(
    ...'{}[]&*!|>-?:,#%@`"\'\\ \n\tabc1~'.split(''),
    '\0',
    '\uFEFF',
    '\ud800',
    '---\n',
    'schema:',
    '<<: ',
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      for (const whole of [text, RIGHT + text]) {
        const result = read(whole);
        if (!result.ok) expect(result.problems[0]?.line).toBeGreaterThan(0);
      }
    }),
    { seed: 5, numRuns: 600 },
  );
});

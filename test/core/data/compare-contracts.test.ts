import { expect, test } from 'vitest';
import { compareContracts } from '../../../core/data/compare-contracts.ts';
import { contract } from './contract-samples.ts';

function loosenings(base: string, head: string): string[] {
  return compareContracts(contract(base), contract(head)).map(({ message }) => message);
}

const typed = (options: string): string => `- { name: a, logicalType: integer, logicalTypeOptions: { ${options} } }`;
const rule = (text: string): string => `- { name: a, quality: [{ ${text} }] }`;

test('texts that count as missing loosen a contract when they are added, not when they go', () => {
  const base = contract('- name: a');
  const head = { ...base, dialect: { missing: ['NA', '?'] } };
  expect(compareContracts(base, head).map(({ message }) => message)).toEqual([
    '"NA" counts as a missing value',
    '"?" counts as a missing value',
  ]);
  expect(compareContracts(head, { ...base, dialect: { missing: ['NA'] } })).toEqual([]);
});

test.each([
  ['a dropped column', '- name: a\n- name: b', '- name: a', 'column "b" is dropped'],
  ['no longer required', '- { name: a, required: true }', '- name: a', 'no longer required'],
  ['no longer unique', '- { name: a, unique: true }', '- name: a', 'no longer unique'],
  [
    'another type',
    '- { name: a, logicalType: integer }',
    '- { name: a, logicalType: string }',
    'type changes from integer to string',
  ],
  ['a wider type', '- { name: a, logicalType: integer }', '- { name: a, logicalType: number }', 'type changes'],
  ['a lower minimum', typed('minimum: 1'), typed('minimum: 0'), 'minimum widens from 1 to 0'],
  ['a dropped maximum', typed('maximum: 9'), typed('minimum: 1'), 'maximum 9 is dropped'],
  ['an exclusive bound that opens', typed('exclusiveMinimum: 1'), typed('minimum: 1'), 'minimum widens'],
  ['a longer enum', typed('enum: [1, 2]'), typed('enum: [1, 2, 3]'), 'enum also allows "3"'],
  [
    'another pattern',
    "- { name: a, logicalType: string, logicalTypeOptions: { pattern: '^a$' } }",
    "- { name: a, logicalType: string, logicalTypeOptions: { pattern: 'a' } }",
    'pattern changes',
  ],
  [
    'a shorter minimum length',
    '- { name: a, logicalType: string, logicalTypeOptions: { minLength: 3 } }',
    '- { name: a, logicalType: string }',
    'minLength falls from 3 to none',
  ],
  ['a dropped rule', rule('metric: nullValues, mustBe: 0'), '- name: a', 'quality rule nullValues is dropped'],
  [
    'a wider rule',
    rule('metric: nullValues, mustBe: 0'),
    rule('metric: nullValues, mustBeLessThan: 5'),
    'changes from mustBe 0 to mustBeLessThan 5',
  ],
  [
    'a rule that only warns',
    rule('metric: nullValues, mustBe: 0'),
    rule('metric: nullValues, mustBe: 0, severity: info'),
    'only a warning now',
  ],
  [
    'more valid values',
    rule('metric: invalidValues, mustBe: 0, arguments: { validValues: [x] }'),
    rule('metric: invalidValues, mustBe: 0, arguments: { validValues: [x, y] }'),
    'also allows "y"',
  ],
  [
    'a rule turned into one that cannot be checked',
    rule('metric: nullValues, mustBe: 0'),
    rule('type: custom, engine: soda, implementation: x'),
    'is new and cannot be checked',
  ],
  [
    'a rule turned into SQL',
    rule('metric: nullValues, mustBe: 0'),
    rule('type: sql, query: x, mustBe: 0'),
    'is dropped',
  ],
  [
    'an SQL rule with another query',
    rule('type: sql, query: x, mustBe: 0'),
    rule('type: sql, query: y, mustBe: 0'),
    'an SQL rule of column "a" is dropped or changed',
  ],
  [
    'a column that only warns',
    '- { name: a }',
    '- { name: a, customProperties: [{ property: trainyardSeverity, value: warn }] }',
    'only warns now',
  ],
  [
    'a tolerance',
    '- { name: a }',
    '- { name: a, customProperties: [{ property: trainyardTolerance, value: 1 % }] }',
    'tolerance rises from none to 1 %',
  ],
  [
    'a tolerance of another unit',
    '- { name: a, customProperties: [{ property: trainyardTolerance, value: 1 rows }] }',
    '- { name: a, customProperties: [{ property: trainyardTolerance, value: 0.5% }] }',
    'tolerance rises from 1 rows to 0.5 %',
  ],
  [
    'personal data that is no longer marked',
    '- { name: a, customProperties: [{ property: trainyardPersonal, value: true }] }',
    '- { name: a }',
    'no longer marked as personal',
  ],
  [
    'a waiver',
    rule('metric: nullValues, mustBe: 0'),
    rule(
      'metric: nullValues, mustBe: 0, customProperties: [{ property: trainyardWaivers, value: [{ owner: ada, reason: x, expires: 2027-01-31 }] }]',
    ),
    'ada waives a rule until 2027-01-31',
  ],
  [
    'a relationship that is gone',
    '- { name: a, relationships: [{ to: airports.code }] }',
    '- { name: a }',
    'the foreign key of a is dropped or changed',
  ],
  [
    'a wider key',
    '- { name: a, primaryKey: true }\n- name: b',
    '- { name: a, primaryKey: true }\n- { name: b, primaryKey: true }',
    'primary key changes',
  ],
  [
    'a dropped key',
    '- { name: a, primaryKey: true, required: true }',
    '- { name: a, required: true }',
    'primary key changes from a to none',
  ],
])('lists %s', (_, base, head, message) => {
  expect(loosenings(base, head).join('\n')).toContain(message);
});

test.each([
  ['nothing changed', typed('minimum: 1, maximum: 9'), typed('minimum: 1, maximum: 9')],
  ['a tighter range', typed('minimum: 1'), typed('minimum: 2, maximum: 3')],
  ['a narrower type', '- { name: a, logicalType: number }', '- { name: a, logicalType: integer }'],
  ['a new column', '- name: a', '- name: a\n- name: b'],
  ['a new rule', '- name: a', rule('metric: nullValues, mustBe: 0')],
  ['a tighter rule', rule('metric: nullValues, mustBeLessThan: 5'), rule('metric: nullValues, mustBe: 0')],
  [
    'a range within the range',
    rule('metric: nullValues, mustBeBetween: [0, 9]'),
    rule('metric: nullValues, mustBeBetween: [2, 5]'),
  ],
  [
    'a tighter and an equal rule on one column',
    '- { name: a, quality: [{ metric: nullValues, mustBeLessThan: 9 }, { metric: nullValues, mustBeLessThan: 5 }] }',
    '- { name: a, quality: [{ metric: nullValues, mustBeLessThan: 5 }, { metric: nullValues, mustBeLessThan: 2 }] }',
  ],
])('is silent about %s', (_, base, head) => {
  expect(loosenings(base, head)).toEqual([]);
});

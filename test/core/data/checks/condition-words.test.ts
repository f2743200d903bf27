import { expect, test } from 'vitest';
import { conditionWords, qualityWords } from '../../../../core/data/checks/condition-words.ts';
import type { QualityRule } from '../../../../core/data/contract-model.ts';
import { contract } from '../contract-samples.ts';

function rule(text: string): QualityRule {
  const ofTable = text.includes('rowCount') || text.includes('duplicateValues');
  const [found] = ofTable
    ? contract('- name: x', `- ${text}`).rules
    : contract(`- { name: x, quality: [${text}] }`).rules;
  if (found === undefined) throw new Error('expected a rule');
  return found;
}

test.each([
  ['{ metric: rowCount, mustBeGreaterOrEqualTo: 1000 }', 'at least 1,000 rows'],
  ['{ metric: rowCount, mustBeBetween: [10, 20] }', 'between 10 and 20 rows'],
  ['{ metric: nullValues, mustBe: 0 }', 'no nulls'],
  ['{ metric: nullValues, mustBeLessThan: 5, unit: percent }', 'nulls: less than 5 %'],
  ['{ metric: duplicateValues, mustBe: 0, arguments: { properties: [x] } }', 'each value once'],
  ['{ metric: invalidValues, mustBe: 0, arguments: { validValues: [a, b] } }', 'one of a, b'],
  [
    '{ metric: invalidValues, mustBeLessThan: 3, arguments: { validValues: [a, b] } }',
    'one of a, b; others: less than 3',
  ],
  ['{ metric: invalidValues, mustBe: 0, arguments: { pattern: "^[a-z]$" } }', 'of the pattern ^[a-z]$'],
  ['{ metric: missingValues, mustBe: 0, arguments: { missingValues: ["", n/a] } }', 'none of (empty), n/a'],
])('%s is in words: %s', (text, words) => {
  expect(qualityWords(rule(text))).toBe(words);
});

test('many listed values are counted', () => {
  const validValues = Array.from({ length: 30 }, (_, at) => `v${at}`);
  const listed = rule('{ metric: invalidValues, mustBe: 0, arguments: { validValues: [a] } }');
  expect(qualityWords({ ...listed, validValues })).toBe('one of v0, v1, v2, v3, v4, v5, v6, v7 and 22 more');
});

test('several conditions are all named', () => {
  const conditions = [
    { operator: 'mustBeGreaterThan', operands: [1.5] },
    { operator: 'mustNotBe', operands: [3] },
  ] as const;
  expect(conditionWords(conditions)).toBe('more than 1.5 and not 3');
});

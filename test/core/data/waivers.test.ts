import { expect, test } from 'vitest';
import type { Tolerance } from '../../../core/data/report/data-report.ts';
import { applyWaivers, isTolerated, statusOf } from '../../../core/data/waivers.ts';
import { failedRule, uncheckedRule } from '../reports/data/samples.ts';
import { contract } from './contract-samples.ts';

const { waivers } = contract(`
- name: dep_delay
  customProperties:
    - { property: trainyardWaivers, value: [{ rule: maximum, owner: ada, reason: known, expires: 2026-12-31 }] }`);
const statuses = (today: string, rule = failedRule) => applyWaivers([rule], waivers, today).map(({ status }) => status);

test.each([
  ['on its last day', '2026-12-31', failedRule, 'waived'],
  ['after it', '2027-01-01', failedRule, 'failed'],
  ['for another rule', '2026-01-01', { ...failedRule, rule: 'minimum' }, 'failed'],
  ['for another column', '2026-01-01', { ...failedRule, columns: ['x'] }, 'failed'],
  [
    'for what was not checked',
    '2026-01-01',
    { ...uncheckedRule, rule: 'maximum', columns: ['dep_delay'] },
    'not_checked',
  ],
])('a waiver %s', (_, today, rule, status) => {
  expect(statuses(today, rule)).toEqual([status]);
});

test('a waiver at an item of quality that names another rule waives nothing', () => {
  const at = (rule: string) =>
    contract(`
- name: dep_delay
  quality:
    - metric: nullValues
      mustBe: 0
      customProperties:
        - { property: trainyardWaivers, value: [{ rule: ${rule}, owner: ada, reason: known, expires: 2026-12-31 }] }`);
  const result = { ...failedRule, rule: 'null_values', contractLine: at('sql').rules[0]?.line ?? null };
  const status = (rule: string) => applyWaivers([result], at(rule).waivers, '2026-01-01')[0]?.status;
  expect([status('null_values'), status('sql')]).toEqual(['waived', 'failed']);
});

test('a waiver that has ended is named', () => {
  expect(applyWaivers([failedRule], waivers, '2027-01-01')[0]?.found).toContain(
    'the waiver of ada ended on 2026-12-31',
  );
});

const share: Tolerance = { unit: 'share', value: 0.29 };
test.each([
  [29, 100, share, true],
  [30, 100, share, false],
  [1, 0, share, false],
  [2, 5, { unit: 'count', value: 2 } as const, true],
  [1, 5, null, false],
  [0, 5, null, true],
])('%i of %i rows with %o: %s', (violations, rows, tolerance, expected) => {
  expect(isTolerated(violations, rows, tolerance)).toBe(expected);
});

test('what was not checked never passes, and warnings decide nothing', () => {
  expect(statusOf([uncheckedRule])).toBe('not_checked');
  expect(statusOf([uncheckedRule, failedRule])).toBe('failed');
  expect(statusOf([{ ...failedRule, severity: 'warn' }])).toBe('passed');
});

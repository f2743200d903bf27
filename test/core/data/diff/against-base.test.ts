import { expect, test } from 'vitest';
import { compareContracts } from '../../../../core/data/compare-contracts.ts';
import { parseContract } from '../../../../core/data/contract.ts';
import type { DataContract } from '../../../../core/data/contract-model.ts';
import { driftRuleOf, schemaRuleOf } from '../../../../core/data/diff/against-base.ts';
import { CONTRACT_FILE } from '../contract-samples.ts';

/** Two columns, with what stands at the table and at the first column. */
function text(table: string, column = ''): string {
  const list = (items: string, indent: string): string =>
    items === '' ? '' : `${indent}customProperties:\n${items.replaceAll(/^/gm, `${indent}  `)}\n`;
  return [
    'apiVersion: v3.1.0\nkind: DataContract\nid: a\nversion: 1.0.0\nstatus: active\nschema:\n  - name: flights',
    `${list(table, '    ')}    properties:\n      - name: delay\n${list(column, '        ')}      - name: carrier\n`,
  ].join('\n');
}

function parsed(table: string, column = ''): DataContract {
  const result = parseContract(text(table, column), { file: CONTRACT_FILE });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.contract;
}

test('where a contract says nothing drift warns, and a change that breaks a reader fails', () => {
  const { againstBase } = parsed('');
  expect(driftRuleOf(againstBase, 'delay')).toEqual({ verdict: 'warn', test: null, smallestEffect: null, line: null });
  expect(schemaRuleOf(againstBase, 'delay')).toEqual({ verdict: 'fail', line: null });
  expect(againstBase).toMatchObject({ level: 0.01, correction: 'holm', readers: [] });
});

test('a column that says only a part takes the rest from the table', () => {
  const { againstBase } = parsed(
    '- { property: trainyardDrift, value: { severity: fail, level: 0.001, correction: benjamini_hochberg } }',
    '- { property: trainyardDrift, value: { test: wasserstein, smallestEffect: 0.2 } }',
  );
  expect(againstBase).toMatchObject({ level: 0.001, correction: 'benjamini_hochberg' });
  expect(driftRuleOf(againstBase, 'delay')).toEqual({
    verdict: 'fail',
    test: 'wasserstein',
    smallestEffect: 0.2,
    line: 13,
  });
  expect(driftRuleOf(againstBase, 'carrier')).toMatchObject({ verdict: 'fail', line: 9 });
});

test('models that read the dataset are named, each with its columns or with all', () => {
  const { againstBase } = parsed(
    '- { property: trainyardReadBy, value: [one, { model: two, columns: [delay] }] }\n- { property: trainyardSchemaChanges, value: warn }',
    '- { property: trainyardSchemaChanges, value: off }',
  );
  expect(againstBase.readers).toEqual([
    { model: 'one', columns: null },
    { model: 'two', columns: ['delay'] },
  ]);
  expect(schemaRuleOf(againstBase, 'delay').verdict).toBe('off');
  expect(schemaRuleOf(againstBase, 'carrier').verdict).toBe('warn');
});

test.each([
  ['a word', '- { property: trainyardDrift, value: never }', '', /expected warn, fail or off.*found .*never/],
  [
    'a test of the table',
    '- { property: trainyardDrift, value: { test: ks } }',
    '',
    /severity, level and correction, found/,
  ],
  ['a test that is none', '', '- { property: trainyardDrift, value: { test: psi } }', /expected one of/],
  ['an effect below nothing', '', '- { property: trainyardDrift, value: { smallestEffect: -1 } }', /smallestEffect/],
  ['a level of one', '- { property: trainyardDrift, value: { level: 1 } }', '', /level/],
  ['readers at a column', '', '- { property: trainyardReadBy, value: [one] }', /belongs to a table/],
  ['a column that is none', '- { property: trainyardReadBy, value: [{ model: m, columns: [x] }] }', '', /m reads "x"/],
  ['no reader', '- { property: trainyardReadBy, value: [] }', '', /expected a list of models/],
  [
    'the same twice',
    '- { property: trainyardDrift, value: warn }\n- { property: trainyardDrift, value: off }',
    '',
    /stated twice/,
  ],
  ['another key of ours', '- { property: trainyardDrifts, value: warn }', '', /trainyardDrifts is unknown/],
])('%s is refused with what was expected', (_what, table, column, message) => {
  const result = parseContract(text(table, column), { file: CONTRACT_FILE });
  expect(result).toMatchObject({ ok: false, problems: [{ message: expect.stringMatching(message) }] });
});

test('at a rule it would say nothing, and is refused', () => {
  const rule = `- name: delay
        quality:
          - metric: nullValues
            mustBe: 0
            customProperties: [{ property: trainyardDrift, value: off }]`;
  const result = parseContract(text('').replace('- name: delay', rule), { file: CONTRACT_FILE });
  expect(result).toMatchObject({ ok: false, problems: [{ message: expect.stringContaining('not to a rule') }] });
});

const WARN = '- { property: trainyardDrift, value: warn }';
const FAIL = '- { property: trainyardDrift, value: fail }';
const effect = (value: number): string => `- { property: trainyardDrift, value: { smallestEffect: ${value} } }`;
const readBy = (value: string): string => `- { property: trainyardReadBy, value: ${value} }`;

test.each([
  ['drift of all columns', [FAIL], [WARN], 'column "delay": drift falls from fail to warn'],
  ['drift of one column', ['', FAIL], ['', ''], 'column "delay": drift falls from fail to warn'],
  ['a larger effect', ['', effect(0.1)], ['', effect(0.2)], 'smallest effect of drift changes from 0.1 to 0.2'],
  ['another test', ['', ''], ['', '- { property: trainyardDrift, value: { test: wasserstein } }'], 'by wasserstein'],
  ['a lower level', [''], ['- { property: trainyardDrift, value: { level: 0.001 } }'], 'level of drift falls'],
  ['a stricter correction', ['- { property: trainyardDrift, value: { correction: none } }'], [''], 'from none to holm'],
  ['schema changes', [''], ['- { property: trainyardSchemaChanges, value: warn }'], 'fall from fail to warn'],
  ['fewer readers', [readBy('[one, two]')], [readBy('[one]')], 'two is no longer said to read it'],
  ['fewer columns', [readBy('[one]')], [readBy('[{ model: one, columns: [delay] }]')], 'no longer said to read all'],
  ['readers of some columns', [''], [readBy('[{ model: one, columns: [delay] }]')], 'only some columns'],
])('%s is a loosening that somebody has to approve', (_what, before, after, message) => {
  const [base, head] = [parsed(before[0] ?? '', before[1]), parsed(after[0] ?? '', after[1])];
  expect(compareContracts(base, head).map((one) => one.message)).toContainEqual(expect.stringContaining(message));
  expect(compareContracts(base, base)).toEqual([]);
});

test.each([
  ['drift that fails now', [WARN], [FAIL]],
  ['a smaller effect', ['', effect(0.2)], ['', effect(0.1)]],
  ['a reader more', [readBy('[one]')], [readBy('[one, two]')]],
])('%s is none', (_what, before, after) => {
  expect(compareContracts(parsed(before[0] ?? '', before[1]), parsed(after[0] ?? '', after[1]))).toEqual([]);
});

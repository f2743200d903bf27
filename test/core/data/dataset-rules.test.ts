import { describe, expect, test } from 'vitest';
import { compareContracts } from '../../../core/data/compare-contracts.ts';
import { parseContract } from '../../../core/data/contract.ts';
import { CONTRACT_FILE, type ContractParts, contract, contractText, DATA_FILE } from './contract-samples.ts';
import { validateCsv } from './csv-reference/validate.ts';

function problems(columns: string, parts: ContractParts = {}): string[] {
  const result = parseContract(contractText(columns, parts), { file: CONTRACT_FILE });
  return result.ok ? [] : result.problems.map(({ line, message }) => `${line}: ${message}`);
}

const custom = (property: string, value: string): string => `- { property: ${property}, value: ${value} }`;
const column = (property: string, value: string): string =>
  `- { name: a, customProperties: [{ property: ${property}, value: ${value} }] }\n- name: b`;
const waiver = (rule: string): string => `[{ rule: "${rule}", owner: ana, reason: known, expires: "2026-06-30" }]`;
const aggregate = (text: string): string =>
  `- { name: a, quality: [{ type: custom, engine: trainyard, implementation: { ${text} } }] }`;

describe('a contract says what is wrong in it, and where', () => {
  test.each([
    [
      'an unknown key',
      custom('trainyardLable', 'true'),
      /^\d+: trainyardLable is unknown: expected one of trainyardSeverity/,
    ],
    [
      'a key in the wrong place',
      custom('trainyardLabel', 'true'),
      /trainyardLabel belongs to a column, not to a table/,
    ],
    ['a key twice', `${custom('trainyardConstant', 'off')}\n${custom('trainyardConstant', 'fail')}`, /stated twice/],
    ['no setting', custom('trainyardConstant', 'maybe'), /trainyardConstant: expected warn, fail, off or/],
    [
      'a tolerance that is none',
      custom('trainyardDuplicateRows', '{ tolerance: some }'),
      /trainyardDuplicateRows: expected/,
    ],
    [
      'another word for extra columns',
      custom('trainyardExtraColumns', 'off'),
      /expected allow, warn or fail, found "off"/,
    ],
    ['another word for case', custom('trainyardColumnCase', 'lower'), /expected exact or ignore/],
    [
      'an overlap with nothing',
      custom('trainyardOverlap', '{ columns: [a] }'),
      /trainyardOverlap\.0\.with: expected \{ with: NAME/,
    ],
    ['a waiver of a rule that is none', custom('trainyardWaivers', waiver('primay_key')), /did you mean primary_key\?/],
    ['a waiver of what never fails', custom('trainyardWaivers', waiver('not_checked')), /called "not_checked"/],
    ['a waiver of no rule', custom('trainyardWaivers', waiver('')), /trainyardWaivers/],
    ['a misspelt part', custom('trainyardOverlap', '{ with: x, colums: [a] }'), /trainyardOverlap\.0: expected/],
  ])('at the table: %s', (_, text, expected) => {
    expect(problems('- name: a', { custom: text }).join('\n')).toMatch(expected);
  });

  test.each([
    [
      'a label with an unknown part',
      column('trainyardLabel', '{ leek: fail }'),
      /trainyardLabel: expected true or \{ leakage/,
    ],
    [
      'a label whose features are no columns',
      column('trainyardLabel', '{ ignore: [c] }'),
      /ignores "c", which is no column/,
    ],
    [
      'a label with a setting that is none',
      column('trainyardLabel', '{ leakage: 3 }'),
      /trainyardLabel\.leakage: expected warn/,
    ],
    [
      'a waiver of a rule that is none',
      column('trainyardWaivers', waiver('requierd')),
      /^9: trainyardWaivers: no rule that could be waived is called "requierd": did you mean required\?$/,
    ],
    [
      'a waiver of a rule that is like none',
      column('trainyardWaivers', waiver('xyz')),
      /expected one of required, type/,
    ],
    [
      "a waiver of the standard's own word",
      `- { name: a, quality: [{ metric: nullValues, mustBe: 0, customProperties: [{ property: trainyardWaivers, value: ${waiver('nullValues')} }] }] }`,
      /did you mean null_values/,
    ],
    [
      'a waiver of a rule of all rows',
      column('trainyardWaivers', waiver('row_count')),
      /row_count is no rule of a column: write its waiver at the table/,
    ],
    [
      'a fraction of items',
      '- { name: a, logicalType: array, logicalTypeOptions: { minItems: 1.5 } }',
      /minItems and maxItems are whole numbers/,
    ],
    [
      'a field without a name',
      '- { name: a, logicalType: object, properties: [{ logicalType: string }] }',
      /properties\.0\.name/,
    ],
    [
      'a number for no number',
      '- { name: a, logicalType: date, logicalTypeOptions: { minimum: 99999999999999999999 } }',
      /found "?99999999999999999999/,
    ],
  ])('at a column: %s', (_, text, expected) => {
    expect(problems(text).join('\n')).toMatch(expected);
  });

  test.each([
    ['that nobody knows', 'aggregate: mode, mustBe: 1', 'it needs implementation.aggregate, one of min, max'],
    ['of a quantile without p', 'aggregate: quantile, mustBe: 1', 'p (from 0 to 1) belongs to quantile'],
    ['with a p of another', 'aggregate: mean, p: 0.5, mustBe: 1', 'p (from 0 to 1) belongs to quantile'],
    ['without an operator', 'aggregate: mean', 'mean: no operator'],
    ['with an unknown part', 'aggregate: mean, mustBe: 1, at: 2', '"at" is unknown'],
  ])('an aggregate %s is not checked', (_, text, why) => {
    const { notChecked, aggregates } = contract(aggregate(text));
    expect([notChecked, aggregates]).toEqual([[{ what: expect.stringContaining(why), line: 9, severity: 'fail' }], []]);
  });

  test.each([
    ['without a target', '{ from: a }', 'relationship of the table (it needs to: object.column)'],
    ['of a column that is none', '{ from: flights.colum, to: o.x }', '"colum" is no column; did you mean "column"?'],
    ['of fewer columns than it needs', '{ from: flights.column, to: [o.x, o.y] }', 'found 1 and 2'],
  ])('a relationship %s is not checked, and the others are', (_, wrong, why) => {
    const relationships = `- ${wrong}\n- { from: flights.column, to: o.x }`;
    const { notChecked, foreignKeys } = contract('- name: column', { relationships });
    expect(notChecked).toEqual([{ what: expect.stringContaining(why), line: 11, severity: 'fail' }]);
    expect(foreignKeys).toMatchObject([{ columns: ['column'], line: 12 }]);
  });

  test('nesting without end is refused', () => {
    const deep = `${'{ name: a, logicalType: object, properties: ['.repeat(40)}{ name: a }${']}'.repeat(40)}`;
    expect(problems(`- ${deep}`).join('\n')).toMatch(/at most 16 values inside of one another/);
  });
});

describe('what is looked at less is a loosening that its owner approves', () => {
  const base = (text: string) => contract('- name: a\n- name: b', { custom: text });
  test.each([
    ['extra columns', '', custom('trainyardExtraColumns', 'warn'), /other columns asks for less/],
    ['order', custom('trainyardColumnOrder', 'fail'), '', /order of columns asks for less/],
    ['case', '', custom('trainyardColumnCase', 'ignore'), /may differ in case/],
    [
      'repeated rows',
      custom('trainyardDuplicateRows', 'fail'),
      custom('trainyardDuplicateRows', '{ tolerance: 1 % }'),
      /repeated rows asks for less/,
    ],
    [
      'overlap',
      custom('trainyardOverlap', '{ with: x }'),
      custom('trainyardOverlap', '{ with: y }'),
      /also in x is dropped/,
    ],
    ['constant columns', custom('trainyardConstant', 'fail'), '', /constant columns asks for less/],
  ])('%s', (_, before, after, expected) => {
    const found = compareContracts(base(before), base(after)).map(({ message }) => message);
    expect(found.join('\n')).toMatch(expected);
    expect(compareContracts(base(before), base(before))).toEqual([]);
  });

  test.each([
    ['a label', column('trainyardLabel', 'true'), '- name: a\n- name: b', /no longer marked as label/],
    [
      'leakage',
      column('trainyardLabel', '{ leakage: fail }'),
      column('trainyardLabel', 'true'),
      /leakage asks for less/,
    ],
    [
      'an ignored feature',
      column('trainyardLabel', '{ leakage: fail }'),
      column('trainyardLabel', '{ leakage: fail, ignore: [b] }'),
      /leakage of b is let pass/,
    ],
    [
      'balance',
      column('trainyardLabel', '{ balance: fail }'),
      column('trainyardLabel', '{ balance: fail, leastRows: 1 }'),
      /rarer classes/,
    ],
    ['an aggregate', aggregate('aggregate: mean, mustBe: 1'), '- name: a', /the mean of column "a"/],
    [
      'a format',
      '- { name: a, logicalType: string, logicalTypeOptions: { format: email } }',
      '- { name: a, logicalType: string }',
      /format changes from email to none/,
    ],
    [
      'a bound in its last digit',
      '- { name: a, logicalType: integer, logicalTypeOptions: { maximum: 9007199254740992 } }',
      '- { name: a, logicalType: integer, logicalTypeOptions: { maximum: 9007199254740993 } }',
      /maximum widens/,
    ],
    [
      'a shape',
      '- { name: a, logicalType: array, logicalTypeOptions: { minItems: 1 } }',
      '- { name: a, logicalType: array }',
      /what its values consist of changes/,
    ],
    [
      'a relationship that only warns',
      '- { name: a, relationships: [{ to: x.y }] }',
      '- { name: a, relationships: [{ to: x.y, customProperties: [{ property: trainyardSeverity, value: warn }] }] }',
      /foreign key of a is dropped or changed/,
    ],
  ])('%s', (_, before, after, expected) => {
    const found = compareContracts(contract(before), contract(after)).map(({ message }) => message);
    expect(found.join('\n')).toMatch(expected);
  });
});

describe('the reader of one CSV file', () => {
  const check = (text: string, columns: string, parts: ContractParts = {}) =>
    validateCsv([new TextEncoder().encode(text)], contract(columns, parts), { file: DATA_FILE });

  test.each([
    ['an aggregate', aggregate('aggregate: mean, mustBe: 1'), {}, 'the mean of column "a"'],
    [
      'a label that must not leak',
      column('trainyardLabel', '{ leakage: fail }'),
      {},
      'leakage and balance of label "a"',
    ],
    ['values inside of values', '- { name: a, logicalType: object }', {}, 'type "object" of column "a"'],
    ['repeated rows', '- name: a', { custom: custom('trainyardDuplicateRows', 'fail') }, 'repeated rows'],
    ['another dataset', '- name: a', { custom: custom('trainyardOverlap', '{ with: x }') }, 'overlap with x'],
  ])('lets nothing pass that it can’t judge: %s', (_, columns, parts, what) => {
    const text = columns.includes('name: b') ? 'a,b\n1,2\n' : 'a\n1\n';
    expect(check(text, columns, parts)).toMatchObject({ status: 'not_checked', reason: expect.stringContaining(what) });
  });

  test.each([
    ['extra columns that are allowed', 'a,z\n1,2\n', custom('trainyardExtraColumns', 'allow'), []],
    ['extra columns that warn', 'a,z\n1,2\n', custom('trainyardExtraColumns', 'warn'), ['header']],
    ['a name in another case', 'A\n1\n', custom('trainyardColumnCase', 'ignore'), []],
  ])('knows what a contract says of columns: %s', (_, text, settings, rules) => {
    const { status, findings } = check(text, '- name: a', { custom: settings });
    expect([status, findings.map(({ rule }) => rule)]).toEqual(['passed', rules]);
  });

  test('finds columns out of order where the contract asks for order', () => {
    const { status, findings } = check('b,a\n1,2\n', '- name: a\n- name: b', {
      custom: custom('trainyardColumnOrder', 'fail'),
    });
    expect([status, findings.map(({ column: name }) => name)]).toEqual(['failed', ['b']]);
  });
});

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContract } from '../../../../core/data/contract.ts';
import type { DataContract } from '../../../../core/data/contract-model.ts';
import { CONTRACT_FILE, contract, DATA_FILE } from '../contract-samples.ts';
import { type Validation, validateBoth, validateCsv } from './validate.ts';

function validate(csv: string, using: DataContract): Validation {
  return validateCsv([Buffer.from(csv)], using, { file: DATA_FILE });
}

function found(csv: string, using: DataContract): string[] {
  return validate(csv, using).findings.map(({ rule, line, column }) => `${rule} ${column ?? '-'} ${line ?? '-'}`);
}

const column = (options: string): DataContract => contract(`- { name: a, ${options} }\n- { name: b }`);

test("the example's data meets its contract, and training data with a bad value fails at its line", () => {
  const root = new URL('../../../../examples/flight-delay/', import.meta.url);
  const read = parseContract(readFileSync(new URL('models/flight-delay/flights.odcs.yaml', root), 'utf8'), {
    file: CONTRACT_FILE,
  });
  if (!read.ok) throw new Error(read.problems[0]?.message);
  const csv = readFileSync(new URL('data/flights.csv', root), 'utf8');
  expect(validate(csv, read.contract)).toMatchObject({ status: 'passed', total: 0, rows: 6000 });
  const lines = csv.split('\n');
  lines[56] = lines[56]?.replace(/,(\d+),([^,]*,[^,]*,[^,]*,[^,]*,[^,]*,[^,]*)$/, ',far,$2') ?? '';
  expect(found(lines.join('\n'), read.contract)).toEqual(['type distance 57']);
});

test.each([
  ['logicalType: integer', ['1', '-3', '+4', ''], ['1.0', 'x', '1e3', ' 1', 'NaN', '٣']],
  ['logicalType: number', ['1', '-3.5', '1e-3', '.5', '5.', ''], ['x', 'NaN', 'inf', '1e999', '0x10', '1,5', '']],
  ['logicalType: boolean', ['true', 'False', '0', '1'], ['yes', '2']],
  ['logicalType: date', ['2013-01-31'], ['2013-02-30', '31.01.2013']],
  ['logicalType: timestamp', ['2013-01-31T10:00:00Z'], ['2013-01-31']],
  ['logicalType: integer, logicalTypeOptions: { minimum: 1, maximum: 12 }', ['1', '12'], ['0', '13']],
  ['logicalType: number, logicalTypeOptions: { exclusiveMinimum: 0, exclusiveMaximum: 1 }', ['0.5'], ['0', '1']],
  ['logicalType: integer, logicalTypeOptions: { format: u8 }', ['0', '255'], ['-1', '256']],
  ["logicalType: date, logicalTypeOptions: { minimum: '2013-01-01' }", ['2013-01-01'], ['2012-12-31']],
  ['logicalType: number, logicalTypeOptions: { multipleOf: 0.1 }', ['0.3', '1'], ['0.35']],
  ['logicalType: string, logicalTypeOptions: { minLength: 2, maxLength: 3 }', ['ab', '😀😀😀'], ['a', 'abcd']],
  ["logicalType: string, logicalTypeOptions: { pattern: '^[A-Z]+$' }", ['AB'], ['Ab']],
  ['logicalType: string, logicalTypeOptions: { enum: [x, y] }', ['x'], ['z']],
  ['required: true', ['0', ' '], ['']],
])('checks each value against "%s"', (options, good, bad) => {
  const using = column(options);
  const rows = (values: string[]): string => `a,b\n${values.map((value) => `"${value}",1\n`).join('')}`;
  expect(found(rows(good), using)).toEqual([]);
  const expected = bad.filter((value) => value !== '' || options.includes('required')).length;
  expect(validate(rows(bad), using).total).toBe(expected);
});

test('shows what was expected and what was found', () => {
  const [finding] = validate(
    'a,b\n13,1\n',
    column('logicalType: integer, logicalTypeOptions: { maximum: 12 }'),
  ).findings;
  expect(finding).toEqual({
    rule: 'maximum',
    severity: 'fail',
    file: DATA_FILE,
    line: 2,
    column: 'a',
    message: 'expected a value ≤ 12, found "13"',
  });
});

test('names the line of the first occurrence of a repeated value', () => {
  const [finding] = validate('a,b\nx,1\ny,1\nx,1\n', column('unique: true')).findings;
  expect(finding).toMatchObject({
    rule: 'unique',
    line: 4,
    message: 'expected each value once, found "x" again (first on line 2)',
  });
});

test('a primary key of two columns is unique as a pair', () => {
  const using = contract(
    '- { name: a, primaryKey: true, primaryKeyPosition: 2 }\n- { name: b, primaryKey: true, primaryKeyPosition: 1 }',
  );
  expect(found('a,b\n1,1\n1,2\n2,1\n1,2\n', using)).toEqual(['primary_key b, a 5']);
});

test.each([
  ['a missing column', 'a\n1\n', ['header b 1']],
  ['a column that the contract does not have', 'a,b,c\n1,1,1\n', ['header c 1']],
  ['a column twice', 'a,b,a\n1,1,1\n', ['header a 1']],
  ['an empty file', '', ['csv - 1']],
  ['a broken row', 'a,b\n1\n', ['csv - 2']],
])('reports %s', (_, csv, expected) => {
  expect(found(csv, contract('- name: a\n- name: b'))).toEqual(expected);
});

test('does not ask for an order of columns', () => {
  expect(validate('b,a\n1,2\n', contract('- name: a\n- name: b')).status).toBe('passed');
});

test.each([
  ['nullValues, mustBe: 0', 'x\n""\nz', 3],
  ["missingValues, mustBe: 0, arguments: { missingValues: [null, 'N/A'] }", 'x\nN/A\nz', 3],
  ['invalidValues, mustBe: 0, arguments: { validValues: [x, z] }', 'x\ny\nz', 3],
  ["invalidValues, mustBeLessThan: 1, arguments: { pattern: '^[xz]$' }", 'x\ny\nz', 3],
  ['duplicateValues, mustBe: 0', 'x\ny\nx', 4],
  ['nullValues, mustBeLessThan: 30, unit: percent', 'x\n""\nz', 3],
])('the rule %s fails at the first row that counts', (rule, rows, line) => {
  expect(found(`a\n${rows}\n`, contract(`- { name: a, quality: [{ metric: ${rule} }] }`))).toEqual([
    `quality.${rule.split(',')[0]} a ${line}`,
  ]);
});

test.each([
  ['nullValues, mustBeLessThan: 2', 'x\n""\nz'],
  ['nullValues, mustBeLessOrEqualTo: 34, unit: percent', 'x\n""\nz'],
  ['invalidValues, mustBeBetween: [1, 2], arguments: { validValues: [x] }', 'x\ny'],
  ['duplicateValues, mustNotBe: 2', 'x\nx'],
])('the rule %s holds within its bounds', (rule, rows) => {
  expect(found(`a\n${rows}\n`, contract(`- { name: a, quality: [{ metric: ${rule} }] }`))).toEqual([]);
});

test.each([
  ['mustBe: 2', true],
  ['mustBe: 3', false],
  ['mustNotBe: 2', false],
  ['mustBeGreaterThan: 2', false],
  ['mustBeGreaterOrEqualTo: 2', true],
  ['mustBeLessThan: 2', false],
  ['mustBeLessOrEqualTo: 2', true],
  ['mustBeBetween: [2, 5]', true],
  ['mustNotBeBetween: [2, 5]', false],
])('two rows and rowCount %s: %s', (operator, holds) => {
  expect(found('a\n1\n2\n', contract('- name: a', `- { metric: rowCount, ${operator} }`)).length === 0).toBe(holds);
});

test('counts rows that repeat a combination of columns', () => {
  const rule = '- { metric: duplicateValues, mustBe: 0, arguments: { properties: [a, b] } }';
  expect(found('a,b\n1,1\n1,2\n1,1\n', contract('- name: a\n- name: b', rule))).toEqual([
    'quality.duplicateValues a, b 4',
  ]);
});

test('a rule of severity warning is found and does not fail', () => {
  const using = contract('- { name: a, quality: [{ metric: nullValues, mustBe: 0, severity: warning }] }');
  expect(validate('a\n""\n', using)).toMatchObject({ status: 'passed', total: 1, findings: [{ severity: 'warn' }] });
});

test('what cannot be checked never passes', () => {
  const using = contract('- { name: a, quality: [{ type: sql, query: x, mustBe: 1 }] }');
  expect(validate('a\n1\n', using)).toMatchObject({
    status: 'not_checked',
    reason: expect.stringContaining('type "sql"'),
  });
});

test('a failure outweighs what cannot be checked', () => {
  const using = contract('- { name: a, required: true, logicalType: array }');
  expect(validate('a\n""\n', using).status).toBe('failed');
});

test('caps what it keeps and counts all', () => {
  const using = contract('- { name: a, logicalType: integer }\n- { name: b, logicalType: integer }');
  const bad = validate(`a,b\n${'x,1\n'.repeat(2000)}1,x\n`, using);
  expect(bad.total).toBe(2001);
  expect(bad.findings.map((finding) => finding.line)).toContain(2002);
  expect(bad.findings.length).toBeLessThan(100);
});

test('data must pass the contract of the base and of the head', () => {
  const base = column('logicalType: integer, logicalTypeOptions: { maximum: 5 }');
  const head = column('logicalType: integer, logicalTypeOptions: { maximum: 50 }');
  const both = (csv: string): Validation => validateBoth([Buffer.from(csv)], { head, base }, { file: DATA_FILE });
  expect(both('a,b\n5,1\n').status).toBe('passed');
  expect(both('a,b\n6,1\n')).toMatchObject({
    status: 'failed',
    total: 1,
    reason: expect.stringContaining('contract of the base'),
  });
  expect(both('a,b\n60,1\n')).toMatchObject({ status: 'failed', total: 2 });
});

test('a finding in both forms counts once', () => {
  const form = column('logicalType: integer');
  expect(validateBoth([Buffer.from('a,b\nx,1\n')], { head: form, base: form }, { file: DATA_FILE })).toMatchObject({
    status: 'failed',
    total: 1,
  });
});

test('a pull request can add a column to data and contract', () => {
  const base = contract('- name: a');
  const head = contract('- name: a\n- name: b');
  expect(validateBoth([Buffer.from('a,b\n1,2\n')], { head, base }, { file: DATA_FILE })).toMatchObject({
    status: 'passed',
    findings: [{ severity: 'warn' }],
  });
});

test('never throws, whatever the bytes', () => {
  const using = contract(
    '- { name: a, logicalType: integer, unique: true, quality: [{ metric: duplicateValues, mustBe: 0 }] }\n- { name: b, logicalType: timestamp, primaryKey: true }',
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = validateCsv([Buffer.from('a,b\n'), bytes], using, { file: DATA_FILE });
      expect(result.total).toBeGreaterThanOrEqual(result.findings.length);
    }),
  );
});

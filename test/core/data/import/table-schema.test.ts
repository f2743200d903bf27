import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseContract } from '../../../../core/data/contract.ts';
import type { DataContract } from '../../../../core/data/contract-model.ts';
import { dateFormat } from '../../../../core/data/import/date-format.ts';
import { importTableSchema } from '../../../../core/data/import/table-schema.ts';
import { CONTRACT_FILE, DATA_FILE } from '../contract-samples.ts';
import { validateCsv } from '../csv-reference/validate.ts';

const OPTIONS = { dataset: 'flights', path: 'data/flights.csv' };

function imported(schema: unknown): { contract: DataContract; notes: readonly string[] } {
  const result = importTableSchema(JSON.stringify(schema), OPTIONS);
  if (!result.ok) throw new Error(result.message);
  const read = parseContract(result.contract, { file: CONTRACT_FILE });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { contract: read.contract, notes: result.notes };
}

const check = (field: object, value: string): string => {
  const { contract } = imported({ fields: [{ name: 'a', ...field }, { name: 'b' }] });
  return validateCsv([Buffer.from(`a,b\n${value},x\n`)], contract, { file: DATA_FILE }).status;
};

describe('each constraint holds as it did', () => {
  test.each([
    ['an integer', { type: 'integer' }, '3', '3.5'],
    ['a year', { type: 'year' }, '2013', '12345'],
    ['required', { type: 'string', constraints: { required: true } }, 'x', ''],
    ['a minimum', { type: 'number', constraints: { minimum: 0 } }, '0', '-0.1'],
    ['a minimum as text', { type: 'number', constraints: { minimum: '1.5' } }, '2', '1'],
    ['an exclusive maximum', { type: 'number', constraints: { exclusiveMaximum: 1 } }, '0.9', '1'],
    ['a pattern for the whole value', { type: 'string', constraints: { pattern: '[A-Z]{2}|x' } }, 'AB', 'ABC'],
    ['a set', { type: 'string', constraints: { enum: ['no', '2013-01-01'] } }, 'no', 'false'],
    ['a set of numbers', { type: 'integer', constraints: { enum: [1, 2] } }, '2', '3'],
    ['lengths', { type: 'string', constraints: { minLength: 2, maxLength: 3 } }, 'abc', 'a'],
    ['an e-mail address', { type: 'string', format: 'email' }, 'a@b.example', 'a@b'],
    ['a date', { type: 'date' }, '2013-02-28', '2013-02-30'],
    ['a date as it is written', { type: 'date', format: '%d/%m/%Y' }, '28/02/2013', '2013-02-28'],
    ['the least date', { type: 'date', constraints: { minimum: '2013-01-01' } }, '2013-01-01', '2012-12-31'],
    ['a timestamp', { type: 'datetime' }, '2013-02-28T05:00:00Z', 'morning'],
    ['a time', { type: 'time', constraints: { minimum: '09:00:00' } }, '09:30:00', '08:00:00'],
  ])('%s', (_, field, good, bad) => {
    expect([check(field, good), check(field, bad)]).toEqual(['passed', 'failed']);
  });
});

test('keys, unique keys and foreign keys are carried over', () => {
  const { contract } = imported({
    fields: [{ name: 'a' }, { name: 'b' }, { name: 'c' }],
    primaryKey: ['b', 'a'],
    uniqueKeys: [['a', 'c']],
    foreignKeys: [{ fields: 'c', reference: { resource: 'airports', fields: 'code' } }],
  });
  expect(contract.columns.map(({ primaryKey }) => primaryKey)).toEqual([2, 1, null]);
  expect(contract.rules).toMatchObject([{ metric: 'duplicateValues', columns: ['a', 'c'] }]);
  expect(contract.foreignKeys).toMatchObject([{ columns: ['c'], to: { object: 'airports', columns: ['code'] } }]);
});

test('the dialect and the encoding of a resource are carried over, and what has no word is noted', () => {
  const resource = {
    schema: { fields: [{ name: 'a' }] },
    encoding: 'latin1',
    dialect: {
      delimiter: ';',
      quoteChar: "'",
      doubleQuote: true,
      skipInitialSpace: true,
      header: false,
      commentChar: '#',
    },
  };
  const { contract, notes } = imported(resource);
  expect(contract.dialect).toEqual({ header: false, delimiter: ';', quote: "'", trim: true, encoding: 'iso-8859-1' });
  expect(notes).toEqual([
    'commentChar of the dialect is not carried over',
    'skipInitialSpace is carried over as trim, which leaves out spaces behind fields, too',
  ]);
});

test.each([
  ['exact', 'fail', 0],
  ['subset', null, 0],
  ['partial', null, 1],
  ['superset', 'fail', 1],
])('fieldsMatch %s decides on other columns', (fieldsMatch, severity, notes) => {
  const read = imported({ fields: [{ name: 'a' }], fieldsMatch });
  expect([read.contract.settings.extraColumns?.severity ?? null, read.notes.length]).toEqual([severity, notes]);
});

test.each([
  ['texts', ['', 'NA', '-'], ['NA', '-'], 0],
  [
    'texts with a word on each',
    [
      { value: '', label: 'none' },
      { value: '-99', label: 'refused' },
    ],
    ['-99'],
    0,
  ],
  ['the empty field alone', [''], undefined, 0],
  ['no empty field', ['NA'], ['NA'], 1],
  ['nothing', [], undefined, 1],
  ['numbers', [-99], undefined, 1],
])('missing values that are %s are carried over', (_, missingValues, missing, notes) => {
  const read = imported({ fields: [{ name: 'a', type: 'integer' }], missingValues });
  expect([read.contract.dialect?.missing, read.notes.length]).toEqual([missing, notes]);
});

test('a data package gives the schema of the resource that is meant', () => {
  const resource = (name: string, column: string) => ({ name, schema: { fields: [{ name: column }] } });
  const { contract } = imported({ resources: [resource('airports', 'code'), resource('flights', 'carrier')] });
  expect(contract.columns.map(({ name }) => name)).toEqual(['carrier']);
});

test.each([
  ['a type', { type: 'geopoint' }, 'a: type geopoint is not checked'],
  ['a format', { type: 'string', format: 'secret' }, 'a: format secret is not checked'],
  ['missing values of a field', { type: 'integer', missingValues: ['-'] }, 'a: missingValues is not carried over'],
  ['a bound of a text', { type: 'string', constraints: { minimum: 3 } }, 'a: minimum of its constraints'],
  ['a length of a number', { type: 'integer', constraints: { maxLength: 3 } }, 'a: maxLength of its constraints'],
  ['a constraint that it does not know', { constraints: { color: 'red' } }, 'a: color of its constraints'],
  ['the form of a date', { type: 'date', format: 'any' }, 'a: format any is not checked, nor is the type'],
  ['the form of a time', { type: 'time', format: '%H-%M' }, 'a: format %H-%M is not checked, nor is the type'],
  ['other words for true', { type: 'boolean', trueValues: ['yes'] }, 'a: trueValues is not carried over'],
  ['a decimal comma', { type: 'number', decimalChar: ',' }, 'a: decimalChar is not carried over'],
  ['a pattern that could run forever', { type: 'string', constraints: { pattern: '(?=a)' } }, 'option "pattern"'],
])('%s that a contract cannot say is noted', (_, field, note) => {
  expect(imported({ fields: [{ name: 'a', ...field }] }).notes.join('\n')).toContain(note);
});

test.each([
  ['no JSON', '{', /expected JSON or YAML/],
  ['no fields', '{"fields": []}', /expected a Table Schema/],
  ['something else', '[1]', /expected a Table Schema/],
  ['a column twice', '{"fields": [{"name": "a"}, {"name": "a"}]}', /column "a" is declared twice/],
  [
    'a bound that is no date',
    '{"fields": [{"name": "a", "type": "date", "constraints": {"minimum": "x"}}]}',
    /minimum/,
  ],
  ['aliases', 'fields: &x [{name: a}]\nother: *x', /aliases/],
])('%s is refused with the reason', (_, text, message) => {
  expect(importTableSchema(text, OPTIONS)).toEqual({ ok: false, message: expect.stringMatching(message) });
});

test.each([
  ['%Y-%m-%d', 'yyyy-MM-dd'],
  ['%Y-%m-%dT%H:%M:%S', "yyyy-MM-dd'T'HH:mm:ss"],
  ['%j', null],
  ['%', null],
  ['any', null],
])('the strptime format %s is %s', (strptime, java) => {
  expect(dateFormat(strptime)).toBe(java);
});

test('never throws, and what it writes can be read, whatever the schema', () => {
  const field = fc.record(
    {
      name: fc.string({ minLength: 1, maxLength: 20 }),
      type: fc.constantFrom('string', 'integer', 'date', 'number', 'boolean', 'any', 'x'),
      format: fc.oneof(fc.constantFrom('default', 'email', '%Y'), fc.string()),
      description: fc.string({ unit: 'binary' }),
      constraints: fc.record(
        {
          pattern: fc.string(),
          minimum: fc.oneof(fc.double(), fc.string()),
          enum: fc.array(fc.string({ unit: 'binary' })),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: ['name'] },
  );
  fc.assert(
    fc.property(fc.uniqueArray(field, { selector: ({ name }) => name, minLength: 1, maxLength: 4 }), (fields) => {
      const result = importTableSchema(JSON.stringify({ fields }), OPTIONS);
      if (result.ok) expect(parseContract(result.contract, { file: CONTRACT_FILE }).ok).toBe(true);
    }),
    { numRuns: 150 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseContract } from '../../../../core/data/contract.ts';
import type { DataContract } from '../../../../core/data/contract-model.ts';
import { importJsonSchema } from '../../../../core/data/import/json-schema.ts';
import { CONTRACT_FILE, DATA_FILE } from '../contract-samples.ts';
import { validateCsv } from '../csv-reference/validate.ts';

const OPTIONS = { dataset: 'flights', path: null };

function imported(schema: unknown): { contract: DataContract; notes: readonly string[] } {
  const result = importJsonSchema(JSON.stringify(schema), OPTIONS);
  if (!result.ok) throw new Error(result.message);
  const read = parseContract(result.contract, { file: CONTRACT_FILE });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return { contract: read.contract, notes: result.notes };
}

const check = (a: object, value: string, required: string[] = []): string => {
  const { contract } = imported({ type: 'object', properties: { a, b: true }, required });
  return validateCsv([Buffer.from(`a,b\n${value},x\n`)], contract, { file: DATA_FILE }).status;
};

test.each([
  ['an integer', { type: 'integer' }, '3', '3.5'],
  ['an integer or null', { type: ['integer', 'null'] }, '', 'x'],
  ['bounds', { type: 'number', minimum: 0, exclusiveMaximum: 1 }, '0', '1'],
  ['a multiple', { type: 'number', multipleOf: 0.5 }, '1.5', '1.2'],
  ['a pattern anywhere in the text', { type: 'string', pattern: 'b+' }, 'abc', 'ac'],
  ['a set', { enum: ['x', 1, null] }, '1', '2'],
  ['one value', { const: 'x' }, 'x', 'y'],
  ['a date', { type: 'string', format: 'date' }, '2013-01-31', '2013-01-32'],
  ['a uuid', { type: 'string', format: 'uuid' }, '123e4567-e89b-12d3-a456-426614174000', 'x'],
])('%s holds as it did', (_, schema, good, bad) => {
  expect([check(schema, good), check(schema, bad)]).toEqual(['passed', 'failed']);
});

test('a required column may be null where its type says so', () => {
  expect(check({ type: ['string', 'null'] }, '', ['a'])).toBe('passed');
  expect(check({ type: 'string' }, '', ['a'])).toBe('failed');
});

test('an array of rows and references within the document are followed', () => {
  const schema = {
    type: 'array',
    items: { $ref: '#/$defs/row' },
    $defs: { row: { properties: { a: { $ref: '#/$defs/a~1b' } } }, 'a/b': { type: 'integer', description: 'text' } },
  };
  expect(imported(schema).contract.columns).toMatchObject([{ name: 'a', logicalType: 'integer' }]);
});

test('values inside of values are carried over, at any depth', () => {
  const price = { type: 'number', minimum: 0 };
  const kind = { enum: ['a', 'b (c)', null], type: ['string', 'null'] };
  const size = { enum: [1, 2] };
  const { contract, notes } = imported({
    properties: {
      buyer: {
        type: 'object',
        required: ['mail', 'kind'],
        properties: { mail: { type: 'string', format: 'email' }, kind, size },
        additionalProperties: false,
      },
      items: {
        type: 'array',
        minItems: 1,
        uniqueItems: true,
        items: { type: 'object', required: ['price'], properties: { price: { $ref: '#/$defs/price' } } },
      },
      tags: { type: 'array', items: { type: 'string', maxLength: 5 } },
      any: { type: 'array' },
    },
    required: ['buyer'],
    $defs: { price },
  });
  expect(contract.columns).toMatchObject([
    {
      name: 'buyer',
      required: true,
      shape: {
        kind: 'object',
        fields: [
          { name: 'mail', required: true, options: { textFormat: { name: 'email' } } },
          { name: 'kind', required: false, options: { pattern: { source: '^(?:a|b \\(c\\))$' } } },
          { name: 'size', options: { values: null } },
        ],
      },
    },
    {
      name: 'items',
      shape: {
        ...{ kind: 'array', minItems: 1, maxItems: null, uniqueItems: true },
        items: { shape: { fields: [{ name: 'price', required: true, options: { minimum: { value: 0 } } }] } },
      },
    },
    { name: 'tags', shape: { items: { logicalType: 'string', options: { maxLength: 5 } } } },
    { name: 'any', shape: { kind: 'array', items: null } },
  ]);
  expect(contract.notChecked).toEqual([]);
  expect(notes).toEqual([
    'buyer: additionalProperties is not carried over',
    'buyer.size: enum inside of a column is carried over for texts without a pattern alone',
  ]);
});

test('a schema that refers to itself, and one that few references make very large, end with a note', () => {
  const tree = { type: 'object', properties: { left: { $ref: '#/$defs/tree' }, name: { type: 'string' } } };
  expect(imported({ properties: { a: tree }, $defs: { tree } }).notes).toEqual([
    'a.left.left.left.left.left.left.left.left: type object is not checked',
    'a.left.left.left.left.left.left.left.left: properties is not carried over',
  ]);
  const names = Array.from({ length: 40 }, (_, at) => `f${at}`);
  const level = (next: object) => ({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, next])),
  });
  const $defs = { c: level({ type: 'string' }), b: level({ $ref: '#/$defs/c' }), a: level({ $ref: '#/$defs/b' }) };
  const { notes } = imported({ properties: { a: { $ref: '#/$defs/a' } }, $defs });
  expect(notes.length).toBeGreaterThan(40);
});

test.each([
  ['a circle', { $ref: '#/properties/a' }, 'could not be read'],
  ['another document', { $ref: 'https://evil.example/x.json' }, 'could not be read'],
  ['a nested object', { type: 'object' }, 'type object is not checked'],
  ['alternatives', { anyOf: [{ type: 'string' }] }, 'anyOf is not carried over'],
  ['a bound of a text', { type: 'string', minimum: 3 }, 'a: minimum is not carried over'],
  ['a length that is none', { type: 'string', minLength: -1 }, 'a: minLength is no whole number'],
  ['a format of a number', { type: 'integer', format: 'int32' }, 'a: format is not carried over'],
  [
    'what stands beside a reference',
    { $ref: '#/$defs/t', maxLength: 3 },
    'a: maxLength beside $ref is not carried over',
  ],
  ['the encoding of a text', { type: 'string', contentEncoding: 'base64' }, 'a: contentEncoding is not carried over'],
  ['a set beside one value', { const: 'x', enum: ['x', 'y'] }, 'a: enum beside const'],
  ['a set of objects', { enum: [{}] }, 'other values than texts and numbers'],
  ['a flag of draft 4', { type: 'number', minimum: 0, exclusiveMinimum: true }, 'state it as a number'],
])('%s is noted', (_, a, note) => {
  expect(imported({ properties: { a }, $defs: { t: { type: 'string' } } }).notes.join('\n')).toContain(note);
});

test.each([
  [{ dependentRequired: { a: ['b'] } }, 'dependentRequired of the row'],
  [{ dependentSchemas: {} }, 'dependentSchemas of the row'],
  [{ minProperties: 1 }, 'minProperties of the row'],
  [{ unevaluatedProperties: false }, 'unevaluatedProperties of the row'],
  [{ additionalProperties: { type: 'string' } }, 'additionalProperties of the row'],
])('what %j says of the row is noted', (more, note) => {
  expect(imported({ properties: { a: { type: 'string' } }, ...more }).notes).toEqual([`${note} is not carried over`]);
});

test('words for people are no rules and not noted', () => {
  const words = {
    title: 'x',
    description: 'y',
    examples: [1],
    default: 2,
    $comment: 'z',
    deprecated: true,
    'x-unit': 'km',
  };
  expect(imported({ ...words, properties: { a: { ...words, type: 'integer' } } }).notes).toEqual([]);
});

test.each([
  [{}, null],
  [{ additionalProperties: true }, null],
  [{ additionalProperties: false }, 'fail'],
])('columns that the schema does not name are judged as it says: %j', (more, severity) => {
  const { extraColumns } = imported({ properties: { a: { type: 'string' } }, ...more }).contract.settings;
  expect(extraColumns?.severity ?? null).toBe(severity);
});

test('a property that is required and described nowhere must be there', () => {
  expect(imported({ properties: { a: {} }, required: ['b'] }).contract.columns.map(({ name }) => name)).toEqual([
    'a',
    'b',
  ]);
});

test('rows of an array must be as many as it says', () => {
  const rows = { type: 'array', minItems: 3, uniqueItems: true, items: { properties: { a: {} } } };
  const { contract, notes } = imported(rows);
  expect(contract.rules).toMatchObject([{ metric: 'rowCount', conditions: [{ operands: [3] }] }]);
  expect(notes).toEqual(['uniqueItems of the rows is not carried over']);
});

test.each([
  ['no properties', '{"type": "string"}'],
  ['an array of texts', '{"items": {"type": "string"}}'],
  ['null', 'null'],
])('%s is refused', (_, text) => {
  expect(importJsonSchema(text, OPTIONS)).toMatchObject({ ok: false, message: expect.stringContaining('expected') });
});

test('never throws, and what it writes can be read, whatever the schema', () => {
  const schema = fc.object({
    key: fc.constantFrom('type', 'enum', 'minimum', '$ref', 'format', 'pattern', 'x'),
    maxDepth: 2,
  });
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 8 }), schema, { maxKeys: 4 }), (properties) => {
      const result = importJsonSchema(JSON.stringify({ properties }), OPTIONS);
      if (result.ok) expect(parseContract(result.contract, { file: CONTRACT_FILE }).ok).toBe(true);
    }),
    { numRuns: 150 },
  );
});

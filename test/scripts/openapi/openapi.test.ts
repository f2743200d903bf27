import { describe, expect, test } from 'vitest';
import { closeRequest } from '../../../scripts/openapi/close-request.ts';
import { foldRepeats } from '../../../scripts/openapi/fold-repeats.ts';
import { type Json, simplify } from '../../../scripts/openapi/simplify.ts';

describe('simplify', () => {
  test.each<[string, Json, Json]>([
    ['a nullable type', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
    [
      'a nullable enum',
      { type: 'string', enum: ['a'], nullable: true },
      { type: ['string', 'null'], enum: ['a', null] },
    ],
    [
      'nullable without a type',
      { nullable: true, allOf: [{ $ref: '#/x' }] },
      { anyOf: [{ allOf: [{ $ref: '#/x' }] }, { type: 'null' }] },
    ],
    [
      'what constrains nothing',
      { type: 'string', description: 'd', example: 'e', 'x-y': 1, default: 'z' },
      { type: 'string' },
    ],
    [
      'fields named like keywords',
      { properties: { description: { type: 'string' } } },
      { properties: { description: { type: 'string' } } },
    ],
    ['a format that validators do not know', { type: 'integer', format: 'int64' }, { type: 'integer' }],
  ])('%s', (_, schema, expected) => {
    expect(simplify(schema)).toEqual(expected);
  });
});

describe('closeRequest', () => {
  const nothing = (): Json => ({});

  test('takes the named fields only, at each depth', () => {
    const closed = closeRequest({ properties: { a: { properties: { b: {} } } } }, nothing);
    expect(closed).toEqual({
      properties: { a: { properties: { b: {} }, propertyNames: { enum: ['b'] } } },
      propertyNames: { enum: ['a'] },
    });
  });

  test('takes the fields of combined branches, which do not refuse those of the whole', () => {
    const closed = closeRequest({ properties: { a: {} }, anyOf: [{ properties: { b: {} } }] }, nothing);
    expect(closed).toEqual({
      properties: { a: {} },
      anyOf: [{ properties: { b: {} } }],
      propertyNames: { enum: ['a', 'b'] },
    });
  });

  test('leaves open what says so, or names nothing', () => {
    const open = { properties: { a: {} }, additionalProperties: true };
    expect(closeRequest(open, nothing)).toEqual(open);
    expect(closeRequest({ type: 'object' }, nothing)).toEqual({ type: 'object' });
  });

  test('writes a reference in place, and ends where one leads back to itself', () => {
    const closed = closeRequest({ $ref: '#/x' }, () => ({ properties: { again: { $ref: '#/x' } } }));
    expect(closed).toEqual({ properties: { again: {} }, propertyNames: { enum: ['again'] } });
  });
});

describe('foldRepeats', () => {
  const long = {
    type: 'object',
    properties: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`field${at}`, { type: 'string' }])),
  };

  test('keeps one copy of a long schema', () => {
    const folded = foldRepeats({ a: long, b: long, components: { schemas: {} } });
    const reference = { $ref: '#/components/schemas/repeated-1' };
    expect(folded).toEqual({ a: reference, b: reference, components: { schemas: { 'repeated-1': long } } });
  });

  test('never takes a map of fields for a schema, even with a field named type', () => {
    const fields = { ...long.properties, type: { type: 'string' } };
    const document = { a: { properties: fields }, b: { properties: fields } };
    const text = JSON.stringify(foldRepeats(document));
    expect(text).not.toContain('"properties":{"$ref"');
  });
});

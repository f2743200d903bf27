import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Digest, Id, json, kebab, readInputs, writeOutputs } from '../../../actions/runtime/inputs.ts';

const Schema = z.strictObject({ artifactId: Id, order: json(z.strictObject({ a: z.int() })) });

test('inputs are read by their names in action.yml', () => {
  const texts: Record<string, string> = { 'artifact-id': '12', order: '{"a":1}' };
  expect(readInputs(Schema, (name) => texts[name] ?? '')).toEqual({ artifactId: 12, order: { a: 1 } });
});

test('every bad input is named at once', () => {
  expect(() => readInputs(Schema, () => 'x')).toThrow(/artifact-id: a positive number[\s\S]*order: expected JSON/);
});

test('a problem inside of JSON says where', () => {
  const texts: Record<string, string> = { 'artifact-id': '1', order: '{"a":"x"}' };
  expect(() => readInputs(Schema, (name) => texts[name] ?? '')).toThrow(/order\.a: /);
});

test('outputs are texts by the names of action.yml', () => {
  const Outputs = z.strictObject({ timeoutMinutes: z.int(), admitted: z.boolean() });
  expect(Object.fromEntries(writeOutputs(Outputs, { timeoutMinutes: 5, admitted: true }))).toEqual({
    'timeout-minutes': '5',
    admitted: 'true',
  });
});

test.each(['0', '-1', '1.5', '01', '1e3', ' 1', '99999999999999999999'])('%j is no id', (text) => {
  expect(Id.safeParse(text).success).toBe(false);
});

test('a digest may carry its prefix', () => {
  expect(Digest.parse(`sha256:${'a'.repeat(64)}`)).toBe('a'.repeat(64));
  expect(Digest.safeParse(`sha512:${'a'.repeat(64)}`).success).toBe(false);
});

test('names in camel case and in kebab case never clash', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z]([a-zA-Z0-9]{0,20})$/), (key) => {
      expect(kebab(key).replace(/-[a-z]/g, (match) => match.slice(1).toUpperCase())).toBe(key);
    }),
  );
});

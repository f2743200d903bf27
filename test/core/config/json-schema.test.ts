import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configJsonSchema, keysAt } from '../../../core/config/json-schema.ts';
import { CONFIG_TEXT, changedText } from '../samples.ts';

const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
const validate = ajv.compile(configJsonSchema());

test('an editor accepts the sample config', () => {
  expect(validate(parse(CONFIG_TEXT))).toBe(true);
});

test('an editor refuses an unknown key', () => {
  expect(validate(parse(changedText(['timeout: 2h', 'timeuot: 2h'])))).toBe(false);
});

test('an editor accepts the config of the example', () => {
  const text = readFileSync(new URL('../../../examples/flight-delay/.github/trainyard.yml', import.meta.url), 'utf8');
  expect(validate(parse(text)) ? [] : validate.errors).toEqual([]);
});

test('keys are known below names and in every kind of parameter', () => {
  expect(keysAt(['models', 'x', 'train', 'params', 'p']).sort()).toEqual([
    'default',
    'max',
    'min',
    'pattern',
    'type',
    'values',
  ]);
});

test('where names are free, no key is suggested', () => {
  expect(keysAt(['models'])).toEqual([]);
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findStandIn, standInNames } from '../../../local/workflows/standins/registry.ts';

test('the registry holds one stand-in for each file of the folder', () => {
  const files = readdirSync(join(import.meta.dirname, '../../../local/workflows/standins'));
  const names = files.filter((file) => file !== 'registry.ts').map((file) => `actions/${file.replace('.ts', '')}`);
  expect(standInNames().sort()).toEqual(names.sort());
});

test.each([
  ['actions/checkout', true],
  ['Actions/Checkout', true],
  ['actions/checkout/sub', false],
  ['actions/cache', false],
])('%s has one: %s', (name, expected) => {
  expect(findStandIn(name) !== undefined).toBe(expected);
});

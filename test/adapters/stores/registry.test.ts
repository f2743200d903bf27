import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STORES } from '../../../adapters/stores/registry.ts';
import { StoreConfig } from '../../../core/config/policy.ts';

test('every folder of a store is registered, and every one that policy may name', () => {
  const folders = readdirSync('adapters/stores', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(Object.keys(STORES).sort()).toEqual(folders.map(({ name }) => name).sort());
  const { keep: _ofAll, ...stores } = StoreConfig.shape;
  expect(Object.keys(STORES).sort()).toEqual(Object.keys(stores).sort());
});

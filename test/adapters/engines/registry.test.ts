import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMPUTE_ENGINES, ENGINES } from '../../../adapters/engines/registry.ts';
import { RunRequest } from '../../../core/training/request.ts';

const folder = join(import.meta.dirname, '../../../adapters/engines');
const registered = [...Object.keys(ENGINES), ...Object.keys(COMPUTE_ENGINES)].sort();

test('every folder of an engine is registered, and nothing else', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(registered).toEqual(folders.map(({ name }) => name).sort());
});

test('every engine that a config may name is registered', () => {
  expect(registered).toEqual([...RunRequest.shape.engine.options].sort());
});

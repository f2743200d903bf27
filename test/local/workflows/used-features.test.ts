import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { TRIGGERS } from '../../../local/actions/triggers.ts';
import { KEYS } from '../../../local/workflows/load.ts';
import { standInNames } from '../../../local/workflows/standins/registry.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The workflows that are shipped, those of the examples, and the table of features with expected results. */
const texts = ['workflows', 'examples', 'test/local/workflows/features'].flatMap((folder) =>
  readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
);

type Json = Record<string, unknown>;
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const maps = (value: unknown): Json[] => Object.values(isMap(value) || Array.isArray(value) ? value : {}).filter(isMap);

const workflows = texts
  .map((text): unknown => parse(text.split('\n---\n').at(-1) ?? ''))
  .filter((value) => isMap(value) && isMap(value['jobs']) && value['on'] !== undefined)
  .filter(isMap);
const jobs = workflows.flatMap((workflow) => maps(workflow['jobs']));
const steps = jobs.flatMap((job) => maps(job['steps']));
const keysOf = (values: readonly Json[]): Set<string> => new Set(values.flatMap((value) => Object.keys(value)));

test('the workflows were found', () => {
  expect([workflows.length > 20, jobs.length > 40, steps.length > 80]).toEqual([true, true, true]);
});

test.each([
  ['workflow', workflows],
  ['job', jobs],
  ['step', steps],
] as const)('every key of a %s that the executor understands is used', (where, values) => {
  const used = keysOf(values);
  expect(KEYS[where].filter((key) => !used.has(key))).toEqual([]);
});

test('every stand-in is used', () => {
  const used = new Set(steps.map((step) => String(step['uses'] ?? '').split('@')[0]));
  expect(standInNames().filter((name) => !used.has(name))).toEqual([]);
});

test('every trigger starts a workflow of ours, of the examples, or of a test', () => {
  const tests = ['test/local/actions', 'test/end-to-end', 'test/adapters', 'test/flows'].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')),
  );
  const declared = workflows.flatMap(({ on }) => (isMap(on) ? Object.keys(on) : [on].flat().map(String)));
  // The tests write workflows as text: `on: x`, `{ x: {…} }`, `echo('x')`.
  const named = (trigger: string) =>
    tests.some((text) => new RegExp(`(on:|echo\\()[^\\n]*\\b${trigger}\\b`).test(text));
  expect([...TRIGGERS].filter((trigger) => !declared.includes(trigger) && !named(trigger))).toEqual([]);
});

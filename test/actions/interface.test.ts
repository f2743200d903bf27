import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { type Interface, kebab } from '../../actions/runtime/inputs.ts';
import { actionFolders, readAction, readmeOf } from '../../scripts/action-readme.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const names = await actionFolders(ROOT);

const WITH_APP = [
  'admit',
  'collect',
  'evaluate',
  'fetch',
  'fetch-data',
  'report',
  'restore',
  'scan',
  'train',
  'validate',
];
const ALONE = ['check-data', 'verify'];
const WITHOUT_APP = ['accept', 'command', 'merged-data', 'order', 'plan', 'promote', 'request', 'show-data', 'sign'];

const Module = z.object({ Inputs: z.instanceof(z.ZodObject), Outputs: z.instanceof(z.ZodObject) });

async function typed(name: string): Promise<{ inputs: Interface; outputs: Interface }> {
  const module = Module.parse(await import(join(ROOT, 'actions', name, 'interface.ts')));
  return { inputs: module.Inputs, outputs: module.Outputs };
}

const keysOf = (schema: Interface): string[] => Object.keys(schema.shape).map(kebab).sort();

test('there are actions to hold together', () => {
  expect(names).toEqual([...WITH_APP, ...ALONE, ...WITHOUT_APP].sort());
});

test.each(names)('%s: inputs and outputs of action.yml are those that the code reads and writes', async (name) => {
  const action = await readAction(ROOT, name);
  const { inputs, outputs } = await typed(name);
  expect(Object.keys(action.inputs).sort()).toEqual(keysOf(inputs));
  expect(Object.keys(action.outputs).sort()).toEqual(keysOf(outputs));
});

test.each(names)('%s: an input is required exactly when it has no default', async (name) => {
  for (const [input, { required, default: fallback }] of Object.entries((await readAction(ROOT, name)).inputs)) {
    expect(required === true, input).toBe(fallback === undefined);
  }
});

test.each(names)('%s: an input that may be empty is accepted empty', async (name) => {
  const { inputs } = await readAction(ROOT, name);
  const { shape } = (await typed(name)).inputs;
  for (const [input, { default: fallback }] of Object.entries(inputs)) {
    if (fallback !== '') continue;
    const schema = Object.entries(shape).find(([key]) => kebab(key) === input)?.[1];
    expect(z.safeParse(schema as z.ZodType, '').success, input).toBe(true);
  }
});

test.each(names)('%s: runs its own bundle on Node 24', async (name) => {
  expect((await readAction(ROOT, name)).runs).toEqual({ using: 'node24', main: `../dist/${name}.mjs` });
});

test.each(names)('%s: the README holds the tables of action.yml', async (name) => {
  expect(await readFile(join(ROOT, 'actions', name, 'README.md'), 'utf8')).toBe(await readmeOf(ROOT, name));
});

test.each(names)('%s: no description holds an expression, which the runner would refuse', async (name) => {
  const { description, inputs, outputs } = await readAction(ROOT, name);
  const texts = [...Object.values(inputs), ...Object.values(outputs)].map((one) => one.description);
  expect([description, ...texts].filter((text) => text.includes('${{'))).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { ModelName } from '../../core/names.ts';
import { runRequest, trainOrder } from '../../core/training/order.ts';
import { modelAt } from '../../flows/model-at.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';

const MODEL = ModelName.parse('delay');
const CONFIG = `version: 1
models:
  delay:
    inputs: [src]
    data: { rows: { path: data/rows.csv } }
    train: { stage: train }
`;
const FILES = {
  [CONFIG_PATH]: CONFIG,
  'dvc.yaml': `stages:
  prepare: { cmd: python prepare.py, outs: [data/clean.csv] }
  train:
    cmd: python src/train.py --epochs \${train.epochs}
    deps: [src/train.py, lib, data/rows.csv]
    params: [train.epochs]
    outs: [model.bin]
    metrics: [metrics.json]
`,
  'params.yaml': 'train: { epochs: 20 }\n',
  'src/train.py': 'print(0)\n',
  'lib/a.py': 'x = 1\n',
  'data/rows.csv': 'id\n1\n',
  'other.txt': 'no input\n',
};
let world: World;
let commits = 0;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

/** The model as a commit of these files has it; an empty text takes a file away. */
async function at(change: Readonly<Record<string, string>> = {}) {
  const files = Object.entries({ ...FILES, ...change }).filter(([, text]) => text !== '');
  // Each on a branch of its own: what is left out is not there.
  commits += 1;
  const commit = await world.commit(`files-${commits}`, Object.fromEntries(files));
  const policy = await takePolicySnapshot(world.ports, commit);
  return { policy, model: modelAt(policy, policy, MODEL) };
}

async function known(change: Readonly<Record<string, string>> = {}) {
  const { model, policy } = await at(change);
  if (model.kind !== 'known') throw new Error(JSON.stringify(model));
  return { ...model, policy };
}

test('a stage of dvc.yaml trains with its command, its dependencies as inputs, and what it leaves', async () => {
  const { manifest, effective, policy } = await known();
  const stage = { outs: ['model.bin'], metrics: ['metrics.json'], plots: [] };
  expect(manifest).toMatchObject({ command: 'python src/train.py --epochs 20', stage });
  expect(manifest.inputs.map(({ path }) => path)).toEqual(['data/rows.csv', 'lib', 'params.yaml', 'src']);
  const order = trainOrder(effective, manifest, policy.commit, runRequest(effective, {}));
  const inputs = ['data/rows.csv', 'lib', 'params.yaml', 'src'];
  expect(order).toMatchObject({ command: manifest.command, inputs, stage });
});

test.each([
  ['a parameter', { 'params.yaml': 'train: { epochs: 21 }\n' }, true],
  ['a dependency', { 'lib/a.py': 'x = 2\n' }, true],
  ['its command', { 'dvc.yaml': FILES['dvc.yaml'].replace('--epochs', '-e') }, true],
  ['what it leaves', { 'dvc.yaml': FILES['dvc.yaml'].replace('model.bin', 'model.onnx') }, true],
  ['another stage', { 'dvc.yaml': FILES['dvc.yaml'].replace('prepare.py', 'clean.py') }, false],
  ['what it does not read', { 'other.txt': 'changed\n' }, false],
])('%s changes the fingerprint or not', async (_what, change, changes) => {
  const [before, after] = [await known(), await known(change)];
  expect(after.source !== before.source).toBe(changes);
});

test.each([
  ['dvc.yaml is not there', { 'dvc.yaml': '' }, 'dvc.yaml, which train.stage names, is not in this commit'],
  ['dvc.yaml is no YAML', { 'dvc.yaml': 'stages: {' }, 'dvc.yaml:'],
  ['a dependency is not there', { 'lib/a.py': '' }, 'the declared input lib does not exist in this commit'],
  [
    'a dependency is made by another stage',
    { 'dvc.yaml': FILES['dvc.yaml'].replace('deps: [', 'deps: [data/clean.csv, ') },
    'data/clean.csv is made by the stage prepare',
  ],
  [
    'a dependency is tracked by DVC and no dataset of the model',
    { 'dvc.yaml': FILES['dvc.yaml'].replace('deps: [', 'deps: [big.csv, '), 'big.csv.dvc': 'outs: []\n' },
    'big.csv is tracked by DVC: name it under data of the model',
  ],
])('where %s, the model can’t be trained and policy stands', async (_what, change, message) => {
  const { policy, model } = await at(change);
  expect(model).toEqual({ kind: 'invalid', problems: [expect.stringContaining(message)] });
  expect(policy.config).not.toBeNull();
});

import { expect, test } from 'vitest';
import { configJsonSchema, type JsonSchema } from '../../../core/config/json-schema.ts';
import { KEY_TABLE, overlay, project, sideOf } from '../../../core/policy/table.ts';
import { CONFIG_TEXT, configOf, MODEL } from '../samples.ts';

/** Every key of the schema that holds a value and no further keys. */
function leaves(node: JsonSchema, path: readonly string[]): string[][] {
  const options = [...(node.oneOf ?? []), ...(node.anyOf ?? [])];
  if (options.length > 0) return options.flatMap((option) => leaves(option, path));
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => leaves(child, [...path, key]));
  const named = typeof node.additionalProperties === 'object' ? leaves(node.additionalProperties, [...path, 'x']) : [];
  return own.length + named.length > 0 ? [...own, ...named] : [[...path]];
}

const keys = [...new Set(leaves(configJsonSchema(), []).map((path) => path.join('.')))];

test.each(keys)('%s is either policy or input', (key) => {
  expect(sideOf(key.split('.'))).toMatch(/policy|input/);
});

test.each(KEY_TABLE.map(({ key }) => key))('the rule for %s is about a key that exists', (key) => {
  const parts = key.split('.');
  const covered = keys.filter((path) => parts.every((part, index) => part === '*' || part === path.split('.')[index]));
  expect(covered).not.toEqual([]);
});

test.each([
  ['models.m.train.run', 'input'],
  ['models.m.train.setup', 'input'],
  ['models.m.train.seed', 'input'],
  ['models.m.train.engine', 'policy'],
  ['models.m.train.resources.gpus', 'policy'],
  ['models.m.train.timeout', 'policy'],
  ['models.m.train.params.p.max', 'policy'],
  ['models.m.train.params.p.default', 'input'],
  ['models.m.data.d.path', 'input'],
  ['models.m.data.d.contract', 'input'],
  ['models.m.data.d.owner', 'policy'],
  ['models.m.inputs', 'input'],
  ['models.m.evaluate.data.h.path', 'policy'],
  ['models.m.gates.roc_auc.min', 'policy'],
  ['models.m.promote.stages', 'policy'],
  ['policy.commands.train.stages.production', 'policy'],
  ['policy.require.train.approvals.count', 'policy'],
  ['policy.freeze', 'policy'],
  ['policy.engines', 'policy'],
  ['policy.gpus', 'policy'],
  ['policy.runners.fork', 'policy'],
  ['policy.prices.gpus.a100', 'policy'],
  ['policy.budget.per_month', 'policy'],
  ['policy.locations', 'policy'],
  ['policy.forks', 'policy'],
  ['policy.a-key-to-come', 'policy'],
  ['models.m.data.d.location', 'input'],
  ['registries.mlflow.uri', 'policy'],
])('%s is %s', (key, side) => {
  expect(sideOf(key.split('.'))).toBe(side);
});

test('a model, a dataset and a parameter have no side of their own', () => {
  expect(['models.m', 'models.m.data.d', 'models.m.train.params.p'].map((key) => sideOf(key.split('.')))).toEqual([
    null,
    null,
    null,
  ]);
});

test('the two projections of a model overlaid are the model', () => {
  const [model] = Object.values(configOf(CONFIG_TEXT).models);
  const path = ['models', MODEL];
  expect(overlay(project(model, 'policy', path), project(model, 'input', path), path)).toEqual(model);
});

import { describe, expect, test } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import type { TreeListing } from '../../../core/fingerprint/manifest.ts';
import { ModelName } from '../../../core/names.ts';
import { policyDigest } from '../../../core/policy/digest.ts';
import { fileIds, policyPaths } from '../../../core/policy/files.ts';
import { CONFIG_TEXT, changedConfig, configOf, MODEL, treeOf } from '../samples.ts';

const base = configOf(CONFIG_TEXT);

function digest(config: Config, tree: TreeListing = treeOf(), model = MODEL): string {
  return policyDigest(config, model, fileIds(policyPaths(config, model), tree));
}

test('the digest of the same policy is the same', () => {
  expect(digest(configOf(CONFIG_TEXT))).toBe(digest(base));
});

describe('changes with', () => {
  test.each<[string, string, string]>([
    ['a gate', 'min: 0.7', 'min: 0.6'],
    ['the evaluator command', 'python evaluate.py', 'python evaluate.py --easy'],
    ['the holdout path', 'data/holdout.csv', 'data/other.csv'],
    ['the labels', 'labels: [late]', 'labels: [late, cancelled]'],
    ['a range', 'max: 1,', 'max: 2,'],
    ['the values of a parameter', '[sgd, adam]', '[sgd, adam, lbfgs]'],
    ['the timeout', 'timeout: 2h', 'timeout: 3h'],
    ['resources', 'timeout: 2h', 'timeout: 2h\n      resources: { gpus: 1 }'],
    ['the owner of data', '@org/data', '@org/others'],
    ['the signing keys', 'keys/trainyard.pub', 'keys/other.pub'],
    ['permissions', 'policy:', 'policy:\n  commands: { train: read }'],
    ['a registry', 'policy:', 'registries: { r: { uri: "https://r.example.com" } }\npolicy:'],
    ['a new parameter', 'shuffle:', 'fresh: { type: boolean, default: true }\n        shuffle:'],
    ['a new dataset', '    train:', '      more: { path: data/more.csv }\n    train:'],
  ])('%s', (_, from, to) => {
    expect(digest(changedConfig([from, to]))).not.toBe(digest(base));
  });

  test.each(['eval/predict.py', 'eval.lock', 'data/holdout.csv', 'keys/trainyard.pub'])('the content of %s', (path) => {
    expect(digest(base, treeOf({ [path]: 'changed' }))).not.toBe(digest(base));
  });

  test('a policy file that is gone', () => {
    expect(digest(base, treeOf({ 'eval.lock': null }))).not.toBe(digest(base));
  });
});

describe('stays with', () => {
  test.each<[string, string, string]>([
    ['the training command', 'python train.py', 'python other.py'],
    ['the seed', 'seed: 7', 'seed: 8'],
    ['a default', 'default: 0.1', 'default: 0.2'],
    ['the inputs', 'src/features]', 'src/features, src/more]'],
    ['the data path', 'data/flights.csv', 'data/flights2.csv'],
    ['the contract', 'contracts/flights.yaml', 'contracts/other.yaml'],
    ['another model', 'policy:', '  other: { inputs: [x], train: { run: y } }\npolicy:'],
  ])('%s', (_, from, to) => {
    expect(digest(changedConfig([from, to]))).toBe(digest(base));
  });

  test('the content of training code', () => {
    expect(digest(base, treeOf({ 'models/flight-delay/train.py': 'changed' }))).toBe(digest(base));
  });
});

test('a model that the config does not have yet has another digest than once it is there', () => {
  const name = ModelName.parse('other');
  const merged = changedConfig(['policy:', '  other: { inputs: [x], train: { run: y } }\npolicy:']);
  expect(digest(base, treeOf(), name)).not.toBe(digest(merged, treeOf(), name));
});

test('a truncated listing is refused', () => {
  expect(() => fileIds([], { ...treeOf(), truncated: true })).toThrow(/truncated/);
});

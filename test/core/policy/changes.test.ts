import { describe, expect, test } from 'vitest';
import { changesPolicy, type PolicyChange, policyChanges } from '../../../core/policy/changes.ts';
import { allPolicyPaths, fileIds } from '../../../core/policy/files.ts';
import { CONFIG_TEXT, changedText, configOf, MODEL, treeOf } from '../samples.ts';

const base = configOf(CONFIG_TEXT);
const files = (changes: Record<string, string | null> = {}) => fileIds(allPolicyPaths(base), treeOf(changes));
const before = { config: base, files: files() };

function changed(text: string, contents: Record<string, string | null> = {}): PolicyChange[] {
  return policyChanges(before, { config: configOf(text), files: files(contents) });
}

test('nothing changed is no change', () => {
  expect(changed(CONFIG_TEXT)).toEqual([]);
});

test('no config on either side is no change', () => {
  expect(policyChanges({ config: null, files: new Map() }, { config: null, files: new Map() })).toEqual([]);
});

describe('a change of policy names its key, from and to', () => {
  test.each<[string, string, string, Partial<PolicyChange>]>([
    [
      'a lowered gate',
      'min: 0.7',
      'min: 0.5',
      { key: 'models.flight-delay.gates.roc_auc.min', from: '0.7', to: '0.5' },
    ],
    [
      'a gate dropped',
      ', max_regression: 0.005, versus: production',
      '',
      { key: 'models.flight-delay.gates.roc_auc.max_regression', from: '0.005', to: null },
    ],
    [
      'a wider range',
      'max: 1,',
      'max: 5,',
      { key: 'models.flight-delay.train.params.learning_rate.max', from: '1', to: '5' },
    ],
    [
      'a longer timeout',
      'timeout: 2h',
      'timeout: 3h',
      { key: 'models.flight-delay.train.timeout', from: '7200', to: '10800' },
    ],
    [
      'another evaluator',
      'python evaluate.py',
      'echo',
      { key: 'models.flight-delay.evaluate.run', from: '"python evaluate.py"', to: '"echo"' },
    ],
    [
      'another owner',
      '@org/data',
      '@mallory',
      { key: 'models.flight-delay.data.flights.owner', from: '"@org/data"', to: '"@mallory"' },
    ],
    [
      'permissions',
      'policy:',
      'policy:\n  commands: { train: read }',
      { model: null, key: 'policy.commands.train', from: null, to: '{"any":["read"],"models":{},"stages":{}}' },
    ],
    [
      'approvals to train',
      'policy:',
      'policy:\n  require: { train: { labels: [ok] } }',
      { model: null, key: 'policy.require.train', from: null, to: '{"labels":["ok"]}' },
    ],
    [
      'a freeze window',
      'policy:',
      'policy:\n  freeze: [{ days: [fri], reason: weekend }]',
      { model: null, key: 'policy.freeze', from: '[]' },
    ],
    [
      'GPU types',
      'policy:',
      'policy:\n  gpus: [h100]',
      { model: null, key: 'policy.gpus', from: '[]', to: '["h100"]' },
    ],
    [
      'the runner of forks',
      'policy:',
      'policy:\n  runners: { fork: production }',
      { model: null, key: 'policy.runners.fork', from: null, to: '["production"]' },
    ],
    [
      'a price',
      'policy:',
      'policy:\n  prices: { cpu: 0.01 USD }',
      { model: null, key: 'policy.prices.cpu', from: null, to: '{"amount":0.01,"currency":"USD"}' },
    ],
    [
      'a budget',
      'policy:',
      'policy:\n  prices: { cpu: 1 USD }\n  budget: { per_run: 9 USD }',
      { model: null, key: 'policy.budget.per_run', from: null, to: '{"amount":9,"currency":"USD"}' },
    ],
    [
      'locations',
      'policy:',
      'policy:\n  locations: ["s3://mallory/"]',
      { model: null, key: 'policy.locations', from: '[]', to: '["s3://mallory/"]' },
    ],
    [
      'forks',
      'policy:',
      'policy:\n  forks: ok-to-train',
      { model: null, key: 'policy.forks', from: '"deny"', to: '"ok-to-train"' },
    ],
    [
      'the sandbox',
      'policy:',
      'policy:\n  sandbox: none',
      { model: null, key: 'policy.sandbox', from: '"required"', to: '"none"' },
    ],
    [
      'a registry',
      'policy:',
      'registries: { r: { uri: "https://r.example.com" } }\npolicy:',
      { model: null, key: 'registries.r', from: null, to: '{"uri":"https://r.example.com"}' },
    ],
    [
      'a new parameter',
      'shuffle:',
      'fresh: { type: boolean, default: true }\n        shuffle:',
      { key: 'models.flight-delay.train.params.fresh', from: null, to: '{"type":"boolean"}' },
    ],
  ])('%s', (_, from, to, expected) => {
    expect(changed(changedText([from, to]))).toContainEqual(
      expect.objectContaining({ kind: 'changed', effect: 'policy', ...expected }),
    );
  });

  test.each<[string, PolicyChange['model']]>([
    ['eval/predict.py', MODEL],
    ['eval.lock', MODEL],
    ['data/holdout.csv', MODEL],
    ['keys/trainyard.pub', null],
  ])('the content of %s', (path, model) => {
    const key = path === 'eval/predict.py' ? 'eval' : path;
    const changes = changed(CONFIG_TEXT, { [path]: 'changed' });
    expect(changes).toEqual([expect.objectContaining({ kind: 'file', key, model, effect: 'policy' })]);
  });

  test('a policy file that is removed', () => {
    expect(changed(CONFIG_TEXT, { 'eval.lock': null })).toMatchObject([{ kind: 'file', key: 'eval.lock', to: null }]);
  });
});

describe('an input is no change of policy', () => {
  test.each<[string, string, string]>([
    ['the command', 'python train.py', 'python new.py'],
    ['a default', 'default: 0.1', 'default: 0.2'],
    ['the seed', 'seed: 7', 'seed: 8'],
    ['the data path', 'data/flights.csv', 'data/new.csv'],
    ['another contract', 'contracts/flights.yaml', 'contracts/new.yaml'],
    ['wider inputs', 'src/features]', 'src]'],
  ])('%s', (_, from, to) => {
    expect(changed(changedText([from, to]))).toEqual([]);
  });
});

describe('models and data that come and go', () => {
  test('the first config', () => {
    const changes = policyChanges({ config: null, files: new Map() }, before);
    expect(changes).toMatchObject([{ kind: 'first_config', model: null, effect: 'policy' }]);
  });

  test('the config removed', () => {
    expect(policyChanges(before, { config: null, files: new Map() })).toMatchObject([
      { kind: 'config_removed', effect: 'policy' },
    ]);
  });

  test('a new model', () => {
    const changes = changed(changedText(['policy:', '  other: { inputs: [x], train: { run: y } }\npolicy:']));
    expect(changes).toMatchObject([{ kind: 'new_model', model: 'other', effect: 'policy' }]);
  });

  test('a renamed model is a new one', () => {
    const changes = changed(changedText(['  flight-delay:', '  delay:']));
    expect(changes.filter(({ kind }) => kind !== 'file')).toMatchObject([
      { kind: 'renamed_model', model: 'delay', from: 'flight-delay', to: 'delay' },
    ]);
  });

  test('a removed model', () => {
    const both = configOf(changedText(['policy:', '  other: { inputs: [x], train: { run: y } }\npolicy:']));
    expect(policyChanges({ config: both, files: files() }, before)).toMatchObject([
      { kind: 'removed_model', model: 'other' },
    ]);
  });

  test('a dropped dataset', () => {
    const changes = changed(CONFIG_TEXT.replace(/ {4}data:\n.*\n(?= {4}train)/, ''));
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: 'dropped_dataset', key: 'models.flight-delay.data.flights', effect: 'policy' }),
    );
  });

  test('a dropped contract', () => {
    const changes = changed(changedText([', contract: contracts/flights.yaml', '']));
    expect(changes).toMatchObject([{ kind: 'dropped_contract', from: 'contracts/flights.yaml', effect: 'policy' }]);
  });

  test('a renamed dataset is a dropped one', () => {
    const changes = changed(changedText(['flights: {', 'flights2: {']));
    expect(changes).toContainEqual(expect.objectContaining({ kind: 'dropped_dataset', effect: 'policy' }));
  });

  test('a first location of data is shown and holds nothing up', () => {
    const changes = changed(changedText(['path: data/flights.csv', 'path: data/flights.csv, location: "s3://team/x"']));
    expect(changes).toMatchObject([{ kind: 'moved_data', from: null, to: 's3://team/x', effect: 'notice' }]);
    expect(changesPolicy(changes)).toBe(false);
  });

  test('another location of data is shown', () => {
    const [from, to] = ['s3://team/x', 's3://mallory/x'].map((location) =>
      configOf(changedText(['path: data/flights.csv', `path: data/flights.csv, location: "${location}"`])),
    );
    const changes = policyChanges({ config: from ?? null, files: files() }, { config: to ?? null, files: files() });
    expect(changes).toMatchObject([{ kind: 'moved_data', from: 's3://team/x', to: 's3://mallory/x' }]);
  });

  test('two models renamed at once are each other’s successors by what they train', () => {
    const two = (first: string, second: string): string => `version: 1
models:
  ${first}: { inputs: [a], train: { run: a } }
  ${second}: { inputs: [b], train: { run: b } }
`;
    const state = (text: string) => ({ config: configOf(text), files: new Map() });
    expect(policyChanges(state(two('a', 'b')), state(two('d', 'c')))).toMatchObject([
      { kind: 'renamed_model', from: 'a', to: 'd' },
      { kind: 'renamed_model', from: 'b', to: 'c' },
    ]);
  });

  test('narrowed inputs are shown and hold nothing up', () => {
    const changes = changed(changedText([', src/features]', ']']));
    expect(changes).toMatchObject([{ kind: 'narrowed_inputs', from: 'src/features', effect: 'notice' }]);
    expect(changesPolicy(changes)).toBe(false);
  });
});

describe('a change holds up every promotion of its merge', () => {
  test.each<[string, string, string, boolean]>([
    ['a gate', 'min: 0.7', 'min: 0.5', true],
    ['permissions', 'policy:', 'policy:\n  commands: { train: read }', true],
    ['an input', 'seed: 7', 'seed: 8', false],
  ])('%s', (_, from, to, expected) => {
    expect(changesPolicy(changed(changedText([from, to])))).toBe(expected);
  });
});

test('an evaluator that two models share is named for both', () => {
  const shared = configOf(
    changedText([
      'policy:',
      '  other: { inputs: [x], train: { run: y }, evaluate: { predict: p, run: r, inputs: [eval], data: {} } }\npolicy:',
    ]),
  );
  const changes = policyChanges(
    { config: shared, files: files() },
    { config: shared, files: files({ 'eval/predict.py': 'changed' }) },
  );
  expect(changes.map(({ model, key }) => [model, key])).toEqual([
    [MODEL, 'eval'],
    ['other', 'eval'],
  ]);
});

import { describe, expect, test } from 'vitest';
import type { Config } from '../../../core/config/schema.ts';
import { ModelName } from '../../../core/names.ts';
import { defaultsOf, type EffectiveModel, effectiveModel } from '../../../core/policy/effective.ts';
import { CONFIG_TEXT, changedConfig, configOf, effectiveOf, MODEL } from '../samples.ts';

const base = configOf(CONFIG_TEXT);
const head = (...changes: (readonly [string, string])[]): EffectiveModel =>
  effectiveOf(base, changedConfig(...changes));
const newModel = changedConfig(['policy:', '  other: { inputs: [x], train: { run: y }, gates: {} }\npolicy:']);
const other = ModelName.parse('other');

describe('comes from the head', () => {
  test.each<[string, readonly [string, string], (model: EffectiveModel) => unknown, unknown]>([
    ['the command', ['python train.py', 'python new.py'], ({ config }) => config.train.run, 'python new.py'],
    ['the lock', ['requirements.lock', 'new.lock'], ({ config }) => config.train.setup, 'new.lock'],
    ['the seed', ['seed: 7', 'seed: 8'], ({ config }) => config.train.seed, 8],
    ['the inputs', ['src/features]', 'src/new]'], ({ config }) => config.inputs, ['models/flight-delay', 'src/new']],
    [
      'the data path',
      ['data/flights.csv', 'data/new.csv'],
      ({ config }) => Object.values(config.data)[0]?.path,
      'data/new.csv',
    ],
    [
      'the contract',
      ['contracts/flights.yaml', 'new.yaml'],
      ({ config }) => Object.values(config.data)[0]?.contract,
      'new.yaml',
    ],
    [
      'a default',
      ['default: 0.1', 'default: 0.2'],
      (model) => Object.entries(defaultsOf(model))[0],
      ['learning_rate', 0.2],
    ],
  ])('%s', (_, change, read, expected) => {
    expect(read(head(change))).toEqual(expected);
  });
});

describe('stays as the base has it', () => {
  test.each<[string, readonly [string, string], (model: EffectiveModel) => unknown]>([
    ['a gate', ['min: 0.7', 'min: 0.1'], ({ config }) => config.gates],
    ['the evaluator', ['python evaluate.py', 'echo'], ({ config }) => config.evaluate],
    ['the holdout', ['data/holdout.csv', 'data/easy.csv'], ({ config }) => config.evaluate?.data],
    ['the timeout', ['timeout: 2h', 'timeout: 14d'], ({ config }) => config.train.timeout],
    [
      'resources',
      ['timeout: 2h', 'timeout: 2h\n      resources: { gpus: 64 }'],
      ({ config }) => config.train.resources,
    ],
    ['a range', ['max: 1,', 'max: 100,'], ({ config }) => Object.values(config.train.params)[0]],
    ['the owner of data', ['@org/data', '@mallory'], ({ config }) => Object.values(config.data)[0]?.owner],
    ['the stages', ['policy:', '    promote: { stages: [production] }\npolicy:'], ({ config }) => config.promote],
    ['the policy', ['policy:', 'policy:\n  sandbox: none\n  metrics: self-reported'], ({ policy }) => policy],
  ])('%s', (_, change, read) => {
    expect(read(head(change))).toEqual(read(effectiveOf(base)));
  });

  test('the evaluator, when the head removes it', () => {
    const text = CONFIG_TEXT.replace(/ {4}evaluate:[\s\S]*?(?= {4}gates)/, '').replace(
      'policy:',
      'policy:\n  metrics: self-reported',
    );
    expect(effectiveOf(base, configOf(text)).config.evaluate).toEqual(effectiveOf(base).config.evaluate);
  });
});

describe('parameters', () => {
  test('one that only the head declares is passed on at its default, and can not be set', () => {
    const model = head(['shuffle:', 'fresh: { type: integer, default: 3 }\n        shuffle:']);
    expect(model.fixed).toEqual({ fresh: 3 });
    expect(Object.keys(model.config.train.params)).not.toContain('fresh');
    expect(defaultsOf(model)).toMatchObject({ fresh: 3, learning_rate: 0.1 });
  });

  test('one that the head drops is gone', () => {
    const model = head(['        shuffle: { type: boolean, default: true }\n', '']);
    expect(Object.keys(defaultsOf(model))).not.toContain('shuffle');
  });

  test.each<[string, readonly [string, string]]>([
    ['above the range of the base', ['max: 1, default: 0.1', 'max: 10, default: 5']],
    ['of another type', ['{ type: number, min: 0.001, max: 1, default: 0.1 }', '{ type: string, default: big }']],
    ['not among the values of the base', ['values: [sgd, adam], default: sgd', 'values: [sgd, rogue], default: rogue']],
  ])('a default %s is a problem', (_, change) => {
    expect(effectiveModel(base, changedConfig(change), MODEL)).toMatchObject({
      kind: 'invalid',
      problems: [
        {
          model: MODEL,
          key: expect.stringMatching(/^train\.params\.\w+\.default$/),
          message: expect.stringContaining('merge the wider range first'),
        },
      ],
    });
  });
});

describe('data', () => {
  test('a dataset that only the head has is an input', () => {
    const model = head(['    train:', '      more: { path: data/more.csv }\n    train:']);
    expect(Object.keys(model.config.data)).toEqual(['flights', 'more']);
  });

  test('a dataset that the head drops is gone', () => {
    const text = CONFIG_TEXT.replace(/ {4}data:\n.*\n(?= {4}train)/, '');
    expect(effectiveOf(base, configOf(text)).config.data).toEqual({});
  });
});

describe('a model that only one side has', () => {
  test('is new in the head, and is not judged by an evaluator or gates of its own', () => {
    const evaluated = changedConfig([
      'policy:',
      '  other: { inputs: [x], train: { run: y }, gates: { m: { min: 0 } }, evaluate: { predict: p, run: r, inputs: [e], data: {} } }\npolicy:',
    ]);
    const effective = effectiveModel(base, evaluated, other);
    expect(effective).toMatchObject({ kind: 'new_model', firstConfig: false, model: { config: { gates: {} } } });
    expect(effective.kind === 'new_model' && effective.model.config.evaluate).toBeUndefined();
  });

  test('is trained under the policy of the base', () => {
    const effective = effectiveModel(
      base,
      changedConfig(['policy:', '  other: { inputs: [x], train: { run: y } }\npolicy:\n  sandbox: none']),
      other,
    );
    expect(effective.kind === 'new_model' && effective.model.policy).toEqual(base.policy);
  });

  test('is new with the first config, under default policy', () => {
    const lax = changedConfig(['policy:', 'policy:\n  sandbox: none']);
    const effective = effectiveModel(null, lax, MODEL);
    expect(effective).toMatchObject({
      kind: 'new_model',
      firstConfig: true,
      model: { policy: { sandbox: 'required' } },
    });
  });

  test('is removed by the head', () => {
    expect(effectiveModel(newModel, base, other)).toEqual({ kind: 'removed', name: other });
  });

  test.each(['other', 'constructor', 'tostring'])('is unknown to both: %s', (name) => {
    expect(effectiveModel(base, base, ModelName.parse(name)).kind).toBe('unknown');
  });
});

test('a head that changes nothing is the base', () => {
  const [model] = Object.values((base satisfies Config).models);
  expect(effectiveOf(base).config).toEqual(model);
});

import { describe, expect, test } from 'vitest';
import type { ParamValue } from '../../../core/config/params.ts';
import type { Config } from '../../../core/config/schema.ts';
import { type Match, matches, type TreeSide, treeSide } from '../../../core/fingerprint/match.ts';
import { sourceManifest } from '../../../core/fingerprint/source.ts';
import { runRequest } from '../../../core/training/order.ts';
import { CONFIG_TEXT, changedConfig, configOf, effectiveOf, treeOf } from '../samples.ts';

const base = configOf(CONFIG_TEXT);

interface At {
  readonly head?: Config;
  readonly files?: Record<string, string | null>;
}

function side({ head = base, files = {} }: At): TreeSide {
  const effective = effectiveOf(base, head);
  const source = sourceManifest(effective, treeOf(files));
  if (!source.ok) throw new Error(source.problems[0]?.message);
  return treeSide(effective, source.manifest);
}

function trained(run: At, tree: At, set: Record<string, ParamValue> = {}): Match {
  const request = runRequest(effectiveOf(base, run.head ?? base), set);
  return matches({ source: side(run).source, request }, side(tree));
}

describe('a run matches', () => {
  test.each<[string, At, At, Record<string, ParamValue>?]>([
    ['the tree that it was trained from', {}, {}],
    ['a tree that changes what is no input', {}, { files: { 'README.md': 'new' } }],
    ['a tree whose default it was set apart from', {}, {}, { learning_rate: 0.2 }],
    [
      'a tree that has committed what was set',
      {},
      { head: changedConfig(['default: 0.1', 'default: 0.2']) },
      { learning_rate: 0.2 },
    ],
    [
      'a tree with another default of what was set',
      {},
      { head: changedConfig(['default: 0.1', 'default: 0.3']) },
      { learning_rate: 0.2 },
    ],
  ])('%s', (_, run, tree, set = {}) => {
    expect(trained(run, tree, set)).toEqual({ matches: true });
  });
});

describe('a run does not match, because', () => {
  test.each<[string, At, At, Record<string, ParamValue>?]>([
    ['models/flight-delay has changed', {}, { files: { 'models/flight-delay/train.py': 'new' } }],
    ['data/flights.csv has changed', {}, { files: { 'data/flights.csv': 'new' } }],
    ['.gitattributes has changed', {}, { files: { '.gitattributes': 'new' } }],
    ['src/.gitattributes is a new input', {}, { files: { 'src/.gitattributes': 'new' } }],
    [
      'the training command is now "python other.py", was "python train.py"',
      {},
      { head: changedConfig(['python train.py', 'python other.py']) },
    ],
    ['README.md is a new input', {}, { head: changedConfig(['src/features]', 'src/features, README.md]']) }],
    ['src/features is no longer an input', {}, { head: changedConfig([', src/features]', ']']) }],
    [
      'dataset flights is now data/holdout.csv, was data/flights.csv',
      {},
      {
        head: changedConfig(
          ['path: data/flights.csv', 'path: data/holdout.csv'],
          ['path: data/holdout.csv, labels', 'path: data/h.csv, labels'],
        ),
      },
    ],
    [
      'the default of learning_rate is now 0.2, trained with 0.1',
      {},
      { head: changedConfig(['default: 0.1', 'default: 0.2']) },
    ],
    [
      'the default of epochs is now 20, trained with 10',
      {},
      { head: changedConfig(['default: 10', 'default: 20']) },
      { learning_rate: 0.2 },
    ],
    ['the seed is now 8, trained with 7', {}, { head: changedConfig(['seed: 7', 'seed: 8']) }],
    [
      'parameter shuffle is no longer declared',
      {},
      { head: changedConfig(['        shuffle: { type: boolean, default: true }\n', '']) },
    ],
    [
      'parameter fresh was not declared then',
      {},
      { head: changedConfig(['shuffle:', 'fresh: { type: integer, default: 3 }\n        shuffle:']) },
    ],
  ])('%s', (reason, run, tree, set = {}) => {
    const match = trained(run, tree, set);
    expect(match.matches ? [] : match.reasons).toContain(reason);
  });
});

test('every reason is named', () => {
  const match = trained({}, { files: { 'data/flights.csv': 'new' }, head: changedConfig(['seed: 7', 'seed: 8']) });
  expect(match.matches ? [] : match.reasons).toEqual([
    'data/flights.csv has changed',
    'the seed is now 8, trained with 7',
  ]);
});

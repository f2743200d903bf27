import { describe, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import { changesPolicy } from '../../core/policy/changes.ts';
import { type Assessment, assess, contractedDatasets } from '../../flows/assessment.ts';
import { validationOrder } from '../../flows/validation.ts';
import { CONFIG_TEXT, changedConfig, configOf, treeOf } from '../core/samples.ts';
import { changes, policyOf, snapshotOf } from './snapshots.ts';

const same = configOf(CONFIG_TEXT);
const affected = ({ models }: Assessment): string[] => models.filter((model) => model.affected).map(({ name }) => name);

describe('a model is affected', () => {
  test.each([
    ['by a declared file', treeOf({ 'models/flight-delay/train.py': 'new' })],
    ['by a file in a declared folder', treeOf({ 'src/features/steps.py': 'new' })],
    ['by its data', treeOf({ 'data/flights.csv': 'new' })],
    ['by its lock file', treeOf({ 'requirements.lock': 'new' })],
    ['by a new file in a declared folder', treeOf({ 'src/features/more.py': 'new' })],
    ['by attributes that touch it', treeOf({ '.gitattributes': 'data/*.csv filter=lfs' })],
  ])('%s', (_, tree) => {
    expect(affected(changes(same, tree))).toEqual(['flight-delay']);
  });

  test.each([
    ['a default', changedConfig(['default: 0.1', 'default: 0.2'])],
    ['the command', changedConfig(['run: python train.py', 'run: python train.py -v'])],
    ['the inputs', changedConfig(['inputs: [models/flight-delay, src/features]', 'inputs: [models/flight-delay]'])],
  ])('by %s in the config', (_, config) => {
    expect(affected(changes(config))).toEqual(['flight-delay']);
  });

  test.each([
    ['a file that no model declares', treeOf({ 'README.md': 'new' })],
    ['the evaluator', treeOf({ 'eval/evaluate.py': 'new' })],
    ['the holdout', treeOf({ 'data/holdout.csv': 'new' })],
  ])('not by %s', (_, tree) => {
    expect(affected(changes(same, tree))).toEqual([]);
  });
});

describe('policy changes', () => {
  test.each([
    ['a gate', changedConfig(['min: 0.7', 'min: 0.6']), treeOf()],
    ['the evaluator', same, treeOf({ 'eval/evaluate.py': 'kinder' })],
    ['the holdout', same, treeOf({ 'data/holdout.csv': 'easier' })],
    ['a signing key', same, treeOf({ 'keys/trainyard.pub': 'mine' })],
    ['the time limit', changedConfig(['timeout: 2h', 'timeout: 9h']), treeOf()],
    ['a parameter’s range', changedConfig(['max: 100', 'max: 1000']), treeOf()],
    ['who may train', changedConfig(['policy:', 'policy:\n  commands: { train: read }']), treeOf()],
  ])('with %s, and keep the model from being a candidate', (_, config, tree) => {
    const assessment = changes(config, tree);
    expect(assessment.policyChanges.filter(({ effect }) => effect === 'policy')).not.toEqual([]);
    expect(assessment.models).toMatchObject([{ changesPolicy: true }]);
  });

  test('not with code, data and defaults', () => {
    const assessment = changes(
      changedConfig(['default: 0.1', 'default: 0.2']),
      treeOf({ 'models/flight-delay/train.py': 'new', 'data/flights.csv': 'new' }),
    );
    expect(assessment).toMatchObject({ policyChanges: [], models: [{ changesPolicy: false }] });
  });

  test('with a model that is new, which is affected', () => {
    const added = configOf(
      CONFIG_TEXT.replace('policy:', '  second:\n    inputs: [README.md]\n    train: { run: x }\npolicy:'),
    );
    expect(changes(added).models).toMatchObject([
      { name: 'flight-delay', affected: false },
      { name: 'second', affected: true, changesPolicy: true, base: { kind: 'absent' } },
    ]);
  });

  test('with the first config of a repository', () => {
    const none = policyOf(null);
    const assessment = assess(none, none, snapshotOf(same));
    expect(assessment.models).toMatchObject([{ affected: true, changesPolicy: true }]);
  });
});

describe('datasets with a contract are validated', () => {
  test.each([
    ['their data', treeOf({ 'data/flights.csv': 'new' }), ['flights']],
    ['their contract', treeOf({ 'contracts/flights.yaml': 'new' }), ['flights']],
    ['something else', treeOf({ 'models/flight-delay/train.py': 'new' }), []],
  ])('when a pull request changes %s', (_, tree, names) => {
    expect(changes(same, tree).datasets.map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ['contract', changedConfig(['contracts/flights.yaml', 'README.md'])],
    ['data', changedConfig(['data/flights.csv', 'README.md'])],
  ])('when the config points at other %s that was there before', (_, config) => {
    expect(changes(config).datasets).toMatchObject([{ name: 'flights', baseContract: 'contracts/flights.yaml' }]);
  });

  test('by the contract of the base, too, when the head names another', () => {
    const moved = changedConfig(['contracts/flights.yaml', 'contracts/new.yaml']);
    const tree = treeOf({ 'contracts/new.yaml': 'looser' });
    expect(changes(moved, tree).datasets).toMatchObject([
      { name: 'flights', contract: 'contracts/new.yaml', baseContract: 'contracts/flights.yaml' },
    ]);
  });

  test.each<[string, string, Readonly<Record<string, string>>, Readonly<Record<string, string>>]>([
    ['a file that its pattern matches', 'data/*.parquet', { 'data/a.parquet': '1' }, { 'data/b.parquet': '2' }],
    ['the pointer that tracks it', 'data/big.csv', { 'data/big.csv.dvc': '1' }, { 'data/big.csv.dvc': '2' }],
    ['the lock that tracks it', 'data/big.csv', { 'dvc.lock': '1' }, { 'dvc.lock': '2' }],
  ])('when a pull request changes or adds %s', (_, path, before, after) => {
    const config = changedConfig(['data/flights.csv', path]);
    const base = policyOf(config, treeOf(before));
    const named = (tree: TreeListing): readonly string[] =>
      assess(base, base, snapshotOf(config, tree)).datasets.map(({ name }) => name);
    expect(named(treeOf(before))).toEqual([]);
    expect(named(treeOf({ ...before, ...after }))).toEqual(['flights']);
  });

  test('with the query that the default branch has under the name that they give', () => {
    const asking = (query: string) =>
      changedConfig(
        ['data/flights.csv', 'flights.jsonl, location: "query:flights"'],
        ['policy:', `policy:\n  queries: { flights: { at: snowflake, account: a, query: ${query} } }`],
      );
    const base = policyOf(asking('SELECT 1'));
    const assessment = assess(
      base,
      base,
      snapshotOf(asking('SELECT secrets'), treeOf({ 'contracts/flights.yaml': 'x' })),
    );
    const [dataset] = contractedDatasets(assessment);
    if (dataset === undefined) throw new Error('expected a dataset');
    expect(validationOrder(assessment, dataset).queries).toEqual({
      flights: { at: 'snowflake', account: 'a', query: 'SELECT 1' },
    });
    expect(changesPolicy(assessment.policyChanges)).toBe(true);
  });

  test('when their table in git has another version', () => {
    const config = changedConfig(['data/flights.csv', 'out.parquet, location: "delta:tables/flights"']);
    const before = { 'tables/flights/_delta_log/0.json': '1' };
    const base = policyOf(config, treeOf(before));
    const named = (tree: TreeListing): readonly string[] =>
      assess(base, base, snapshotOf(config, tree)).datasets.map(({ name }) => name);
    expect(named(treeOf(before))).toEqual([]);
    expect(named(treeOf({ ...before, 'tables/flights/_delta_log/1.json': '2' }))).toEqual(['flights']);
  });

  test('when a pull request gives them another location, or other content there', () => {
    const at = (pin: string) => changedConfig(['data/flights.csv', `big.csv, location: "s3://team/f.csv"${pin}`]);
    const pinned = `, sha256: ${'a'.repeat(64)}`;
    const base = policyOf(at(pinned));
    expect(assess(base, base, snapshotOf(at(pinned))).datasets).toEqual([]);
    expect(assess(base, base, snapshotOf(at(''))).datasets).toMatchObject([
      { name: 'flights', at: { sha256: null }, baseAt: { sha256: 'a'.repeat(64) } },
    ]);
  });

  test('with the data that the base has, wherever it lay, and the models that read it', () => {
    const config = changedConfig(['data/flights.csv', 'README.md']);
    expect(changes(config).datasets).toMatchObject([
      { name: 'flights', path: 'README.md', basePath: 'data/flights.csv', readBy: ['flight-delay'] },
    ]);
  });
});

describe('a plan is not complete, and says why,', () => {
  const problem = { message: 'no', path: '', file: CONFIG_PATH, line: 3, column: 1 };

  test('with a config that can’t be read in the head', () => {
    const head = { ...snapshotOf(null), present: true, problems: [problem] };
    const assessment = assess(policyOf(), policyOf(), head);
    expect(assessment).toMatchObject({ problems: [`${CONFIG_PATH}:3:1: no`], models: [] });
  });

  test('with a policy that can’t be read in the default branch', () => {
    const policy = { ...policyOf(null), present: true, problems: [problem] };
    expect(assess(policy, policyOf(), snapshotOf()).problems).toEqual([`default branch: ${CONFIG_PATH}:3:1: no`]);
  });

  test.each(['policy', 'base', 'head'])('where GitHub cut the list of files of the %s', (which) => {
    const cut = (name: string) => ({ ...treeOf(), truncated: name === which });
    const assessment = assess(
      policyOf(same, cut('policy')),
      snapshotOf(same, cut('base')),
      snapshotOf(same, cut('head')),
    );
    expect(assessment.problems).toEqual([expect.stringContaining('too long for GitHub to give whole')]);
  });

  test.each([
    ['a declared input is not there', treeOf({ 'src/features/steps.py': null }), /src\/features/],
    ['a dataset is not there', treeOf({ 'data/flights.csv': null }), /data\/flights\.csv/],
    ['the lock file is not there', treeOf({ 'requirements.lock': null }), /requirements\.lock/],
  ])('where %s', (_, tree, says) => {
    expect(changes(same, tree).problems).toEqual([expect.stringMatching(says)]);
  });

  test('where a default of the head is out of the range of the base', () => {
    const wild = changedConfig(['max: 1, default: 0.1', 'max: 9, default: 5']);
    expect(changes(wild).problems).toEqual([expect.stringMatching(/flight-delay: .*learning_rate/)]);
  });
});

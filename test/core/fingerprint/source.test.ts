import { describe, expect, test } from 'vitest';
import type { TreeEntry, TreeListing } from '../../../core/fingerprint/manifest.ts';
import { SourceManifest } from '../../../core/fingerprint/manifest.ts';
import { inputPaths, requestDigest, type Source, sourceManifest } from '../../../core/fingerprint/source.ts';
import { runRequest } from '../../../core/training/order.ts';
import { CONFIG_TEXT, changedConfig, configOf, effectiveOf, gitId, treeOf } from '../samples.ts';

const base = configOf(CONFIG_TEXT);
const effective = effectiveOf(base);
const entry = (path: string, mode: string, type: TreeEntry['type'] = 'blob'): TreeEntry => ({
  path,
  mode,
  type,
  id: gitId(path),
});

function digest(tree: TreeListing, model = effective): string {
  return manifestOf(sourceManifest(model, tree)).source;
}

function manifestOf(source: Source): Extract<Source, { ok: true }> {
  if (!source.ok) throw new Error(source.problems.map(({ message }) => message).join('\n'));
  return source;
}

test('the manifest lists inputs, data and lock, sorted, and the attributes that touch them', () => {
  const { manifest } = manifestOf(
    sourceManifest(effective, treeOf({ 'docs/.gitattributes': 'x', 'src/.gitattributes': 'x' })),
  );
  expect(manifest.inputs.map(({ path, mode }) => [path, mode])).toEqual([
    ['data/flights.csv', '100644'],
    ['models/flight-delay', '040000'],
    ['requirements.lock', '100644'],
    ['src/features', '040000'],
  ]);
  expect(manifest.attributes.map(({ path }) => path)).toEqual(['.gitattributes', 'src/.gitattributes']);
  expect(SourceManifest.parse(manifest)).toEqual(manifest);
});

test('a dataset that is a folder is pinned by its tree: a file more, and it is another', () => {
  const model = effectiveOf(base, changedConfig(['data/flights.csv', 'data/parts']));
  const tree = treeOf({ 'data/parts/a.parquet': 'a' });
  expect(manifestOf(sourceManifest(model, tree)).manifest).toMatchObject({
    data: { flights: 'data/parts' },
    inputs: expect.arrayContaining([expect.objectContaining({ path: 'data/parts', mode: '040000' })]),
  });
  expect(digest(treeOf({ 'data/parts/a.parquet': 'a', 'data/parts/b.parquet': 'b' }), model)).not.toBe(
    digest(tree, model),
  );
});

describe('a dataset by a pattern', () => {
  const model = effectiveOf(base, changedConfig(['data/flights.csv', 'data/**/*.parquet']));
  const files = { 'data/k=1/a.parquet': 'a', 'data/b.parquet': 'b', 'data/c.txt': 'c' };

  test('is pinned by each file that it matches', () => {
    const { manifest } = manifestOf(sourceManifest(model, treeOf(files)));
    expect(manifest.data).toEqual({ flights: 'data/**/*.parquet' });
    expect(manifest.inputs.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['data/b.parquet', 'data/k=1/a.parquet']),
    );
    expect(digest(treeOf({ ...files, 'data/c.txt': 'd' }), model)).toBe(digest(treeOf(files), model));
  });

  test.each([
    ['a file more', { ...files, 'data/k=2/a.parquet': 'a' }],
    ['other bytes in one', { ...files, 'data/b.parquet': 'B' }],
    ['another name', { 'data/k=1/a.parquet': 'a', 'data/B.parquet': 'b' }],
  ])('is another with %s', (_what, changed) => {
    expect(digest(treeOf(changed), model)).not.toBe(digest(treeOf(files), model));
  });

  test('that matches nothing is missing', () => {
    const source = sourceManifest(model, treeOf({ 'data/c.txt': 'c' }));
    expect(source).toMatchObject({ ok: false, problems: [{ code: 'missing', path: 'data/**/*.parquet' }] });
  });

  test('that matches a link is refused', () => {
    const tree = treeOf(files);
    const linked = { ...tree, entries: [...tree.entries, entry('data/d.parquet', '120000')] };
    expect(sourceManifest(model, linked)).toMatchObject({ ok: false, problems: [{ code: 'unsupported' }] });
  });
});

describe('a dataset that DVC tracks', () => {
  const model = effectiveOf(base, changedConfig(['data/flights.csv', 'data/raw/trips.csv']));
  const inputs = (files: Readonly<Record<string, string>>): readonly string[] =>
    manifestOf(sourceManifest(model, treeOf(files))).manifest.inputs.map(({ path }) => path);

  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['the pointer beside it', { 'data/raw/trips.csv.dvc': '1', 'data/raw.dvc': '2' }, ['data/raw/trips.csv.dvc']],
    ['that of a folder above', { 'data/raw.dvc': '2', 'dvc.lock': '3' }, ['data/raw.dvc']],
    ['every lock that may name it', { 'dvc.lock': '3', 'data/dvc.lock': '4' }, ['data/dvc.lock', 'dvc.lock']],
    ['its own bytes before all', { 'data/raw/trips.csv': '0', 'data/raw.dvc': '2' }, ['data/raw/trips.csv']],
  ])('is pinned by %s', (_what, files, pinned) => {
    expect(inputs(files).filter((path) => path.startsWith('data/raw') || path.includes('dvc'))).toEqual(pinned);
  });

  test('is another when the pointer changes', () => {
    expect(digest(treeOf({ 'data/raw.dvc': '2' }), model)).not.toBe(digest(treeOf({ 'data/raw.dvc': '9' }), model));
  });
});

test('a dataset at a location is pinned by what the config says of it', () => {
  const at = (pin: string): Source =>
    sourceManifest(
      effectiveOf(base, changedConfig(['path: data/flights.csv', `path: big.csv, location: "s3://team/f.csv"${pin}`])),
      treeOf({}),
    );
  const pinned = manifestOf(at(`, sha256: ${'a'.repeat(64)}`));
  expect(pinned.manifest.locations).toEqual({
    flights: { location: 's3://team/f.csv', version: null, sha256: 'a'.repeat(64) },
  });
  expect(SourceManifest.parse(pinned.manifest)).toEqual(pinned.manifest);
  const sources = [pinned, manifestOf(at('')), manifestOf(at(', version: v1'))].map(({ source }) => source);
  expect(new Set(sources).size).toBe(3);
});

describe('a table in git', () => {
  const source = (tree: TreeListing, version = ''): ReturnType<typeof manifestOf> =>
    manifestOf(
      sourceManifest(
        effectiveOf(
          base,
          changedConfig(['path: data/flights.csv', `path: out.parquet, location: "delta:tables/flights"${version}`]),
        ),
        tree,
      ),
    );
  const files = { 'tables/flights/_delta_log/0.json': '1', 'tables/flights/a.parquet': '2' };
  const before = source(treeOf(files));

  test('is pinned by its folder’s id', () => {
    expect(before.manifest.inputs.map(({ path }) => path)).toContain('tables/flights');
    expect(source(treeOf({ ...files, 'tables/flights/_delta_log/1.json': '3' })).source).not.toBe(before.source);
  });

  test('is another at another version', () => {
    expect(source(treeOf(files), ', version: 0').source).not.toBe(before.source);
  });
});

test('a path declared twice counts once', () => {
  const model = effectiveOf(base, changedConfig(['src/features]', 'src/features, data/flights.csv, src/features/]']));
  expect(inputPaths(model)).toEqual(inputPaths(effective));
});

describe('the source changes with', () => {
  test.each([
    ['code', { 'models/flight-delay/train.py': 'new' }],
    ['a file deep in a folder', { 'src/features/a/b/c.py': 'new' }],
    ['data', { 'data/flights.csv': 'new' }],
    ['the lock', { 'requirements.lock': 'new' }],
    ['the root .gitattributes', { '.gitattributes': 'new' }],
    ['.gitattributes above an input', { 'src/.gitattributes': 'new' }],
    ['.gitattributes inside of an input', { 'src/features/.gitattributes': 'new' }],
    ['the root .gitattributes removed', { '.gitattributes': null }],
  ])('%s', (_, changes) => {
    expect(digest(treeOf(changes))).not.toBe(digest(treeOf()));
  });

  test.each<[string, readonly [string, string]]>([
    ['the command', ['python train.py', 'python other.py']],
    ['which name a dataset has', ['flights: { path', 'planes: { path']],
    ['an input more', ['src/features]', 'src/features, README.md]']],
  ])('%s', (_, change) => {
    expect(digest(treeOf(), effectiveOf(base, changedConfig(change)))).not.toBe(digest(treeOf()));
  });
});

describe('the source stays with', () => {
  test.each([
    ['the README', { 'README.md': 'new' }],
    ['the evaluator', { 'eval/predict.py': 'new' }],
    ['the contract, which is judged on its own', { 'contracts/flights.yaml': 'new' }],
    ['.gitattributes elsewhere', { 'docs/.gitattributes': 'new' }],
    ['a folder that begins alike', { 'src/features2/x.py': 'new' }],
  ])('%s', (_, changes) => {
    expect(digest(treeOf(changes))).toBe(digest(treeOf()));
  });

  test('a default, which belongs to the request', () => {
    expect(digest(treeOf(), effectiveOf(base, changedConfig(['default: 0.1', 'default: 0.2'])))).toBe(digest(treeOf()));
  });
});

describe('is a problem that names the path', () => {
  test.each<[string, TreeListing, string, string]>([
    ['missing data', treeOf({ 'data/flights.csv': null }), 'missing', 'data/flights.csv'],
    ['a missing folder', treeOf({ 'src/features/steps.py': null }), 'missing', 'src/features'],
    ['a link in a folder', treeOf({}, [entry('src/features/link', '120000')]), 'unsupported', 'src/features/link'],
    [
      'a submodule in a folder',
      treeOf({}, [entry('src/features/sub', '160000', 'commit')]),
      'unsupported',
      'src/features/sub',
    ],
    [
      'data that is a link',
      treeOf({ 'data/flights.csv': null }, [entry('data/flights.csv', '120000')]),
      'unsupported',
      'data/flights.csv',
    ],
    [
      'an input that is a submodule',
      treeOf({ 'src/features/steps.py': null }, [entry('src/features', '160000', 'commit')]),
      'unsupported',
      'src/features',
    ],
    [
      '.gitattributes that is a link',
      treeOf({ '.gitattributes': null }, [entry('.gitattributes', '120000')]),
      'unsupported',
      '.gitattributes',
    ],
    [
      'an id that is none',
      treeOf({ 'requirements.lock': null }, [{ ...entry('requirements.lock', '100644'), id: 'x' }]),
      'unreadable',
      'requirements.lock',
    ],
    ['a truncated listing', { ...treeOf(), truncated: true }, 'truncated', ''],
  ])('%s', (_, tree, code, path) => {
    const source = sourceManifest(effective, tree);
    expect(source.ok ? [] : source.problems).toEqual([{ code, path, message: expect.stringContaining(path) }]);
  });
});

test('a link outside of the inputs is no problem', () => {
  expect(sourceManifest(effective, treeOf({}, [entry('docs/link', '120000')])).ok).toBe(true);
});

test('an executable input differs from one that is not', () => {
  const tree = treeOf();
  const entries = tree.entries.map((file) => (file.path === 'requirements.lock' ? { ...file, mode: '100755' } : file));
  expect(digest({ ...tree, entries })).not.toBe(digest(tree));
});

test('a listing of 100,000 files is read without delay', () => {
  const many = Array.from({ length: 100_000 }, (_, n) => entry(`src/features/f${n}`, '100644'));
  const start = performance.now();
  sourceManifest(effective, treeOf({}, many));
  expect(performance.now() - start).toBeLessThan(5000);
});

test('the request changes with a parameter and with whether it was set', () => {
  const [plain, set, same] = [{}, { epochs: 20 }, { epochs: 10 }].map((values) =>
    requestDigest(runRequest(effective, values)),
  );
  expect(new Set([plain, set, same]).size).toBe(3);
});

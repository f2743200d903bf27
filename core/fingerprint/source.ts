import { digestOf } from '../canonical.ts';
import { isPattern } from '../config/glob.ts';
import { foldersAbove, isInside } from '../config/paths.ts';
import { treePathOf } from '../data/sources/dataset-location.ts';
import { GitId, RepoPath, type Sha256 } from '../names.ts';
import type { EffectiveModel } from '../policy/effective.ts';
import { entriesOf } from '../records.ts';
import type { RunRequest } from '../training/request.ts';
import { datasetEntries } from './dataset.ts';
import type { Fingerprint, SourceInput, SourceLocation, SourceManifest, TreeEntry, TreeListing } from './manifest.ts';

const ATTRIBUTES = '.gitattributes';

export interface SourceProblem {
  readonly code: 'missing' | 'unsupported' | 'truncated' | 'unreadable';
  readonly path: string;
  /** Expected, found, what to do; unescaped. */
  readonly message: string;
}

export type Source =
  | { readonly ok: true; readonly manifest: SourceManifest; readonly source: Sha256 }
  | { readonly ok: false; readonly problems: readonly SourceProblem[] };

/** Everything that training may read: declared inputs, datasets and lock file; sorted, each once. */
export function inputPaths(effective: EffectiveModel): RepoPath[] {
  const { inputs, data, train } = effective.config;
  const datasets = entriesOf(data).map(([, { path }]) => path);
  return [...new Set([...inputs, ...datasets, ...(train.setup === undefined ? [] : [train.setup])])].sort();
}

/**
 * The source half of a fingerprint: what a git tree alone says about the result of training (DESIGN section 3).
 * Nothing is guessed: a missing path, a link, a submodule and a truncated listing are problems.
 */
export function sourceManifest(effective: EffectiveModel, tree: TreeListing): Source {
  if (tree.truncated) {
    const message = `GitHub cut the listing of ${tree.commit} (more than 100,000 entries): the inputs of ${effective.name} can't be told`;
    return { ok: false, problems: [{ code: 'truncated', path: '', message }] };
  }
  const found = findInputs(effective, tree);
  const paths = found.map(({ path }) => path);
  const problems = [
    ...found.flatMap(({ input }) => (input.ok ? [] : [input.problem])),
    ...linkProblems(paths, tree.entries),
    ...attributeProblems(paths, tree.entries),
  ];
  if (problems.length > 0) return { ok: false, problems };
  const { name, config, stage } = effective;
  if (config.train.run === undefined) {
    const message = `${config.train.stage ?? name} was not resolved to a command`;
    return { ok: false, problems: [{ code: 'unreadable', path: 'dvc.yaml', message }] };
  }
  const locations = locationsOf(config.data);
  const manifest: SourceManifest = {
    version: 1,
    model: name,
    command: config.train.run,
    setup: config.train.setup ?? null,
    ...(stage === undefined ? {} : { stage: stage.outputs }),
    data: Object.fromEntries(entriesOf(config.data).map(([dataset, { path }]) => [dataset, path])),
    ...(Object.keys(locations).length === 0 ? {} : { locations }),
    inputs: found.flatMap(({ input }) => (input.ok ? [input.input] : [])),
    attributes: attributeFiles(paths, tree.entries).map(({ path, id }) => ({ path, id: GitId.parse(id) })),
  };
  return { ok: true, manifest, source: sourceDigest(manifest) };
}

export function sourceDigest(manifest: SourceManifest): Sha256 {
  return digestOf(manifest);
}

export function requestDigest(request: RunRequest): Sha256 {
  return digestOf(request);
}

export function fingerprintOf(manifest: SourceManifest, request: RunRequest): Fingerprint {
  return { source: sourceDigest(manifest), request: requestDigest(request) };
}

interface FoundInput {
  readonly path: string;
  readonly input: Input;
}

/** Each once, by its path. Of a dataset, its files, its table or what tracks them; one that lies elsewhere has none in the tree. */
function findInputs(effective: EffectiveModel, tree: TreeListing): FoundInput[] {
  const { inputs, data, train } = effective.config;
  const byPath = new Map(tree.entries.map((entry) => [entry.path, entry]));
  const found = new Map<string, Input>();
  for (const path of [...inputs, ...(train.setup === undefined ? [] : [train.setup])])
    found.set(path, readInput(path, byPath.get(path)));
  for (const [, dataset] of entriesOf(data)) {
    const path = treePathOf(dataset.path, dataset.location);
    if (path === null) continue;
    const { kind, entries } = datasetEntries(path, tree);
    if (kind === 'missing') found.set(path, readInput(path, undefined));
    for (const entry of entries) found.set(entry.path, readInput(RepoPath.parse(entry.path), entry));
  }
  return [...found].map(([path, input]) => ({ path, input })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

function locationsOf(data: EffectiveModel['config']['data']): Record<string, SourceLocation> {
  return Object.fromEntries(
    entriesOf(data).flatMap(([name, { location, version = null, sha256 = null }]) =>
      location === undefined ? [] : [[name, { location, version, sha256 }]],
    ),
  );
}

type Input =
  | { readonly ok: true; readonly input: SourceInput }
  | { readonly ok: false; readonly problem: SourceProblem };

function readInput(path: RepoPath, entry: TreeEntry | undefined): Input {
  const problem = (code: SourceProblem['code'], message: string): Input => ({
    ok: false,
    problem: { code, path, message },
  });
  if (entry === undefined) {
    const mend = isPattern(path)
      ? 'patterns are for the paths of datasets: it must match a file'
      : 'add it, or remove it from the config';
    return problem('missing', `the declared input ${path} does not exist in this commit; ${mend}`);
  }
  const id = GitId.safeParse(entry.id);
  if (!id.success) return problem('unreadable', `git gave no usable id for ${path}`);
  const { mode } = entry;
  if (mode !== '100644' && mode !== '100755' && mode !== '040000') return problem('unsupported', notPlain(entry));
  return { ok: true, input: { path, mode, id: id.data } };
}

/** A link's target may lie outside of the inputs, and a submodule's content is not in this repository. */
function linkProblems(paths: readonly string[], entries: readonly TreeEntry[]): SourceProblem[] {
  return entries
    .filter(({ mode, path }) => !isPlain(mode) && paths.some((input) => path !== input && isInside(path, input)))
    .map((entry) => ({ code: 'unsupported' as const, path: entry.path, message: notPlain(entry) }));
}

/** git itself ignores a `.gitattributes` that is a link, but other readers may not. */
function attributeProblems(paths: readonly string[], entries: readonly TreeEntry[]): SourceProblem[] {
  return attributeFiles(paths, entries)
    .filter(({ mode, path }) => !isPlain(mode) && !paths.some((input) => isInside(path, input)))
    .map((entry) => ({ code: 'unsupported' as const, path: entry.path, message: notPlain(entry) }));
}

function attributeFiles(paths: readonly string[], entries: readonly TreeEntry[]): TreeEntry[] {
  const folders = new Set(['', ...paths.flatMap(foldersAbove)]);
  const inside = (path: string): boolean => paths.some((input) => isInside(path, input));
  return entries
    .filter(({ type, path }) => type !== 'tree' && (path === ATTRIBUTES || path.endsWith(`/${ATTRIBUTES}`)))
    .filter(({ path }) => folders.has(path.slice(0, -ATTRIBUTES.length - 1)) || inside(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function isPlain(mode: string): boolean {
  return mode === '100644' || mode === '100755' || mode === '040000';
}

function notPlain({ path, mode }: TreeEntry): string {
  const what = mode === '120000' ? 'a symbolic link' : mode === '160000' ? 'a submodule' : `an entry of mode ${mode}`;
  return `${path} is ${what}, which is not supported among a model's inputs; put the files themselves there`;
}

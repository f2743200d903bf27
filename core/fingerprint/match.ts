import { canonicalJson } from '../canonical.ts';
import type { ParamValue } from '../config/params.ts';
import type { ParamName } from '../names.ts';
import { defaultsOf, type EffectiveModel } from '../policy/effective.ts';
import { keysOf, valueAt } from '../records.ts';
import type { RunRequest } from '../training/request.ts';
import type { SourceLocation, SourceManifest } from './manifest.ts';
import { sourceDigest } from './source.ts';

/** What a run was trained from. */
export interface RunSide {
  readonly source: SourceManifest;
  readonly request: RunRequest;
}

/** What a git tree would be trained from, if no command set anything. */
export interface TreeSide {
  readonly source: SourceManifest;
  readonly defaults: Readonly<Record<ParamName, ParamValue>>;
  readonly seed: number;
}

export type Match = { readonly matches: true } | { readonly matches: false; readonly reasons: readonly string[] };

export function treeSide(effective: EffectiveModel, source: SourceManifest): TreeSide {
  return { source, defaults: defaultsOf(effective), seed: effective.config.train.seed };
}

/**
 * Whether training this tree would repeat this run (DESIGN section 3): equal source, and every parameter is the tree's
 * default or was set explicitly in the run's command. Engine and resources are policy, which its digest compares.
 *
 * @returns the reasons in words, unescaped, naming the inputs and parameters that differ
 */
export function matches(run: RunSide, tree: TreeSide): Match {
  const reasons = [...sourceReasons(run.source, tree.source), ...requestReasons(run.request, tree)];
  return reasons.length === 0 ? { matches: true } : { matches: false, reasons };
}

function sourceReasons(run: SourceManifest, tree: SourceManifest): string[] {
  if (sourceDigest(run) === sourceDigest(tree)) return [];
  const reasons = [
    ...(run.model === tree.model ? [] : [`the run trained model ${run.model}, not ${tree.model}`]),
    ...(run.command === tree.command ? [] : [`the training command is now "${tree.command}", was "${run.command}"`]),
    ...(run.setup === tree.setup
      ? []
      : [`train.setup is now ${tree.setup ?? 'not set'}, was ${run.setup ?? 'not set'}`]),
    ...dataReasons(run.data, tree.data),
    ...locationReasons(run.locations ?? {}, tree.locations ?? {}),
    ...fileReasons(run.inputs, tree.inputs),
    ...fileReasons(run.attributes, tree.attributes),
  ];
  return reasons.length > 0 ? [...new Set(reasons)] : ['the source differs'];
}

function dataReasons(run: SourceManifest['data'], tree: SourceManifest['data']): string[] {
  const names = [...new Set([...keysOf(run), ...keysOf(tree)])].sort();
  return names
    .filter((name) => valueAt(run, name) !== valueAt(tree, name))
    .map(
      (name) =>
        `dataset ${name} is now ${valueAt(tree, name) ?? 'not declared'}, was ${valueAt(run, name) ?? 'not declared'}`,
    );
}

type Locations = NonNullable<SourceManifest['locations']>;

function locationReasons(run: Locations, tree: Locations): string[] {
  const shown = (one: SourceLocation | undefined): string => (one === undefined ? '' : canonicalJson(one));
  return [...new Set([...keysOf(run), ...keysOf(tree)])].sort().flatMap((name) => {
    const [was, is] = [valueAt(run, name), valueAt(tree, name)];
    if (shown(was) === shown(is)) return [];
    if (was?.location !== is?.location)
      return [
        `dataset ${name} now lies at ${is?.location ?? 'its path in the repository'}, was at ${was?.location ?? 'its path'}`,
      ];
    return [`dataset ${name} is pinned to other content at ${is?.location ?? ''}`];
  });
}

interface ListedFile {
  readonly path: string;
  readonly id: string;
  readonly mode?: string;
}

function fileReasons(run: readonly ListedFile[], tree: readonly ListedFile[]): string[] {
  const before = new Map(run.map((file) => [file.path, file]));
  const after = new Map(tree.map((file) => [file.path, file]));
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === undefined) return [`${path} is a new input`];
    if (is === undefined) return [`${path} is no longer an input`];
    if (was.id !== is.id) return [`${path} has changed`];
    return was.mode === is.mode ? [] : [`the mode of ${path} is now ${is.mode}, was ${was.mode}`];
  });
}

function requestReasons(run: RunRequest, tree: TreeSide): string[] {
  const names = [...new Set([...keysOf(run.params), ...keysOf(tree.defaults)])].sort();
  const reasons = names.flatMap((name) => {
    const [trained, committed] = [valueAt(run.params, name), valueAt(tree.defaults, name)];
    if (committed === undefined) return [`parameter ${name} is no longer declared`];
    if (trained === undefined) return [`parameter ${name} was not declared then`];
    if (trained === committed || run.explicit.includes(name)) return [];
    return [`the default of ${name} is now ${JSON.stringify(committed)}, trained with ${JSON.stringify(trained)}`];
  });
  return run.seed === tree.seed ? reasons : [...reasons, `the seed is now ${tree.seed}, trained with ${run.seed}`];
}

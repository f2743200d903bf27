import type { Config, ModelConfig } from '../config/schema.ts';
import type { TreeListing } from '../fingerprint/manifest.ts';
import type { ModelName } from '../names.ts';
import { entriesOf, keysOf, valueAt } from '../records.ts';

/** What git says of one path: mode and id (of the tree, for a folder). */
export interface FileId {
  readonly mode: string;
  readonly id: string;
}
export type FileIds = ReadonlyMap<string, FileId>;

/** Files that the config names and that are policy: evaluator, its lock, holdout and signing keys; sorted, each once. */
export function policyPaths(config: Config, model: ModelName): string[] {
  const declared = valueAt(config.models, model);
  const paths: string[] = [
    ...(config.policy.signing?.keys ?? []),
    ...(declared === undefined ? [] : evaluatorPaths(declared)),
  ];
  return [...new Set(paths)].sort();
}

/** The policy files of all models. */
export function allPolicyPaths(config: Config): string[] {
  return [
    ...new Set(
      keysOf(config.models)
        .flatMap((model) => policyPaths(config, model))
        .concat(config.policy.signing?.keys ?? []),
    ),
  ].sort();
}

/** Mode and id of those of the paths that the tree has. @throws {RangeError} for a truncated listing, which proves nothing */
export function fileIds(paths: readonly string[], tree: TreeListing): FileIds {
  if (tree.truncated) throw new RangeError(`the listing of ${tree.commit} is truncated: no policy can be read from it`);
  const wanted = new Set(paths);
  return new Map(
    tree.entries.filter((entry) => wanted.has(entry.path)).map(({ path, mode, id }) => [path, { mode, id }]),
  );
}

function evaluatorPaths(model: ModelConfig): string[] {
  const { evaluate } = model;
  if (evaluate === undefined) return [];
  const holdouts = entriesOf(evaluate.data).map(([, data]) => data.path);
  return [...evaluate.inputs, ...(evaluate.setup === undefined ? [] : [evaluate.setup]), ...holdouts];
}

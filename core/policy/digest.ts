import { digestOf } from '../canonical.ts';
import type { Config } from '../config/schema.ts';
import type { ModelName, Sha256 } from '../names.ts';
import { valueAt } from '../records.ts';
import { type FileIds, policyPaths } from './files.ts';
import { project } from './table.ts';

/**
 * The policy digest of a model (DESIGN section 3): SHA-256 over the RFC 8785 form of the policy keys of its config, of
 * `policy` and `registries`, and of the git ids of the files that they name. A file that the tree lacks counts as null,
 * so that adding it changes the digest. A model that the config doesn't have yet is null, and differs from itself once
 * it is merged: what was trained before that is judged again.
 *
 * @param config the default branch's config, never a head's
 * @param files ids at the same commit, by `fileIds(policyPaths(config, model), tree)`
 */
export function policyDigest(config: Config, model: ModelName, files: FileIds): Sha256 {
  return digestOf(policyProjection(config, model, files));
}

/** What the policy digest is taken over; plain JSON. */
export function policyProjection(config: Config, model: ModelName, files: FileIds): unknown {
  const declared = valueAt(config.models, model);
  return {
    version: 1,
    model,
    policy: config.policy,
    registries: config.registries,
    declared: declared === undefined ? null : project(declared, 'policy', ['models', model]),
    files: policyPaths(config, model).map((path) => {
      const file = files.get(path);
      return { path, mode: file?.mode ?? null, id: file?.id ?? null };
    }),
  };
}

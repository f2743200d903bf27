import type { Config } from '../../core/config/schema.ts';
import type { TreeListing } from '../../core/fingerprint/manifest.ts';
import { type Assessment, assess } from '../../flows/assessment.ts';
import { modelAt } from '../../flows/model-at.ts';
import type { KnownModel } from '../../flows/run-draft.ts';
import type { PolicySnapshot, Snapshot } from '../../flows/snapshot.ts';
import { CONFIG_TEXT, configOf, gitId, MODEL, treeOf } from '../core/samples.ts';

/** What a commit says, without a commit. */
export function snapshotOf(config: Config | null = configOf(CONFIG_TEXT), tree: TreeListing = treeOf()): Snapshot {
  return { commit: gitId(JSON.stringify(tree)), tree, config, problems: [], present: config !== null };
}

export function policyOf(config: Config | null = configOf(CONFIG_TEXT), tree: TreeListing = treeOf()): PolicySnapshot {
  return { ...snapshotOf(config, tree), branch: 'main', keys: [] };
}

/** The sample's model in a head. */
export function at(policy: PolicySnapshot, config: Config, tree: TreeListing): KnownModel {
  const found = modelAt(policy, snapshotOf(config, tree), MODEL);
  if (found.kind !== 'known') throw new Error(`the model is ${JSON.stringify(found)}`);
  return found;
}

/** What a head changes that was branched off the default branch as it is. */
export function changes(config: Config | null, tree: TreeListing = treeOf()): Assessment {
  const policy = policyOf();
  return assess(policy, policy, snapshotOf(config, tree));
}

import { canonicalJson } from '../core/canonical.ts';
import type { TrainingDataset } from '../core/config/datasets.ts';
import { treePathOf } from '../core/data/sources/dataset-location.ts';
import { sameDataset } from '../core/fingerprint/dataset.ts';
import type { SourceLocation } from '../core/fingerprint/manifest.ts';
import type { RepoPath } from '../core/names.ts';
import { DatasetName, type ModelName } from '../core/names.ts';
import { changesPolicy, type PolicyChange, policyChanges } from '../core/policy/changes.ts';
import { allPolicyPaths, fileIds } from '../core/policy/files.ts';
import { entriesOf, keysOf, valueAt } from '../core/records.ts';
import { placeOf } from '../core/training/order.ts';
import { configProblems, type ModelAt, modelAt } from './model-at.ts';
import type { Ports, PullRequest } from './ports.ts';
import { type PolicySnapshot, type Snapshot, takePolicySnapshot, takeSnapshot } from './snapshot.ts';

export interface AssessedModel {
  readonly name: ModelName;
  readonly base: ModelAt;
  readonly head: ModelAt;
  /** Source or a default differs between merge base and head. */
  readonly affected: boolean;
  readonly changesPolicy: boolean;
}

/** A dataset with a contract whose data or contract differs between merge base and head. */
export interface ChangedDataset {
  readonly name: DatasetName;
  readonly path: RepoPath;
  readonly contract: RepoPath;
  readonly baseContract: RepoPath | null;
  /** Where it lies if not in the repository. */
  readonly at: SourceLocation | null;
  /** Where the merge base has its data; null where it has none. */
  readonly basePath: RepoPath | null;
  readonly baseAt: SourceLocation | null;
  /** What the merge base names as a profile of its data. */
  readonly baseProfile: RepoPath | null;
  /** The head's models that read it. */
  readonly readBy: readonly ModelName[];
}

/** What a pull request changes, as plan, `/train`, `ready` and merge all see it (DESIGN section 3: one function). */
export interface Assessment {
  readonly policy: PolicySnapshot;
  readonly mergeBase: Snapshot;
  readonly head: Snapshot;
  readonly models: readonly AssessedModel[];
  readonly policyChanges: readonly PolicyChange[];
  readonly datasets: readonly ChangedDataset[];
  /** Anything that keeps the plan from being complete: then nothing is green. */
  readonly problems: readonly string[];
}

export async function assessPullRequest(ports: Pick<Ports, 'source'>, pull: PullRequest): Promise<Assessment> {
  const policy = await takePolicySnapshot(ports);
  const base = await ports.source.mergeBase(policy.commit, pull.head.sha);
  return assess(policy, await takeSnapshot(ports, base), await takeSnapshot(ports, pull.head.sha));
}

/** Compares two commits under a policy. Pure, but for having been given what was read. */
export function assess(policy: PolicySnapshot, mergeBase: Snapshot, head: Snapshot): Assessment {
  const problems = [
    ...(policy.present ? configProblems(policy).map((problem) => `default branch: ${problem}`) : []),
    ...configProblems(head),
    ...[policy, mergeBase, head]
      .filter((snapshot) => snapshot.tree.truncated)
      .map((snapshot) => `the file list of ${snapshot.commit.slice(0, 12)} is too long for GitHub to give whole`),
  ];
  if (problems.length > 0) return { policy, mergeBase, head, models: [], policyChanges: [], datasets: [], problems };
  const changes = changesOfPolicy(policy, mergeBase, head);
  const names = new Set([...keysOf(policy.config?.models ?? {}), ...keysOf(head.config?.models ?? {})]);
  const models = [...names].sort().map((name) => assessModel(policy, mergeBase, head, name, changes));
  const invalid = models.flatMap(({ name, head: at }) =>
    at.kind === 'invalid' ? at.problems.map((problem) => `${name}: ${problem}`) : [],
  );
  const datasets = changedDatasets(policy, mergeBase, head, models);
  return { policy, mergeBase, head, models, policyChanges: changes, datasets, problems: invalid };
}

function changesOfPolicy(policy: PolicySnapshot, mergeBase: Snapshot, head: Snapshot): PolicyChange[] {
  const state = (snapshot: Snapshot) => ({
    config: snapshot.config,
    files: policy.config === null ? new Map() : fileIds(allPolicyPaths(policy.config), snapshot.tree),
  });
  return policyChanges(state(mergeBase), state(head));
}

function assessModel(
  policy: PolicySnapshot,
  mergeBase: Snapshot,
  head: Snapshot,
  name: ModelName,
  changes: readonly PolicyChange[],
): AssessedModel {
  const before = modelAt(policy, mergeBase, name);
  const after = modelAt(policy, head, name);
  const isNew = after.kind === 'known' && after.isNew;
  return {
    name,
    base: before,
    head: after,
    affected: differs(before, after),
    changesPolicy: isNew || changesPolicy(changes),
  };
}

function differs(before: ModelAt, after: ModelAt): boolean {
  if (after.kind !== 'known') return after.kind === 'invalid';
  if (before.kind !== 'known') return true;
  return before.source !== after.source || canonicalJson(before.defaults) !== canonicalJson(after.defaults);
}

function changedDatasets(
  policy: PolicySnapshot,
  mergeBase: Snapshot,
  head: Snapshot,
  models: readonly AssessedModel[],
): ChangedDataset[] {
  return contractedDatasets({ policy, models }).filter((dataset) => {
    const { path, contract, baseContract, at } = dataset;
    const inTree = treePathOf(path, at?.location);
    const contracts = [contract, ...(baseContract === null ? [] : [baseContract])];
    return (
      declaredAnew(mergeBase, dataset) ||
      !sameDataset(path, mergeBase.tree, head.tree) ||
      (inTree !== null && !sameDataset(inTree, mergeBase.tree, head.tree)) ||
      contracts.some((one) => idAt(mergeBase, one) !== idAt(head, one))
    );
  });
}

/** Whether the config points the dataset at other files, which may have been there before, unchecked. */
function declaredAnew({ config }: Snapshot, { name, path, contract, at }: ChangedDataset): boolean {
  if (config === null) return false;
  const declared = entriesOf(config.models).map(([, { data }]) => valueAt(data, name));
  const same = (one: TrainingDataset): boolean =>
    one.path === path && one.contract === contract && canonicalJson(placeOf(one).at ?? null) === canonicalJson(at);
  return !declared.some((one) => one !== undefined && same(one));
}

/** Every dataset of the head that has a contract, changed or not. */
export function contractedDatasets({ policy, models }: Pick<Assessment, 'policy' | 'models'>): ChangedDataset[] {
  const found = new Map<DatasetName, ChangedDataset>();
  for (const { name, base, head: at } of models) {
    if (at.kind !== 'known') continue;
    for (const [dataset, declaredNow] of entriesOf(at.effective.config.data)) {
      const { path, contract } = declaredNow;
      if (contract === undefined) continue;
      const declared =
        policy.config === null || !Object.hasOwn(policy.config.models, name) ? undefined : policy.config.models[name];
      const other = found.get(dataset);
      const before = base.kind === 'known' ? valueAt(base.effective.config.data, dataset) : undefined;
      found.set(dataset, {
        name: DatasetName.parse(dataset),
        path,
        contract,
        // Two models may read one dataset: a contract that either has in the base must hold.
        baseContract: declared?.data[dataset]?.contract ?? other?.baseContract ?? null,
        at: placeOf(declaredNow).at ?? null,
        basePath: before?.path ?? other?.basePath ?? null,
        baseAt: before === undefined ? (other?.baseAt ?? null) : (placeOf(before).at ?? null),
        baseProfile: before?.profile ?? other?.baseProfile ?? null,
        readBy: [...(other?.readBy ?? []), name],
      });
    }
  }
  return [...found.values()];
}

function idAt(snapshot: Snapshot, path: string): string | undefined {
  return snapshot.tree.entries.find((entry) => entry.path === path)?.id;
}

/**
 * What is policy and what is input, key by key (DESIGN invariant 1). Policy is read from the default branch, input from
 * the pull request's head. The digest, the effective model, the list of policy changes and the docs all read this table.
 */

export type Side = 'policy' | 'input';

export interface KeyRule {
  /** `*` stands for any name; a rule covers everything below its key, unless a longer rule says otherwise. */
  readonly key: string;
  readonly side: Side;
  readonly why: string;
}

export const KEY_TABLE: readonly KeyRule[] = [
  { key: 'version', side: 'input', why: 'says how the file is read, and has one value' },
  { key: 'models.*.inputs', side: 'input', why: 'what training may read; narrowed inputs are pointed out' },
  { key: 'models.*.data.*.path', side: 'input', why: 'a data pointer' },
  {
    key: 'models.*.data.*.location',
    side: 'input',
    why: 'must lie under `policy.locations` of the default branch, or name one of its `policy.queries`',
  },
  {
    key: 'models.*.data.*.sha256',
    side: 'input',
    why: 'a data pointer: without it, data at a location is not trained on',
  },
  { key: 'models.*.data.*.version', side: 'input', why: 'a data pointer' },
  { key: 'models.*.data.*.profile', side: 'input', why: 'what the next pull request is compared with' },
  { key: 'models.*.data.*.contract', side: 'input', why: 'a contract must pass in its base and its head form' },
  { key: 'models.*.data.*.owner', side: 'policy', why: 'approves a loosened contract' },
  { key: 'models.*.train.setup', side: 'input', why: 'the lock file that training installs from' },
  { key: 'models.*.train.run', side: 'input', why: 'the command that trains' },
  { key: 'models.*.train.stage', side: 'input', why: 'the command that trains' },
  { key: 'models.*.train.seed', side: 'input', why: 'part of the request' },
  { key: 'models.*.train.params.*.type', side: 'policy', why: 'what a comment may set' },
  { key: 'models.*.train.params.*.min', side: 'policy', why: 'what a comment may set' },
  { key: 'models.*.train.params.*.max', side: 'policy', why: 'what a comment may set' },
  { key: 'models.*.train.params.*.values', side: 'policy', why: 'what a comment may set' },
  { key: 'models.*.train.params.*.pattern', side: 'policy', why: 'what a comment may set' },
  { key: 'models.*.train.params.*.default', side: 'input', why: 'must lie within the range of the default branch' },
  { key: 'models.*.train.engine', side: 'policy', why: 'where code of a pull request may run' },
  { key: 'models.*.train.resources', side: 'policy', why: 'a cap' },
  { key: 'models.*.train.timeout', side: 'policy', why: 'a cap' },
  { key: 'models.*.train.smoke', side: 'input', why: 'what is tried before it is trained' },
  { key: 'models.*.train.checkpoint', side: 'input', why: 'when what training keeps is saved' },
  { key: 'models.*.train.retries', side: 'policy', why: 'a cap' },
  { key: 'models.*.train.stall', side: 'policy', why: 'when a run is stopped' },
  { key: 'models.*.train.on_push', side: 'policy', why: 'when a run is stopped' },
  { key: 'models.*.evaluate', side: 'policy', why: 'the evaluator and its holdout judge the change' },
  { key: 'models.*.gates', side: 'policy', why: 'what a model must reach' },
  { key: 'models.*.promote', side: 'policy', why: 'stages' },
  { key: 'policy', side: 'policy', why: 'all of it, also keys to come: what a change is judged by' },
  { key: 'policy.signing', side: 'policy', why: 'whose records count' },
  { key: 'policy.commands', side: 'policy', why: 'who may do what' },
  { key: 'policy.require', side: 'policy', why: 'approvals and labels' },
  { key: 'policy.freeze', side: 'policy', why: 'when no stage moves forward' },
  { key: 'policy.engines', side: 'policy', why: 'where code of a pull request may run' },
  { key: 'policy.engine_options', side: 'policy', why: 'the cluster that code of a pull request runs on' },
  { key: 'policy.store', side: 'policy', why: 'where outputs and checkpoints are kept' },
  { key: 'policy.stalled', side: 'policy', why: 'when a run is stopped' },
  { key: 'policy.spot_fallback', side: 'policy', why: 'what may cost more' },
  { key: 'policy.gpus', side: 'policy', why: 'what a command and the config may ask for' },
  { key: 'policy.runners', side: 'policy', why: 'where code of a pull request, and of a fork, may run' },
  { key: 'policy.prices', side: 'policy', why: 'what a budget is counted in' },
  { key: 'policy.budget', side: 'policy', why: 'a cap' },
  { key: 'policy.locations', side: 'policy', why: 'where data may be read from' },
  { key: 'policy.queries', side: 'policy', why: 'what is asked of a warehouse with the team’s identity' },
  { key: 'policy.forks', side: 'policy', why: 'whether code of strangers runs' },
  { key: 'policy.network', side: 'policy', why: 'what training may reach' },
  { key: 'policy.sandbox', side: 'policy', why: 'how a model is evaluated' },
  { key: 'policy.metrics', side: 'policy', why: 'what gates read' },
  { key: 'policy.concurrency', side: 'policy', why: 'a cap' },
  { key: 'policy.scan', side: 'policy', why: 'which findings of the scan are waived' },
  { key: 'policy.tracking', side: 'policy', why: 'who else is told of runs' },
  { key: 'registries', side: 'policy', why: 'where versions are published' },
];

/** The side of a key such as `['models', 'm', 'train', 'run']`; null for a key above the rules, such as `models.m`. */
export function sideOf(path: readonly string[]): Side | null {
  const rule = KEY_TABLE.filter(({ key }) => covers(key.split('.'), path)).sort(
    (a, b) => b.key.length - a.key.length,
  )[0];
  return rule?.side ?? null;
}

/**
 * The part of a config value that one side owns. Names of models, data and parameters stay as empty objects where
 * nothing below them is of that side, since a name is policy, too.
 */
export function project(value: unknown, side: Side, path: readonly string[]): unknown {
  const owner = sideOf(path);
  if (owner !== null) return owner === side ? value : undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const members = Object.entries(value).map(([key, item]) => [key, project(item, side, [...path, key])] as const);
  return Object.fromEntries(members.filter(([, item]) => item !== undefined));
}

/**
 * One value made of two: policy from `base`, input from `head`. Where both have a name, its parts are merged; names
 * that only one side has are kept if `head` has them.
 */
export function overlay(base: unknown, head: unknown, path: readonly string[]): unknown {
  const owner = sideOf(path);
  if (owner !== null) return owner === 'policy' ? base : head;
  if (!isRecord(base) || !isRecord(head)) return isRecord(head) ? head : undefined;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(head)])];
  const members = keys.map((key) => {
    const ownerOfKey = sideOf([...path, key]);
    if (ownerOfKey === null && !Object.hasOwn(base, key)) return [key, head[key]] as const;
    return [key, overlay(own(base, key), own(head, key), [...path, key])] as const;
  });
  return Object.fromEntries(members.filter(([, item]) => item !== undefined));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(record: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

function covers(rule: readonly string[], path: readonly string[]): boolean {
  return rule.length <= path.length && rule.every((part, index) => part === '*' || part === path[index]);
}

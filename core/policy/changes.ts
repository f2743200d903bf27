import { isInside } from '../config/paths.ts';
import type { Config, ModelConfig } from '../config/schema.ts';
import type { ModelName } from '../names.ts';
import { entriesOf, keysOf, valueAt } from '../records.ts';
import { CHANGE_TABLE, type ChangeEffect, type ChangeKind } from './change-table.ts';
import { difference } from './difference.ts';
import { type FileIds, policyPaths } from './files.ts';
import { project } from './table.ts';

/** One thing of policy, or close to it, that a pull request changes. `from` and `to` are words or JSON, unescaped. */
export interface PolicyChange {
  readonly kind: ChangeKind;
  /** null for what concerns every model. */
  readonly model: ModelName | null;
  /** `models.flight-delay.gates.roc_auc.min`, or the path of a file. */
  readonly key: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly effect: ChangeEffect;
}

export interface ConfigState {
  /** null where the commit has no config. */
  readonly config: Config | null;
  /** Ids at the commit of every file that the base's policy names: `fileIds(allPolicyPaths(base), tree)`. */
  readonly files: FileIds;
}

/**
 * What a pull request changes of policy, key by key (DESIGN invariant 1).
 *
 * @param base the merge base, so that what the default branch has changed meanwhile isn't laid at the request's door
 */
export function policyChanges(base: ConfigState, head: ConfigState): PolicyChange[] {
  if (base.config === null && head.config === null) return [];
  if (base.config === null) return [whole('first_config', null, 'config added')];
  if (head.config === null) return [whole('config_removed', 'config', null)];
  return [
    ...wideChanges(base.config, head.config),
    ...modelListChanges(base.config, head.config),
    ...keysOf(base.config.models).flatMap((name) => modelChanges(name, base, head)),
    ...fileChanges(base, head),
  ];
}

/** Whether the merge promotes nothing, of any model: what a pull request changes of policy, no part of it is judged by. */
export function changesPolicy(changes: readonly PolicyChange[]): boolean {
  return changes.some(({ effect }) => effect === 'policy');
}

function whole(kind: 'first_config' | 'config_removed', from: string | null, to: string | null): PolicyChange {
  return change(kind, null, '', from, to);
}

function change(
  kind: ChangeKind,
  model: ModelName | null,
  key: string,
  from: string | null,
  to: string | null,
): PolicyChange {
  return { kind, model, key, from, to, effect: CHANGE_TABLE[kind].effect };
}

function wideChanges(base: Config, head: Config): PolicyChange[] {
  return [
    ...difference(base.policy, head.policy, 'policy'),
    ...difference(base.registries, head.registries, 'registries'),
  ].map(({ key, from, to }) => change('changed', null, key, from, to));
}

/** A model whose training reads and runs the same under another name has been renamed: to the ledger it is a new one. */
function modelListChanges(base: Config, head: Config): PolicyChange[] {
  const removed = keysOf(base.models).filter((name) => valueAt(head.models, name) === undefined);
  const added = keysOf(head.models).filter((name) => valueAt(base.models, name) === undefined);
  const renames = new Map<ModelName, ModelName>();
  for (const name of added) {
    const before = removed.find((old) => ![...renames.values()].includes(old) && sameTraining(base, old, head, name));
    if (before !== undefined) renames.set(name, before);
  }
  return [
    ...added.map((name): PolicyChange => {
      const from = renames.get(name) ?? null;
      return change(from === null ? 'new_model' : 'renamed_model', name, `models.${name}`, from, name);
    }),
    ...removed
      .filter((name) => ![...renames.values()].includes(name))
      .map((name) => change('removed_model', name, `models.${name}`, name, null)),
  ];
}

function sameTraining(base: Config, before: ModelName, head: Config, after: ModelName): boolean {
  const [a, b] = [valueAt(base.models, before), valueAt(head.models, after)];
  return (
    a !== undefined &&
    b !== undefined &&
    a.train.run === b.train.run &&
    a.train.stage === b.train.stage &&
    a.inputs.join('\n') === b.inputs.join('\n')
  );
}

function modelChanges(name: ModelName, base: ConfigState, head: ConfigState): PolicyChange[] {
  const before = base.config === null ? undefined : valueAt(base.config.models, name);
  const after = head.config === null ? undefined : valueAt(head.config.models, name);
  if (before === undefined || after === undefined) return [];
  const path = ['models', name];
  const found = difference(project(before, 'policy', path), project(after, 'policy', path), path.join('.'));
  return [
    ...found.map(({ key, from, to }) => change('changed', name, key, from, to)),
    ...droppedData(name, before, after),
    ...movedData(name, before, after),
    ...narrowedInputs(name, before, after),
  ];
}

function droppedData(name: ModelName, before: ModelConfig, after: ModelConfig): PolicyChange[] {
  return entriesOf(before.data).flatMap(([dataset, was]): PolicyChange[] => {
    const now = valueAt(after.data, dataset);
    const key = `models.${name}.data.${dataset}`;
    if (now === undefined) return [change('dropped_dataset', name, key, was.path, null)];
    const dropped = was.contract !== undefined && now.contract === undefined;
    return dropped ? [change('dropped_contract', name, `${key}.contract`, was.contract ?? null, null)] : [];
  });
}

/** An input, but one that no id of git stands for: the reviewer sees where data comes from. */
function movedData(name: ModelName, before: ModelConfig, after: ModelConfig): PolicyChange[] {
  return entriesOf(after.data).flatMap(([dataset, { location: to = null }]) => {
    const from = valueAt(before.data, dataset)?.location ?? null;
    return from === to ? [] : [change('moved_data', name, `models.${name}.data.${dataset}.location`, from, to)];
  });
}

function narrowedInputs(name: ModelName, before: ModelConfig, after: ModelConfig): PolicyChange[] {
  return before.inputs
    .filter((path) => !after.inputs.some((kept) => isInside(path, kept)))
    .map((path) => change('narrowed_inputs', name, `models.${name}.inputs`, path, null));
}

/** The files that the base's policy names must be the same; those that only the head names show as a changed key. */
function fileChanges(base: ConfigState, head: ConfigState): PolicyChange[] {
  const { config } = base;
  if (config === null) return [];
  const keys: string[] = [...(config.policy.signing?.keys ?? [])];
  const changed = (path: string, model: ModelName | null): PolicyChange[] => {
    const [from, to] = [base.files.get(path), head.files.get(path)];
    if (from?.id === to?.id && from?.mode === to?.mode) return [];
    return [change('file', model, path, from?.id ?? null, to?.id ?? null)];
  };
  const ofModels = keysOf(config.models).flatMap((name) =>
    policyPaths(config, name)
      .filter((path) => !keys.includes(path))
      .flatMap((path) => changed(path, name)),
  );
  return [...keys.flatMap((path) => changed(path, null)), ...ofModels];
}

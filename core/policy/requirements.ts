import { isInside } from '../config/paths.ts';
import type { Requirements } from '../config/policy.ts';
import type { ModelConfig } from '../config/schema.ts';
import { CONFIG_PATH } from '../config/schema.ts';
import { entriesOf } from '../records.ts';
import { type ApprovalFacts, approvalProblem } from './approvals.ts';

export interface RequirementFacts extends ApprovalFacts {
  /** Labels of the pull request, as GitHub lists them now. */
  readonly labels: readonly string[];
  /** The models that the command is about, as base and head declare them; empty for the whole pull request. */
  readonly models?: readonly ModelConfig[];
}

export interface RequirementProblem {
  readonly reason: 'label_missing' | 'approvals_missing' | 'code_owner_missing';
  /** What is asked for and what was found, unescaped. */
  readonly message: string;
  /** Labels, `team:<slug>` or owners. */
  readonly missing: readonly string[];
}

/**
 * What `policy.require` asks for and is not there; null when all is. Labels are compared whole and without case, as GitHub
 * does. With `models`, code owners are asked for the files of these models alone.
 */
export function requirementProblem(
  requirements: Requirements | undefined,
  facts: RequirementFacts,
): RequirementProblem | null {
  if (requirements === undefined) return null;
  const missing = requirements.labels.filter((label) => !facts.labels.some((found) => sameLabel(found, label)));
  if (missing.length > 0) {
    const names = missing.map((label) => `“${label}”`).join(' and ');
    const message = `the pull request needs the label${missing.length === 1 ? '' : 's'} ${names}, and has ${facts.labels.length === 0 ? 'none' : facts.labels.map((label) => `“${label}”`).join(', ')}`;
    return { reason: 'label_missing', message, missing };
  }
  const { approvals } = requirements;
  if (approvals === undefined) return null;
  const models = facts.models ?? [];
  const files =
    facts.files === null || models.length === 0
      ? facts.files
      : { ...facts.files, changed: filesOf(facts.files.changed, models) };
  return approvalProblem(approvals, { ...facts, files });
}

/** Those of the changed files that models read, run or are judged by, and the config itself. */
export function filesOf(changed: readonly string[], models: readonly ModelConfig[]): string[] {
  const paths: string[] = [CONFIG_PATH, ...models.flatMap(pathsOf)];
  return changed.filter((file) => paths.some((path) => isInside(file, path)));
}

function pathsOf({ inputs, data, train, evaluate }: ModelConfig): string[] {
  return [
    ...inputs,
    ...entriesOf(data).flatMap(([, { path, contract }]) => [path, ...(contract === undefined ? [] : [contract])]),
    ...(train.setup === undefined ? [] : [train.setup]),
    ...(evaluate === undefined ? [] : evaluate.inputs),
    ...(evaluate?.setup === undefined ? [] : [evaluate.setup]),
    ...entriesOf(evaluate?.data ?? {}).map(([, { path }]) => path),
  ];
}

function sameLabel(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();
}

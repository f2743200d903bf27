import { describeParam, type ParamSpec, type ParamValue, paramProblem } from '../config/params.ts';
import { PolicyConfig } from '../config/policy.ts';
import type { Config, ModelConfig } from '../config/schema.ts';
import type { ModelName, ParamName } from '../names.ts';
import { entriesOf, valueAt } from '../records.ts';
import type { ResolvedStage } from '../training/dvc/stage.ts';
import { overlay } from './table.ts';

/** A model as it is trained and judged: policy from the default branch, inputs from the head (DESIGN invariant 1). */
export interface EffectiveModel {
  readonly name: ModelName;
  /** Policy keys from the base, input keys from the head. Its `train.params` are those that a comment may set. */
  readonly config: ModelConfig;
  /** Parameters that only the head declares: training gets their defaults, and no comment can set them. */
  readonly fixed: Readonly<Record<ParamName, ParamValue>>;
  readonly policy: PolicyConfig;
  /** Where a stage of dvc.yaml trains: what it was resolved to, which `config` has by then, too. */
  readonly stage?: ResolvedStage;
}

export interface EffectiveProblem {
  readonly model: ModelName;
  /** `train.params.epochs.default`. */
  readonly key: string;
  readonly message: string;
}

export type Effective =
  | { readonly kind: 'existing'; readonly model: EffectiveModel }
  /** In the head only: it may train, is not evaluated (no evaluator of the base judges it) and is never a candidate. */
  | { readonly kind: 'new_model'; readonly model: EffectiveModel; readonly firstConfig: boolean }
  | { readonly kind: 'removed'; readonly name: ModelName }
  | { readonly kind: 'unknown'; readonly name: ModelName }
  | { readonly kind: 'invalid'; readonly name: ModelName; readonly problems: readonly EffectiveProblem[] };

/** @param base config of the default branch's head, null where it has none; `head` is the pull request's. */
export function effectiveModel(base: Config | null, head: Config, name: ModelName): Effective {
  const before = base === null ? undefined : valueAt(base.models, name);
  const after = valueAt(head.models, name);
  if (after === undefined) return { kind: before === undefined ? 'unknown' : 'removed', name };
  const policy = base?.policy ?? PolicyConfig.parse({});
  if (before === undefined) {
    const { evaluate: _unreviewed, ...rest } = after;
    return {
      kind: 'new_model',
      firstConfig: base === null,
      model: { name, policy, fixed: {}, config: { ...rest, gates: {} } },
    };
  }
  return existing(name, before, after, policy);
}

/** Every parameter with the value that training gets when no command sets it. */
export function defaultsOf(model: EffectiveModel): Record<ParamName, ParamValue> {
  const settable = entriesOf(model.config.train.params).map(([name, spec]) => [name, spec.default] as const);
  return Object.fromEntries([...settable, ...entriesOf(model.fixed)]);
}

function existing(name: ModelName, before: ModelConfig, after: ModelConfig, policy: PolicyConfig): Effective {
  const params: Record<ParamName, ParamSpec> = {};
  const fixed: Record<ParamName, ParamValue> = {};
  const problems: EffectiveProblem[] = [];
  for (const [param, spec] of entriesOf(after.train.params)) {
    const declared = valueAt(before.train.params, param);
    if (declared === undefined) {
      fixed[param] = spec.default;
      continue;
    }
    const reason = paramProblem(declared, spec.default);
    if (reason === null) params[param] = withDefault(declared, spec.default);
    else
      problems.push({ model: name, key: `train.params.${param}.default`, message: outside(param, declared, reason) });
  }
  if (problems.length > 0) return { kind: 'invalid', name, problems };
  const merged = merge(before, after, name);
  return {
    kind: 'existing',
    model: { name, policy, fixed, config: { ...merged, train: { ...merged.train, params } } },
  };
}

function outside(param: ParamName, declared: ParamSpec, reason: string): string {
  return `the default of ${param} lies outside of what the default branch declares (${describeParam(declared)}): ${reason}; merge the wider range first`;
}

function merge(before: ModelConfig, after: ModelConfig, name: ModelName): ModelConfig {
  // Both sides come from the schema and each key is taken whole from one of them, so the result has its type. It can't
  // be parsed again: what has been parsed is no longer in the written form (a timeout is a number by now).
  return overlay(before, after, ['models', name]) as ModelConfig;
}

function withDefault(declared: ParamSpec, value: ParamValue): ParamSpec {
  // The caller has checked that the value is of the declared type.
  return { ...declared, default: value } as ParamSpec;
}

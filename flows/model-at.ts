import type { ParamValue } from '../core/config/params.ts';
import type { SourceManifest } from '../core/fingerprint/manifest.ts';
import { sourceManifest } from '../core/fingerprint/source.ts';
import type { ModelName, ParamName, Sha256 } from '../core/names.ts';
import { defaultsOf, type EffectiveModel, effectiveModel } from '../core/policy/effective.ts';
import { entriesOf } from '../core/records.ts';
import { type ResolvedStage, withStageInputs } from '../core/training/dvc/stage.ts';
import type { PolicySnapshot, Snapshot } from './snapshot.ts';

/** One model as a commit has it, judged by the policy of the default branch. */
export type ModelAt =
  | {
      readonly kind: 'known';
      readonly effective: EffectiveModel;
      /** In the head only: may train, is never a candidate (invariant 1). */
      readonly isNew: boolean;
      readonly manifest: SourceManifest;
      readonly source: Sha256;
      readonly defaults: Readonly<Record<ParamName, ParamValue>>;
    }
  | { readonly kind: 'absent' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

export function modelAt(policy: PolicySnapshot, at: Snapshot, name: ModelName): ModelAt {
  if (at.config === null) return at.present ? { kind: 'invalid', problems: configProblems(at) } : { kind: 'absent' };
  const found = effectiveModel(policy.config, at.config, name);
  switch (found.kind) {
    case 'unknown':
    case 'removed':
      return { kind: 'absent' };
    case 'invalid':
      return { kind: 'invalid', problems: found.problems.map((problem) => `${problem.key}: ${problem.message}`) };
    case 'new_model':
    case 'existing': {
      const staged = withStage(found.model, at);
      if (!staged.ok) return { kind: 'invalid', problems: staged.problems };
      const { effective } = staged;
      const source = sourceManifest(effective, at.tree);
      if (!source.ok) return { kind: 'invalid', problems: source.problems.map((problem) => problem.message) };
      return {
        kind: 'known',
        effective,
        isNew: found.kind === 'new_model',
        manifest: source.manifest,
        source: source.source,
        defaults: defaultsOf(effective),
      };
    }
  }
}

type Staged =
  | { readonly ok: true; readonly effective: EffectiveModel }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The model with its stage of dvc.yaml in the place of a command: what it runs, reads and leaves. */
function withStage(model: EffectiveModel, { stages, tree }: Snapshot): Staged {
  const { config } = model;
  const address = config.train.stage;
  if (address === undefined) return { ok: true, effective: model };
  const found = stages?.get(address);
  if (found === undefined) return { ok: false, problems: [`${address}: expected a stage of dvc.yaml`] };
  if (!found.ok) return { ok: false, problems: [found.message] };
  const stage = found.value;
  const datasets = entriesOf(config.data).map(([, { path }]) => path);
  const inputs = withStageInputs(config.inputs, stage, datasets);
  const problems = inputs.flatMap((path) => missingDependency(path, stage, tree));
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    effective: { ...model, stage, config: { ...config, inputs, train: { ...config.train, run: stage.command } } },
  };
}

/** What no commit has: another stage makes it, or DVC keeps it elsewhere. */
function missingDependency(path: string, { made }: ResolvedStage, { entries }: Snapshot['tree']): string[] {
  const by = made.get(path);
  if (by !== undefined)
    return [`${path} is made by the stage ${by}, and one stage is run: commit it, or make it in the stage that trains`];
  const there = (file: string): boolean => entries.some((entry) => entry.path === file);
  return !there(path) && there(`${path}.dvc`)
    ? [`${path} is tracked by DVC: name it under data of the model, from where it is brought to that path`]
    : [];
}

export function configProblems(snapshot: Snapshot): string[] {
  return snapshot.problems.map((problem) => `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);
}

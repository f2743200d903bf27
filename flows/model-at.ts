import type { ParamValue } from '../core/config/schema.ts';
import type { SourceManifest } from '../core/fingerprint/manifest.ts';
import { sourceManifest } from '../core/fingerprint/source.ts';
import type { ModelName, ParamName, Sha256 } from '../core/names.ts';
import { defaultsOf, type EffectiveModel, effectiveModel } from '../core/policy/effective.ts';
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
      const source = sourceManifest(found.model, at.tree);
      if (!source.ok) return { kind: 'invalid', problems: source.problems.map((problem) => problem.message) };
      return {
        kind: 'known',
        effective: found.model,
        isNew: found.kind === 'new_model',
        manifest: source.manifest,
        source: source.source,
        defaults: defaultsOf(found.model),
      };
    }
  }
}

export function configProblems(snapshot: Snapshot): string[] {
  return snapshot.problems.map((problem) => `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`);
}

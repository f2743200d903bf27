import type { ParsedLine } from '../commands/parse.ts';
import type { Config } from '../config/schema.ts';
import type { ModelName } from '../names.ts';
import type { EffectiveModel } from '../policy/effective.ts';
import { effectiveModel } from '../policy/effective.ts';
import { keysOf } from '../records.ts';
import type { CommentFact, Facts } from './facts.ts';

/** What the default branch says at its head: all policy comes from here (DESIGN invariant 1). */
export type BasePolicy =
  | {
      readonly kind: 'config';
      readonly config: Config;
      /** Whether `policy.signing.keys` names the key that signs here: without it no record of ours would count. */
      readonly signerNamed: boolean;
    }
  | { readonly kind: 'absent' }
  /** `problems`: in words, with file, line and column. */
  | { readonly kind: 'unreadable'; readonly problems: readonly string[] };

/** The models of the pull request's head (of the default branch, for a request from a terminal), as they would be trained. */
export interface ModelsFact {
  readonly usable: ReadonlyMap<ModelName, EffectiveModel>;
  /** Models that can't be trained as the head has them, and why. */
  readonly invalid: ReadonlyMap<ModelName, readonly string[]>;
}

/** Everything that a decision rests on. What is undefined has not been asked for yet: `decide` says when it needs it. */
export interface DecisionRequest {
  readonly line: ParsedLine;
  readonly facts: Facts;
  readonly base: BasePolicy | undefined;
  readonly models: ModelsFact | undefined;
}

/** Policy from the base, inputs from the head, for every model that either declares. */
export function modelsOf(base: Config | null, head: Config): ModelsFact {
  const usable = new Map<ModelName, EffectiveModel>();
  const invalid = new Map<ModelName, readonly string[]>();
  for (const name of keysOf(head.models)) {
    const found = effectiveModel(base, head, name);
    if (found.kind === 'existing' || found.kind === 'new_model') usable.set(name, found.model);
    if (found.kind === 'invalid')
      invalid.set(
        name,
        found.problems.map(({ key, message }) => `${key}: ${message}`),
      );
  }
  return { usable, invalid };
}

/** The mark of one command's effects: the same line of the same comment has the same, however often it is delivered. */
export function operationOf(comment: Pick<CommentFact, 'id'>, line: number): string {
  return `comment ${comment.id} line ${line}`;
}

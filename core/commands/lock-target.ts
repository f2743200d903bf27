import { ModelName, StageName } from '../names.ts';
import type { LockTarget } from './command.ts';
import { shown } from './shown.ts';
import type { Token } from './tokens.ts';

export type ReadLockTarget =
  | { readonly ok: true; readonly target: LockTarget; readonly rest: readonly Token[] }
  | { readonly ok: false; readonly message: string };

/** `STAGE|model`, or with its kind before it: `stage:x`, `model:x`. */
export function lockTarget([word, ...rest]: readonly Token[]): ReadLockTarget {
  if (word === undefined) return { ok: false, message: 'expected a stage or a model, got nothing' };
  const [, kind, name = word.text] = /^(stage|model):(.*)$/s.exec(word.text) ?? [];
  if (kind === undefined && /^(?:conversation|discussion|thread|issue|comments)s?$/.test(name))
    return {
      ok: false,
      message: `expected a stage or a model, got ${shown(name)}; the conversation is locked by GitHub’s own button`,
    };
  if (!ModelName.safeParse(name).success && !StageName.safeParse(name).success)
    return { ok: false, message: `expected a stage or a model, got ${shown(word.text)}` };
  const target: LockTarget = { kind: kind === 'stage' || kind === 'model' ? kind : 'any', name };
  return { ok: true, target, rest };
}

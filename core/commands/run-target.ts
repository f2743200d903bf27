import { ModelName, RunId } from '../names.ts';
import type { RunTarget } from './command.ts';
import { takeCommit } from './commit-word.ts';
import { readArguments } from './flags.ts';
import { shown } from './shown.ts';
import type { Token } from './tokens.ts';

export const RUN_TARGET_DETAILS = [
  '`run`: the id of a run, as the comment shows it',
  '`model`: the runs of this model on this pull request',
];

export type ReadTarget =
  | { readonly ok: true; readonly target: RunTarget }
  | { readonly ok: false; readonly message: string };

/** `[run|model|all]`. The id of a run is read in capitals and in small letters. */
export function runTarget(words: readonly Token[]): ReadTarget {
  const [word, extra] = words;
  if (extra !== undefined)
    return { ok: false, message: `expected one run, model or "all", got also ${shown(extra.text)}` };
  if (word === undefined) return { ok: true, target: { kind: 'only' } };
  if (word.text === 'all') return { ok: true, target: { kind: 'all' } };
  const run = RunId.safeParse(word.text.toUpperCase());
  if (run.success) return { ok: true, target: { kind: 'run', run: run.data } };
  const model = ModelName.safeParse(word.text);
  if (model.success) return { ok: true, target: { kind: 'model', model: model.data } };
  return { ok: false, message: `expected the id of a run, a model or "all", got ${shown(word.text)}` };
}

export type ReadTargetAtHead =
  | { readonly ok: true; readonly target: RunTarget; readonly sha: string | null }
  | { readonly ok: false; readonly message: string };

/** `[run|model|all] [@sha]`: runs of the head that the author means. */
export function runTargetAtHead(tokens: readonly Token[]): ReadTargetAtHead {
  const read = readArguments(tokens, {});
  if (!read.ok) return read;
  const commit = takeCommit(read.args.words);
  if (!commit.ok) return commit;
  const target = runTarget(commit.rest);
  return target.ok ? { ...target, sha: commit.sha } : target;
}

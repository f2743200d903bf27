import type { CommandName } from './command.ts';
import { shown } from './shown.ts';
import type { Token } from './tokens.ts';

const COMMIT = /^@([0-9a-fA-F]{7,64})$/;

export type CommitWords =
  | { readonly ok: true; readonly sha: string | null; readonly rest: readonly Token[] }
  | { readonly ok: false; readonly message: string };

/** Takes `@sha` out of the words of a command that is bound to a head. Within free text only a bare word can be one. */
export function takeCommit(words: readonly Token[], { text = false } = {}): CommitWords {
  const isCommit = (token: Token): boolean => (token.bare || !text) && COMMIT.test(token.text);
  const commits = words.filter(isCommit);
  if (commits.length > 1) return { ok: false, message: 'more than one @sha is given; name the one head that you mean' };
  const rest = words.filter((token) => !isCommit(token));
  const broken = text ? undefined : rest.find((token) => token.text.startsWith('@'));
  if (broken !== undefined) return { ok: false, message: notACommit(broken.text) };
  return { ok: true, sha: commits[0]?.text.slice(1).toLowerCase() ?? null, rest };
}

/** Why a command that means no head can't take `@sha`; null where none is given. */
export function strayCommit(words: readonly Token[], command: CommandName): string | null {
  const stray = words.find((token) => token.bare && COMMIT.test(token.text));
  if (stray === undefined) return null;
  return `/${command} means no commit of the pull request, so ${shown(stray.text)} would say nothing; leave it out`;
}

/** 7 to 64 hex digits with or without the `@`, in lower case; null for anything else. */
export function commitOf(text: string): string | null {
  const digits = text.replace(/^@/, '');
  return /^[0-9a-fA-F]{7,64}$/.test(digits) ? digits.toLowerCase() : null;
}

export function notACommit(text: string): string {
  return `expected @ and 7 to 64 hex digits of a commit, got ${shown(text)}`;
}

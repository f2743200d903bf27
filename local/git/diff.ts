import type { GitRepository } from './repository.ts';

/** One file of a difference, in git's terms and GitHub's words. */
export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  /** The blob after the change; before it, if the file was removed. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
  /** The hunks, without the header; `undefined` for binary files and pure renames. */
  readonly patch: string | undefined;
}

const STATUS: Readonly<Record<string, ChangedFile['status']>> = {
  A: 'added',
  D: 'removed',
  M: 'modified',
  R: 'renamed',
  C: 'copied',
  T: 'changed',
};

/** GitHub leaves out the patch of a file when it is larger than this. */
const MAX_PATCH_BYTES = 1_000_000;

interface RawEntry {
  readonly status: ChangedFile['status'];
  readonly sha: string;
  readonly path: string;
  readonly previousPath: string | undefined;
}

/** Reads `--raw --numstat -z`: first all raw entries, then all counts, in the same order. */
function parseRaw(output: string): { entries: RawEntry[]; counts: [number, number][] } {
  const fields = output.split('\0');
  const entries: RawEntry[] = [];
  const counts: [number, number][] = [];
  let at = 0;
  for (; fields[at]?.startsWith(':') === true; ) {
    const [, , before = '', after = '', code = ''] = (fields[at] ?? '').split(' ');
    const renamed = code.startsWith('R') || code.startsWith('C');
    const status = STATUS[code.charAt(0)] ?? 'changed';
    entries.push({
      status,
      sha: status === 'removed' ? before : after,
      path: fields[at + (renamed ? 2 : 1)] ?? '',
      previousPath: renamed ? (fields[at + 1] ?? '') : undefined,
    });
    at += renamed ? 3 : 2;
  }
  for (; at < fields.length - 1; ) {
    const [additions = '', deletions = '', path = ''] = (fields[at] ?? '').split('\t');
    // Binary files count as "-". A rename has an empty path here, and its two names in the fields after it.
    counts.push([Number(additions) || 0, Number(deletions) || 0]);
    at += path === '' ? 3 : 1;
  }
  return { entries, counts };
}

/** The hunks of each file of a patch, in git's order. */
function splitPatch(patch: string): (string | undefined)[] {
  // In a hunk every line begins with a space, +, - or \, so this can only be a header.
  return patch
    .split(/^diff --git /m)
    .slice(1)
    .map((part) => {
      const start = /^@@ /m.exec(part)?.index;
      const hunks = start === undefined ? undefined : part.slice(start).replace(/\n$/, '');
      return hunks === undefined || hunks.length > MAX_PATCH_BYTES ? undefined : hunks;
    });
}

/** What changed from `before` (`undefined`: nothing there) to `after`, with renames found, sorted by path. */
export async function diffFiles(git: GitRepository, before: string | undefined, after: string): Promise<ChangedFile[]> {
  const range = before === undefined ? ['--root', after] : [before, after];
  const common = ['diff-tree', '-r', '-M', '--no-commit-id'];
  const [raw, patch] = await Promise.all([
    git.text([...common, '--raw', '--no-abbrev', '--numstat', '-z', ...range]),
    git.text([...common, '-p', '--no-color', '--no-ext-diff', ...range]),
  ]);
  const { entries, counts } = parseRaw(raw);
  const patches = splitPatch(patch);
  return entries.map((entry, index) => ({
    ...entry,
    additions: counts[index]?.[0] ?? 0,
    deletions: counts[index]?.[1] ?? 0,
    patch: patches[index],
  }));
}

/** The whole difference as text. */
export async function diffText(git: GitRepository, before: string, after: string): Promise<string> {
  return git.text(['diff-tree', '-r', '-M', '-p', '--no-color', '--no-ext-diff', before, after]);
}

export interface DiffSize {
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
}

export async function diffSize(git: GitRepository, before: string, after: string): Promise<DiffSize> {
  const text = await git.text(['diff-tree', '-r', '-M', '--shortstat', before, after]);
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
  return {
    changedFiles: number(/(\d+) files? changed/),
    additions: number(/(\d+) insertion/),
    deletions: number(/(\d+) deletion/),
  };
}

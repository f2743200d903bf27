/**
 * CODEOWNERS as GitHub reads it: patterns like those of gitignore, without `!`, without `[ ]` ranges and without an
 * escaped leading `#`; the last line that matches decides; a line with a syntax error is skipped, as GitHub skips it.
 * https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
 */
export interface CodeOwnersRule {
  /** From 1. */
  readonly line: number;
  readonly pattern: string;
  /** `@user`, `@org/team` or an e-mail address, as written. Empty: files that it matches need nobody. */
  readonly owners: readonly string[];
}

export interface CodeOwners {
  readonly rules: readonly CodeOwnersRule[];
  /** Lines that were skipped, from 1. */
  readonly skipped: readonly number[];
}

/** Where GitHub looks, in this order: the first file that is there is the only one that counts. */
export const CODE_OWNERS_PATHS = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const;

/** GitHub does not load a larger file, and then nobody is an owner. Bytes of UTF-8. */
export const MAX_CODE_OWNERS_BYTES = 3 * 1024 * 1024;

const OWNER =
  /^(@[A-Za-z0-9][A-Za-z0-9_-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)?|[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/;

/** Never throws: what can't be read is skipped and listed. */
export function parseCodeOwners(text: string): CodeOwners {
  const rules: CodeOwnersRule[] = [];
  const skipped: number[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .entries()) {
    const words = wordsOf(raw);
    const [pattern, ...owners] = words;
    if (pattern === undefined) continue;
    const readable = isPattern(pattern) && owners.every((owner) => OWNER.test(owner));
    if (readable) rules.push({ line: index + 1, pattern, owners });
    else skipped.push(index + 1);
  }
  return { rules, skipped };
}

/** Pattern times path, in characters, that are compared for one list of files: a few seconds of a processor. */
const MAX_WORK = 800_000_000;

/**
 * For each file the rule that decides: the last that matches; null where none does. Null for all of them where it would
 * take too long to tell: who may propose a change chooses its files.
 *
 * @param paths relative, `/`-separated
 */
export function rulesFor(paths: readonly string[], { rules }: CodeOwners): readonly (CodeOwnersRule | null)[] | null {
  const index = indexOf(rules);
  let work = 0;
  const found: (CodeOwnersRule | null)[] = [];
  for (const path of paths) {
    const segments = path.split('/');
    let last = -1;
    for (const key of new Set([...segments, NO_NAME]))
      for (const { at, shape, length } of index.get(key) ?? []) {
        if (at <= last) break;
        work += length * path.length;
        if (work > MAX_WORK) return null;
        if (matches(shape, segments)) last = at;
      }
    found.push(rules[last] ?? null);
  }
  return found;
}

interface Indexed {
  readonly at: number;
  readonly shape: Shape;
  readonly length: number;
}

/** No segment of a path. */
const NO_NAME = '';

/** Rules by a name without stars that a path has to have for them, the rarest of their names; the last rule first. */
function indexOf(rules: readonly CodeOwnersRule[]): ReadonlyMap<string, readonly Indexed[]> {
  const shapes = rules.map(({ pattern }) => shapeOf(pattern));
  const counts = new Map<string, number>();
  for (const { parts } of shapes) for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  const rare = (part: string): number => counts.get(part) ?? 0;
  const index = new Map<string, Indexed[]>();
  for (const [at, shape] of [...shapes.entries()].reverse()) {
    const names = shape.parts.filter((part) => !/[*?]/.test(part));
    const key = names.reduce((best, part) => (rare(part) < rare(best) ? part : best), names[0] ?? NO_NAME);
    const one = { at, shape, length: rules[at]?.pattern.length ?? 0 };
    const known = index.get(key);
    if (known === undefined) index.set(key, [one]);
    else known.push(one);
  }
  return index;
}

/**
 * Whether a pattern names a file. Patterns come from a file of the repository: they are matched in time of pattern times
 * path, and never made into regular expressions.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  return matches(shapeOf(pattern), path.split('/'));
}

function matches({ parts, ...reach }: Shape, segments: readonly string[]): boolean {
  return !parts.includes('') && reaches(parts, segments, reach);
}

interface Shape extends Reach {
  readonly parts: readonly string[];
}

function shapeOf(pattern: string): Shape {
  const literal = pattern.replaceAll('\\ ', ' ');
  const folder = literal.endsWith('/');
  const parts = literal.replace(/^\//, '').replace(/\/$/, '').split('/');
  // As in gitignore: a slash at the beginning or inside ties the pattern to the root, one at the end does not.
  const anchored = literal.slice(0, -1).includes('/');
  // What a pattern names may be a folder, and then it names all below. Only a star alone at the end (`docs/*`) does not:
  // GitHub documents that it stops at the files of that folder.
  const below = folder || !(anchored && parts.at(-1) === '*');
  return { parts: anchored ? parts : ['**', ...parts], below, folder };
}

interface Reach {
  /** Whether the pattern also names what lies below a match. */
  readonly below: boolean;
  /** Whether the match itself must be a folder. */
  readonly folder: boolean;
}

function reaches(parts: readonly string[], segments: readonly string[], { below, folder }: Reach): boolean {
  const end = segments.length;
  let places: readonly number[] = [0];
  for (const [index, part] of parts.entries()) {
    const first = places[0];
    if (first === undefined) return false;
    const from = first;
    if (part !== '**') {
      places = places.filter((place) => matchSegment(part, segments[place])).map((place) => place + 1);
    } else if (index === parts.length - 1) {
      // Two stars at the end need something below.
      return end - from > (folder ? 1 : 0);
    } else {
      places = segments.flatMap((_, place) => (place >= from ? [place] : []));
    }
  }
  return places.some((place) => (place === end ? !folder : below));
}

/** `*` and `?` within one segment; greedy with one point of return, so in time of pattern times segment. */
function matchSegment(pattern: string, segment: string | undefined): boolean {
  if (segment === undefined) return false;
  let [at, to, star, mark] = [0, 0, -1, 0];
  while (to < segment.length) {
    if (pattern[at] === '*') {
      star = at++;
      mark = to;
    } else if (pattern[at] === '?' || pattern[at] === segment[to]) {
      at++;
      to++;
    } else if (star >= 0) {
      at = star + 1;
      to = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** The words of a line up to a comment. A space with a backslash before it belongs to its word. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:\\ |\S)+/g) ?? [];
  const comment = words.findIndex((word) => word.startsWith('#'));
  return comment < 0 ? words : words.slice(0, comment);
}

function isPattern(pattern: string): boolean {
  return !pattern.startsWith('!') && !/[[\]]|\*{3}|\\(?! )/.test(pattern);
}

import { isInside } from './paths.ts';

/**
 * Patterns of a dataset's path: `*` and `?` stand for letters of one part of the path, `**` for any number of whole
 * parts. Everything else stands for itself. A pattern comes from a file that anyone may propose to change, so matching
 * takes time in proportion to its length times the path's.
 */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/** More `**` than this say nothing that fewer would not. */
const MAX_DEEP = 4;
/** Of one part: whoever expands the pattern later may backtrack over them. */
const MAX_STARS = 4;

/** Why a path can't be a pattern; null where it can, or is none. */
export function patternProblem(path: string): string | null {
  if (!isPattern(path)) return null;
  const parts = path.split('/');
  if (isPattern(parts[0] ?? '') && parts.length > 1)
    return `expected a pattern that begins with the name of a folder, such as data/*.csv, got ${path}`;
  if (parts.some((part) => part.includes('**') && part !== '**'))
    return `expected ** to be a whole part of the path, such as data/**/*.csv, got ${path}`;
  if (parts.at(-1) === '**') return `expected a pattern that ends with the names of files, such as data/**/*.csv`;
  const stars = Math.max(...parts.map((part) => (part === '**' ? 0 : part.split('*').length - 1)));
  if (parts.filter((part) => part === '**').length > MAX_DEEP || stars > MAX_STARS)
    return `expected at most ${MAX_DEEP} ** in a pattern and ${MAX_STARS} * in one part of it, got ${path}`;
  return null;
}

/** Whether a file is one of a pattern's. Names that begin with a dot match none, as the tools that read data have it. */
export function matchesPath(path: string, pattern: string): boolean {
  const [names, parts] = [path.split('/'), pattern.split('/')];
  // reached[i]: whether the parts so far match the first i names.
  let reached = names.map(() => false);
  reached = [true, ...reached];
  for (const part of parts) {
    const next = reached.map(() => false);
    for (const [index, name] of ['', ...names].entries()) {
      const before = index > 0 && (part === '**' ? next[index - 1] : reached[index - 1]);
      if (part === '**') next[index] = reached[index] === true || (before === true && !name.startsWith('.'));
      else next[index] = before === true && matchesName(name, part);
    }
    reached = next;
  }
  return reached[names.length] === true;
}

function matchesName(name: string, part: string): boolean {
  if (!isPattern(part)) return name === part;
  if (name.startsWith('.') && !part.startsWith('.')) return false;
  let [at, inPart] = [0, 0];
  let star: { readonly part: number; name: number } | null = null;
  while (at < name.length) {
    const letter = part[inPart];
    if (letter === '*') {
      star = { part: inPart, name: at };
      inPart += 1;
    } else if (letter === '?' || (letter !== undefined && letter === name[at])) {
      at += 1;
      inPart += 1;
    } else if (star !== null) {
      // The last star takes one letter more.
      star.name += 1;
      at = star.name;
      inPart = star.part + 1;
    } else return false;
  }
  return /^\**$/.test(part.slice(inPart));
}

/** Whether training would read a file of the repository as a part of a dataset. */
export function isOfDataset(file: string, path: string): boolean {
  return isInside(file, path) || (isPattern(path) && matchesPath(file, path));
}

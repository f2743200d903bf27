import { globSync, lstatSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

export interface FoundFile {
  readonly path: string;
  /** Inside the artifact, with forward slashes. */
  readonly name: string;
}

/**
 * Finds what the `path` input of actions/upload-artifact names: files, directories, globs and `!` exclusions, one a line.
 * Names are relative to the least common ancestor of the search paths, as in the action.
 */
export function findFiles(patterns: readonly string[], workspace: string, includeHidden: boolean): FoundFile[] {
  const included = patterns.filter((pattern) => !pattern.startsWith('!')).map((pattern) => resolve(workspace, pattern));
  const excluded = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => resolve(workspace, pattern.slice(1)));
  const leftOut = new Set(excluded.flatMap(expand));
  const files = [...new Set(included.flatMap(expand))].filter((file) => !leftOut.has(file)).sort();
  const root = rootOf(included, files);
  return files
    .map((path) => ({ path, name: relative(root, path).split(sep).join('/') }))
    .filter((file) => includeHidden || !file.name.split('/').some((part) => part.startsWith('.')));
}

function isPattern(path: string): boolean {
  return /[*?[]/.test(path);
}

/** The regular files behind a pattern or path. */
function expand(pattern: string): string[] {
  const matches = isPattern(pattern) ? globSync(pattern).map(String) : [pattern];
  return matches.flatMap((path) => filesBelow(path));
}

function filesBelow(path: string): string[] {
  const kind = kindOf(path);
  if (kind === 'file') return [path];
  if (kind !== 'directory') return [];
  return globSync('**', { cwd: path })
    .map((name) => join(path, String(name)))
    .filter((file) => kindOf(file) === 'file');
}

/** Links count as what they point at, as in the action; broken ones and devices are left out. */
function kindOf(path: string): 'file' | 'directory' | 'other' {
  try {
    const stat = lstatSync(lstatSync(path).isSymbolicLink() ? realpathSync(path) : path);
    if (stat.isFile()) return 'file';
    return stat.isDirectory() ? 'directory' : 'other';
  } catch {
    return 'other';
  }
}

function rootOf(searchPaths: readonly string[], files: readonly string[]): string {
  const bases = searchPaths.map(literalPart);
  const [only] = bases;
  if (bases.length === 1 && only !== undefined) return kindOf(only) === 'directory' ? only : dirname(only);
  const directories = bases.map((base) => (kindOf(base) === 'file' ? dirname(base) : base));
  return commonAncestor(directories.length === 0 ? files.map((file) => dirname(file)) : directories);
}

/** The path up to its first segment with a wildcard. */
function literalPart(path: string): string {
  const segments = path.split(sep);
  const wild = segments.findIndex(isPattern);
  return wild < 0 ? path : segments.slice(0, wild).join(sep) || sep;
}

function commonAncestor(directories: readonly string[]): string {
  const [first = sep, ...others] = directories;
  let ancestor = first;
  while (!others.every((other) => other === ancestor || isInside(other, ancestor))) ancestor = dirname(ancestor);
  return ancestor;
}

function isInside(path: string, ancestor: string): boolean {
  const below = relative(ancestor, path);
  return below !== '' && !below.startsWith('..') && !isAbsolute(below) && basename(below) !== '..';
}

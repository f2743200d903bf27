import type { z } from 'zod';
import { suggestion } from '../suggest.ts';
import { keysAt } from './json-schema.ts';
import type { Finding } from './problem.ts';

type Issue = z.core.$ZodIssue;
type Path = Finding['path'];

/**
 * What zod found, in words and with the place to point at.
 *
 * @param read looks a path up in the parsed document
 * @param keys that may stand at a path; by default those of the config
 */
export function findingsOf(
  issue: Issue,
  read: (path: Path) => unknown,
  keys: (path: Path) => string[] = keysAt,
  base: Path = [],
): Finding[] {
  const path = [...base, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], at: 'key', message: unknownKey(keys(path), key) }));
    case 'invalid_key': {
      const rules = issue.issues.map((inner) => inner.message).join(', ');
      return [{ path, at: 'key', message: `"${path.at(-1)}" can't be a name here: expected ${rules}` }];
    }
    case 'invalid_union':
      return unionFindings(issue, read, keys, path);
    default:
      return [{ path, at: 'value', message: describe(issue, read(path), path) }];
  }
}

function unknownKey(known: readonly string[], key: string): string {
  return `unknown key "${key}"${suggestion(key, known) || `; expected one of ${known.join(', ')}`}`;
}

function unionFindings(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  read: (path: Path) => unknown,
  keys: (path: Path) => string[],
  path: Path,
): Finding[] {
  const value = read(path);
  if (issue.errors.length === 0) {
    return [{ path, at: 'value', message: `expected one of ${unionOptions(issue)}, got ${show(value)}` }];
  }
  // The branch that got furthest into the value is the one that its author meant.
  const branches = issue.errors.map((branch) => branch.flatMap((inner) => findingsOf(inner, read, keys, path)));
  const deeper = branches.filter((branch) => branch.every((finding) => finding.path.length > path.length));
  if (deeper[0] !== undefined && deeper[0].length > 0) return deeper[0];
  const wanted = [...new Set(leafExpectations(issue))];
  return [{ path, at: 'value', message: `expected ${wanted.join(', or ')}, got ${show(value)}` }];
}

function unionOptions(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  return 'options' in issue && Array.isArray(issue.options) ? issue.options.join(', ') : 'the alternatives';
}

function leafExpectations(issue: Issue): string[] {
  if (issue.code === 'invalid_union') return issue.errors.flat().flatMap(leafExpectations);
  if (issue.code === 'invalid_value') return [`one of ${issue.values.map(String).join(', ')}`];
  if (issue.code === 'invalid_type') return [issue.expected === 'array' ? 'a list of these' : `a ${issue.expected}`];
  return [issue.message];
}

function describe(issue: Issue, value: unknown, path: Path): string {
  if (issue.code === 'invalid_type') {
    if (value === undefined) return `"${path.at(-1)}" is missing: expected ${kind(issue.expected)}`;
    return `expected ${kind(issue.expected)}, got ${show(value)}`;
  }
  if (issue.code === 'invalid_value') {
    if (value === undefined) return `"${path.at(-1)}" is missing: expected ${issue.values.map(String).join(' or ')}`;
    const near = typeof value === 'string' ? suggestion(value, issue.values.map(String)) : '';
    return `expected ${issue.values.map(String).join(' or ')}, got ${show(value)}${near}`;
  }
  if (issue.code === 'custom' && typeof value === 'object') return issue.message;
  if (issue.code === 'too_small')
    return `expected ${size(issue.origin, 'at least', issue.minimum)}, got ${show(value)}`;
  if (issue.code === 'too_big') return `expected ${size(issue.origin, 'at most', issue.maximum)}, got ${show(value)}`;
  return `expected ${issue.message}, got ${show(value)}`;
}

function size(origin: string, bound: string, limit: number | bigint): string {
  if (origin === 'array') return `${bound} ${limit} item${limit === 1 ? '' : 's'}`;
  return origin === 'string' ? `${bound} ${limit} character${limit === 1 ? '' : 's'}` : `${bound} ${limit}`;
}

function kind(expected: string): string {
  const kinds: Record<string, string> = {
    object: 'keys and values',
    record: 'keys and values',
    array: 'a list',
    string: 'text',
    int: 'a whole number',
  };
  return kinds[expected] ?? `a ${expected}`;
}

function show(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'number') return String(value);
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'keys and values';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

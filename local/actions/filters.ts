import { isMap, type Value, type ValueMap } from '../workflows/values.ts';

/** What the filters of a trigger are held against. */
export interface TriggerFacts {
  readonly action: string | undefined;
  /** The branch that `branches` means: pushed to, or the base of a pull request; undefined for tags. */
  readonly branch: string | undefined;
  readonly tag: string | undefined;
  /** The changed files; undefined where `paths` has no say (a new branch is always built). */
  readonly paths: readonly string[] | undefined;
}

/** The activity types of a pull request event that has no `types`. */
const DEFAULT_PULL_TYPES = ['opened', 'synchronize', 'reopened'];

/** Whether a trigger's filters let an event pass. https://docs.github.com/actions/reference/workflow-syntax#onpushpull */
export function passesFilters(event: string, filters: ValueMap, facts: TriggerFacts): boolean {
  return passesTypes(event, filters, facts) && passesRefs(filters, facts) && passesPaths(filters, facts);
}

function passesTypes(event: string, filters: ValueMap, facts: TriggerFacts): boolean {
  if (facts.action === undefined) return true;
  const types = texts(filters['types']);
  if (types.length > 0) return types.includes(facts.action);
  const isPull = event === 'pull_request' || event === 'pull_request_target';
  return !isPull || DEFAULT_PULL_TYPES.includes(facts.action);
}

function passesRefs(filters: ValueMap, { branch, tag }: TriggerFacts): boolean {
  const hasBranches = filters['branches'] !== undefined || filters['branches-ignore'] !== undefined;
  const hasTags = filters['tags'] !== undefined || filters['tags-ignore'] !== undefined;
  if (branch !== undefined) {
    if (!hasBranches) return !hasTags;
    return includes(branch, texts(filters['branches']), texts(filters['branches-ignore']));
  }
  if (tag === undefined) return true;
  if (!hasTags) return !hasBranches;
  return includes(tag, texts(filters['tags']), texts(filters['tags-ignore']));
}

function passesPaths(filters: ValueMap, { paths }: TriggerFacts): boolean {
  const wanted = texts(filters['paths']);
  const ignored = texts(filters['paths-ignore']);
  if (paths === undefined || (wanted.length === 0 && ignored.length === 0)) return true;
  return paths.some((path) => includes(path, wanted, ignored));
}

function includes(name: string, wanted: readonly string[], ignored: readonly string[]): boolean {
  if (wanted.length > 0) return matchesPatterns(name, wanted);
  return ignored.length === 0 || !matchesPatterns(name, ignored);
}

/** Patterns in their order: a `!` pattern takes back what an earlier one let in. */
export function matchesPatterns(name: string, patterns: readonly string[]): boolean {
  let matched = false;
  for (const pattern of patterns) {
    const negative = pattern.startsWith('!');
    if (toRegExp(negative ? pattern.slice(1) : pattern).test(name)) matched = !negative;
  }
  return matched;
}

/** GitHub's filter patterns: `*` without slash, `**`, `?` and `+` after a character, `[]` sets. */
function toRegExp(pattern: string): RegExp {
  let source = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index] ?? '';
    if (pattern.startsWith('**/', index)) {
      source += '(?:.*/)?';
      index += 2;
    } else if (pattern.startsWith('**', index)) {
      source += '.*';
      index += 1;
    } else if (character === '*') source += '[^/]*';
    else if (character === '?' || character === '+') source += character;
    else if (character === '[') {
      const end = pattern.indexOf(']', index);
      const set = end < 0 ? '' : pattern.slice(index + 1, end);
      source += /^[\w-]+$/.test(set) ? `[${set}]` : '\\[';
      if (/^[\w-]+$/.test(set)) index = end;
    } else if (character === '\\') {
      index += 1;
      source += literal(pattern[index] ?? '');
    } else source += literal(character);
  }
  try {
    return new RegExp(`^${source}$`);
  } catch {
    return new RegExp(`^${literal(pattern)}$`);
  }
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function texts(value: Value | undefined): string[] {
  if (value === undefined || value === null || isMap(value)) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

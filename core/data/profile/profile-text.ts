import { toNumberLine } from '../checks/number-line.ts';
import { categoriesColumn, mergeCategoriesColumn, readEntries } from './category-column.ts';
import { hashCategory } from './category-sketch.ts';
import { mergeNumbersColumn, numbersColumn, readCells } from './number-column.ts';
import { DataProfile, MAX_PROFILE, type ProfileColumn, ProfileError } from './profile.ts';

/** One line of JSON that `parseProfile` reads back. The same data gives the same text. */
export function serialiseProfile(profile: DataProfile): string {
  const text = `${JSON.stringify(DataProfile.parse(profile))}\n`;
  if (text.length <= MAX_PROFILE) return text;
  throw new ProfileError('too_large', `the profile takes ${text.length} characters; at most ${MAX_PROFILE} are kept`);
}

/**
 * Reads a stored profile. The text may come from a pull request: whatever does not hold together is refused.
 * @throws ProfileError
 */
export function parseProfile(text: string): DataProfile {
  if (text.length > MAX_PROFILE) {
    throw new ProfileError('too_large', `a profile has at most ${MAX_PROFILE} characters, found ${text.length}`);
  }
  const parsed = DataProfile.safeParse(readJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join('.') || 'the profile';
    throw new ProfileError(
      'not_a_profile',
      `expected a profile of version 1: ${where}: ${issue?.message ?? 'invalid'}`,
    );
  }
  const { columns, rows, cap } = parsed.data;
  if (new Set(columns.map(({ name }) => name)).size < columns.length) {
    throw new ProfileError('not_a_profile', 'the profile names a column twice');
  }
  for (const column of columns) {
    const found = rowsOf(column);
    if (found !== rows) {
      const what = `column ${JSON.stringify(column.name)} counts ${found} rows and the profile ${rows}`;
      throw new ProfileError('not_a_profile', `the profile is damaged: ${what}`);
    }
    const odd = oddity(column, cap);
    if (odd !== null)
      throw new ProfileError(
        'not_a_profile',
        `the profile of column ${JSON.stringify(column.name)} is damaged: ${odd}`,
      );
  }
  return parsed.data;
}

/** In words, what no profile that was made of data holds; null where there is nothing of the kind. */
function oddity(column: ProfileColumn, cap: number): string | null {
  const { kind, type } = column;
  if (kind !== 'withheld' && kind !== (toNumberLine(type) === null ? 'categories' : 'numbers'))
    return `its type is ${type} and it holds ${kind}`;
  switch (column.kind) {
    case 'numbers': {
      const { min, max, keys } = column;
      if (min !== null && max !== null && min > max) return 'its smallest value is greater than its greatest';
      return keys.split(' ').length > Math.max(2, cap) ? `more than ${cap} cells` : null;
    }
    case 'categories': {
      if (column.entries.length > cap) return `more than ${cap} categories`;
      // A text that was cut says nothing of its hash.
      const wrong = column.entries.find(([hash, text]) => !text.endsWith('…') && hashCategory(text) !== hash);
      return wrong === undefined ? null : 'a category whose hash is another';
    }
    case 'withheld':
      return null;
  }
}

/**
 * The profile of both datasets' rows together, as if they had been profiled as one (mean and squares up to rounding).
 * @throws ProfileError where the columns or the names of the datasets are not the same
 */
export function mergeProfiles(a: DataProfile, b: DataProfile): DataProfile {
  if (a.dataset !== b.dataset) {
    const names = `one profile is of the dataset ${JSON.stringify(a.dataset)}, the other of ${JSON.stringify(b.dataset)}`;
    throw new ProfileError('cannot_merge', `${names}: if they are the same, profile both under one name (--dataset)`);
  }
  if (a.cap !== b.cap) throw new ProfileError('cannot_merge', `one profile keeps ${a.cap} cells, the other ${b.cap}`);
  if (a.columns.length !== b.columns.length) {
    throw new ProfileError(
      'cannot_merge',
      `one profile has ${a.columns.length} columns, the other ${b.columns.length}`,
    );
  }
  const others = new Map(b.columns.map((column) => [column.name, column]));
  const columns = a.columns.map((column) => mergeColumn(column, others.get(column.name), a.cap));
  return { version: 1, dataset: a.dataset, rows: a.rows + b.rows, cap: a.cap, columns };
}

function mergeColumn(a: ProfileColumn, b: ProfileColumn | undefined, cap: number): ProfileColumn {
  if (b === undefined)
    throw new ProfileError('cannot_merge', `the other profile has no column ${JSON.stringify(a.name)}`);
  // A part in which a column has no value says nothing about its type.
  const [left, right] = [likeOther(a, b, cap), likeOther(b, a, cap)];
  const { name, nulls } = a;
  if (left.kind === 'withheld' || right.kind === 'withheld')
    return { kind: 'withheld', name, type: left.type, nulls: nulls + b.nulls, total: valuesOf(left) + valuesOf(right) };
  const type = commonType(left.type, right.type);
  if (type !== null && left.kind === 'numbers' && right.kind === 'numbers')
    return { ...mergeNumbersColumn(left, right, cap), type };
  if (type !== null && left.kind === 'categories' && right.kind === 'categories')
    return { ...mergeCategoriesColumn(left, right, cap), type };
  const found = `${a.type} in one and ${b.type} in the other`;
  throw new ProfileError(
    'cannot_merge',
    `column ${JSON.stringify(name)} is ${found}: profile both with their contract`,
  );
}

function likeOther(column: ProfileColumn, other: ProfileColumn, cap: number): ProfileColumn {
  if (column.kind === other.kind || valuesOf(column) > 0) return column;
  const { name, nulls } = column;
  const { type } = other;
  switch (other.kind) {
    case 'numbers':
      return numbersColumn({ name, type, nulls, nan: 0, pairs: [] }, cap);
    case 'categories':
      return categoriesColumn({ name, type, nulls, pairs: [] }, cap);
    case 'withheld':
      return { kind: 'withheld', name, type, nulls, total: 0 };
  }
}

/** Whole numbers are numbers, and days are points in time. */
function commonType(a: ProfileColumn['type'], b: ProfileColumn['type']): ProfileColumn['type'] | null {
  if (a === b) return a;
  const both = new Set([a, b]);
  if (both.has('integer') && both.has('number')) return 'number';
  return both.has('date') && both.has('timestamp') ? 'timestamp' : null;
}

/** Rows with a value that is not null. */
export function valuesOf(column: ProfileColumn): number {
  switch (column.kind) {
    case 'numbers':
      return column.nan + readCells(column).counts.reduce((sum, count) => sum + count, 0);
    case 'categories':
      return readEntries(column).total;
    case 'withheld':
      return column.total;
  }
}

function rowsOf(column: ProfileColumn): number {
  return column.nulls + valuesOf(column);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProfileError('not_a_profile', 'expected a profile, found text that is no JSON', cause);
  }
}

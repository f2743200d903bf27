import { inferType } from '../checks/number-line.ts';
import type { RuleResult } from '../report/data-report.ts';
import type { ColumnProfile } from '../report/profile.ts';

/** What people and programs write where a value is missing; in small letters. */
const MARKERS: ReadonlySet<string> = new Set([
  ...['na', 'n/a', '#n/a', '<na>', 'nan', 'null', '(null)', '#null!', 'none', 'nil', 'missing', '\\n'],
  ...['?', '-', '--', '.', '..'],
]);

/** A text of a column that may stand for a missing value. Whether it does, only people know: NA is Namibia, too. */
export interface MissingMarker {
  readonly column: string;
  readonly value: string;
  /** The type of the values that are none, as far as they were looked at; null where there are none. */
  readonly others: ColumnProfile['type'] | null;
}

/** Looks among the most frequent values, and at both ends, where a text among numbers stands. Null where there is none. */
export function missingMarker({ name, type, top, min, max }: ColumnProfile): MissingMarker | null {
  if (type !== 'string') return null;
  const seen = [...top.map(({ value }) => value), min, max].filter((value) => value !== null);
  const value = seen.find(isMarker);
  if (value === undefined) return null;
  const others = seen.filter((one) => !isMarker(one));
  return { column: name, value, others: others.length === 0 ? null : inferType(others) };
}

/** The same of a column whose values are not all of the type that most are, by those that are shown of the others. */
export function markerAmong({ examples }: Pick<RuleResult, 'examples'>): string | null {
  return examples.find(({ value }) => value !== null && isMarker(value))?.value ?? null;
}

/** What can be done about it, in words. */
export function missingAdvice({ value, others }: Pick<MissingMarker, 'value' | 'others'>): string {
  const typed = others === null || others === 'string' ? '' : `, and logicalType: ${others} can be stated`;
  const found = typed === '' ? '' : ` among values that look like ${others}`;
  return `${JSON.stringify(value)} is there${found}: where it means that a value is missing, leave the field empty or state it in trainyardDialect (missing)${typed}`;
}

/** What a person may want to do about a column's values before the contract asks more of them. */
export interface ColumnAdvice {
  readonly column: string;
  readonly text: string;
}

/** What becomes of the columns that hold a text which is read as missing, told by those that have more nulls by it. */
export function takenForMissing(
  before: readonly ColumnProfile[],
  after: readonly ColumnProfile[],
  texts: readonly string[],
): readonly ColumnAdvice[] {
  const listed = texts.map((text) => JSON.stringify(text)).join(', ');
  return after.flatMap((column, at) => {
    const more = column.nulls - (before[at]?.nulls ?? 0);
    if (more <= 0) return [];
    const how = `${more === 1 ? 'one value is' : `${more.toLocaleString('en-US')} values are`} read as missing (${listed})`;
    const why =
      column.type === 'string'
        ? ', as in other columns: drop from trainyardDialect (missing) what is a value here'
        : `, the others are of the type ${column.type}`;
    return [{ column: column.name, text: `${how}${why}` }];
  });
}

/** Whether a text is one that people and programs write where a value is missing. */
export function isMarker(value: string): boolean {
  return MARKERS.has(value.trim().toLowerCase());
}

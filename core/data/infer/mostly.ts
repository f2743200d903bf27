import { inferType } from '../checks/number-line.ts';
import type { DraftType } from '../contract-text/draft.ts';
import type { RuleResult } from '../report/data-report.ts';
import type { ColumnProfile } from '../report/profile.ts';
import { isMarker } from './missing.ts';

/** With more of other values, a column is one of text. */
const MOST = 0.1;
const MAX_SHOWN = 3;

/**
 * The type that most of the values shown of a column have where it is open whether all do, such as numbers with a few words;
 * null where none is.
 */
export function mostType({ type, distinct, top, min, max }: ColumnProfile): DraftType | null {
  // Of so many values that they are not counted, the type is that of the first ones.
  if (type !== 'string') return distinct === null ? toDraft(type) : null;
  const seen = [...top.map(({ value }) => value), min, max]
    .filter((value) => value !== null)
    .filter((value) => !isMarker(value));
  const kinds = seen.map((value) => inferType([value])).filter((kind) => kind !== 'string');
  if (kinds.length === 0 || kinds.length * 2 < seen.length) return null;
  const [only, ...others] = new Set(kinds);
  if (kinds.every((kind) => kind === 'integer' || kind === 'number'))
    return others.length > 0 ? 'number' : toDraft(only);
  return others.length > 0 ? null : toDraft(only);
}

function toDraft(type: ColumnProfile['type'] | undefined): DraftType | null {
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'date':
    case 'timestamp':
      return type;
    default:
      return null;
  }
}

/**
 * What can be done where a few values of a column are of no such type, with the values and their lines. Null where they
 * are too many, or all of them stand for missing values, of which there is other advice.
 * @param result of trying the type on all of the data
 */
export function mostlyAdvice(type: DraftType, result: RuleResult): string | null {
  const { status, count, share, examples } = result;
  if (status !== 'failed' || count === null || share === null || share > MOST) return null;
  if (examples.length === 0 || examples.every(({ value }) => value !== null && isMarker(value))) return null;
  const values = count === 1 ? 'one value is' : `${count.toLocaleString('en-US')} values are`;
  return `${values} no ${type}, as all others are: ${shownExamples(result)}. Mend them, or leave them empty, and state logicalType: ${type}`;
}

/** `"abc" (line 12), "x" (line 40) and more`. */
export function shownExamples({ count, examples }: Pick<RuleResult, 'count' | 'examples'>): string {
  const shown = examples.slice(0, MAX_SHOWN).map(({ value, line, row }) => {
    const place = line !== null ? ` (line ${line})` : row !== null ? ` (row ${row})` : '';
    return `${JSON.stringify([...(value ?? '')].slice(0, 20).join(''))}${place}`;
  });
  return `${shown.join(', ')}${(count ?? 0) > shown.length ? ' and more' : ''}`;
}

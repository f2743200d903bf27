import type { NotCompared, RowDiff } from '../../data/report/base.ts';
import type { BaseComparison, DataReport } from '../../data/report/data-report.ts';
import { count } from '../words.ts';
import { whole } from './numbers.ts';

const SHOWN = 20;
const NAMED = 5;

/** Of columns that drifted, how many there are; a column counts once, for its values and its nulls. */
export function driftCounts({ drift }: BaseComparison): { readonly drifted: number; readonly compared: number } {
  const names = (list: BaseComparison['drift']): number => new Set(list.map(({ column }) => column)).size;
  return { drifted: names(drift.filter((one) => one.drifted)), compared: names(drift) };
}

/** What was left out of the comparison of rows; empty where nothing was. */
export function leftOutWords({ leftOut }: RowDiff): string {
  const part = ({ head, base }: { readonly head: number; readonly base: number }, why: string): string[] =>
    head + base === 0 ? [] : [`${why} (${whole(head)} here, ${whole(base)} in the base)`];
  const parts = [
    ...part(leftOut.nullKey, 'rows with a null in the key'),
    ...part(leftOut.repeatedKey, 'rows whose key occurs more than once'),
  ];
  return parts.length === 0 ? '' : `Not compared: ${parts.join('; ')}.`;
}

/** What was not compared, alike reasons together: `drift of a, b: it has no values`. */
export function notComparedLines(list: readonly NotCompared[]): readonly string[] {
  const groups = Map.groupBy(list, ({ what, reason }) => JSON.stringify([what, reason]));
  return [...groups.values()].map((group) => {
    const [first] = group;
    const names = group.flatMap(({ column }) => column ?? []);
    const more = names.length > NAMED ? ` and ${whole(names.length - NAMED)} more` : '';
    const of = names.length === 0 ? '' : ` of ${names.slice(0, NAMED).join(', ')}${more}`;
    return first?.what === 'all' ? first.reason : `${first?.what ?? ''}${of}: ${first?.reason ?? ''}`;
  });
}

/** Whom a breaking change breaks: `breaking for a, b`, or that nobody reads the column. */
export function breaksWords(breaks: readonly string[]): string {
  if (breaks.length === 0) return 'breaking, but no model reads it';
  const more = breaks.length > NAMED ? ` and ${breaks.length - NAMED} more` : '';
  return `breaking for ${breaks.slice(0, NAMED).join(', ')}${more}`;
}

/** With what the data was compared, or that it was not. @param name the reference as the output writes it */
export function comparedWith({ kind, rows, notCompared }: BaseComparison, name: string): string {
  const profile = kind === 'profile' ? 'the profile ' : '';
  if (notCompared.some(({ what }) => what === 'all')) return `Nothing was compared with ${profile}${name}.`;
  return `Compared with ${profile}${name}${rows === null ? '' : `, ${count(rows, 'row')}`}.`;
}

/** What changed against the base, a line each, without markup. Empty without a base. */
export function baseLines({ base }: DataReport): readonly string[] {
  if (base === null) return [];
  const { diff } = base;
  const schema = base.schema
    .toSorted((a, b) => Number(a.compatible) - Number(b.compatible))
    .map(({ compatible, breaks, message }) => `${compatible ? 'compatible' : breaksWords(breaks)}: ${message}`);
  const all = base.notCompared.some(({ what }) => what === 'all');
  const { drifted, compared } = driftCounts(base);
  return [
    comparedWith(base, base.source),
    ...(schema.length === 0 && !all ? ['the same columns'] : schema.slice(0, SHOWN)),
    ...(schema.length > SHOWN ? [`… and ${whole(schema.length - SHOWN)} more changes of columns`] : []),
    ...(diff === null ? [] : diffLines(diff)),
    ...(compared === 0 ? [] : [`drift in ${whole(drifted)} of ${count(compared, 'column')}`]),
    ...notComparedLines(base.notCompared).map((line) => `not compared: ${line}`),
  ];
}

function diffLines(diff: RowDiff): readonly string[] {
  const { key, added, removed, changed, unchanged, columns } = diff;
  const counts = `${whole(added)} added, ${whole(removed)} removed, ${whole(changed)} changed, ${whole(unchanged)} unchanged`;
  const named = columns.slice(0, NAMED).map((one) => `${one.column} ${whole(one.changed)}`);
  const left = leftOutWords(diff);
  return [
    `rows by ${key.join(', ')}: ${counts}`,
    ...(named.length === 0 ? [] : [`changed columns: ${named.join(', ')}${columns.length > NAMED ? ', …' : ''}`]),
    ...(left === '' ? [] : [left]),
  ];
}

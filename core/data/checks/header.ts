import { didYouMean, editDistance } from '../../suggest.ts';
import type { DataContract, Setting } from '../contract-model.ts';
import type { RuleName } from '../rule-names.ts';
import { isTolerated } from '../waivers.ts';
import { cut, type Measured } from './measured.ts';

/**
 * The names of a file's columns as the contract writes them, where it says that case does not matter. Where two columns
 * could be meant, neither is: each keeps its own name.
 */
export function declaredNames({ columns, settings }: DataContract, names: readonly string[]): readonly string[] {
  if (!settings.ignoreCase) return names;
  const declared = new Set(columns.map(({ name }) => name));
  const present = new Set(names);
  const folded = new Map<string, string[]>();
  for (const name of declared)
    if (!present.has(name)) folded.set(fold(name), [...(folded.get(fold(name)) ?? []), name]);
  return names.map((name) => {
    const meant = declared.has(name) ? [] : (folded.get(fold(name)) ?? []);
    const others = names.filter((other) => fold(other) === fold(name));
    return meant.length === 1 && others.length === 1 ? (meant[0] ?? name) : name;
  });
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** A name without what people do not see or mean in it: case, forms of letters, spaces, separators and invisible characters. */
function bare(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/[\p{C}\p{Z}\s_.-]/gu, '')
    .toLowerCase();
}

/** Of names that are missing and names that are there, among which a typo is looked for: the look at each is slow. */
const FEW_PAIRS = 2500;
/** Any letter is a typo of any other. */
const SHORT = 3;

/** Which of the file's other columns a missing one may be, in words that show what can't be seen. */
function meantBy(name: string, others: ReadonlyMap<string, string>, isFew: boolean): string {
  const alike = others.get(bare(name));
  const meant = alike ?? (!isFew || name.length <= SHORT ? null : didYouMean(name, others.values()));
  if (meant === null || meant === '') return '';
  const why =
    alike === undefined ? '' : fold(alike) === fold(name) ? ' (trainyardColumnCase: ignore lets case differ)' : '';
  return `, but there is ${visible(meant, name)}: rename it there or here${why}`;
}

/** As JSON writes it, and by its code each character that can't be seen, or that passes for one of the other name. */
function visible(name: string, other: string): string {
  const isOwnScript = CYRILLIC_OR_GREEK.test(other);
  return JSON.stringify(name).replaceAll(/[^\p{ASCII}]/gu, (character) =>
    /[\p{L}\p{M}\p{N}]/u.test(character) && (isOwnScript || !CYRILLIC_OR_GREEK.test(character))
      ? character
      : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** Many of their letters look like those of Latin. */
const CYRILLIC_OR_GREEK = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;

/** Whether the first line names one of the contract's columns, or half of them nearly. Where none is declared, it is taken for one that does. */
export function isHeaderOf({ columns }: DataContract, names: readonly string[]): boolean {
  if (columns.length === 0) return true;
  const written = new Set(names.map(bare));
  if (columns.some(({ name }) => bare(name) !== '' && written.has(bare(name)))) return true;
  if (columns.length * names.length > FEW_PAIRS) return false;
  const near = columns.filter(({ name }) => names.some((other) => isTypo(bare(name), bare(other))));
  return near.length * 2 >= columns.length;
}

/** Narrower than what is suggested, since `male` is no typo of `name`. */
function isTypo(name: string, other: string): boolean {
  if (name.length <= SHORT || name.length > 64 || other.length > 64) return false;
  return editDistance(name, other) <= (name.length < 8 ? 1 : 2);
}

/**
 * What a contract says of a file's columns as such: that each is there, once, no other is, and their order where it asks.
 * @param unnamed the first line is none that names them (`DataTable.unnamed`)
 */
export function judgeHeader(contract: DataContract, names: readonly string[], unnamed = false): Measured[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const missing = contract.columns.filter(({ name }) => !counts.has(name));
  const { extraColumns, columnOrder } = contract.settings;
  const declared = new Set(contract.columns.map(({ name }) => name));
  const extra = unnamed ? [] : [...counts.keys()].filter((name) => !declared.has(name));
  const others = new Map(extra.map((name) => [bare(name), name]));
  const measured = unnamed ? [headerMissing(contract, names.length)] : [];
  for (const { name, line, severity } of missing) {
    const found = `no such column${meantBy(name, others, missing.length * others.size <= FEW_PAIRS)}`;
    measured.push(structural('column_missing', name, 'the column in the file', found, { line, severity }));
  }
  for (const [name, count] of unnamed ? [] : counts) {
    if (!declared.has(name) && extraColumns !== null) measured.push(undeclared(name, extraColumns));
    if (count > 1)
      measured.push(structural('column_repeated', name, 'each column once', `${count} columns of this name`));
  }
  if (measured.length === 0)
    measured.push({
      ...structural('columns', '', 'the columns of the contract', 'the same columns'),
      status: 'passed',
      columns: [],
    });
  return columnOrder === null ? measured : [...measured, judgeOrder(contract, names, columnOrder)];
}

/** As severe as the severest of what it breaks. */
function headerMissing({ columns, settings }: DataContract, cells: number): Measured {
  const fails = settings.extraColumns?.severity === 'fail' || columns.some(({ severity }) => severity === 'fail');
  const found = `none of them in the first line (${cells} ${cells === 1 ? 'cell' : 'cells'}, not shown: they may be values): name the columns there, or state that it is a row: trainyardDialect: { header: false }`;
  const result = structural('columns', '', 'a header that names the columns of the contract', found);
  return { ...result, columns: [], severity: fails ? 'fail' : 'warn' };
}

function undeclared(name: string, { severity, line }: Setting): Measured {
  const found =
    name === ''
      ? 'a column without a name: name it, or drop it (it may be a delimiter too many, or the index of a table)'
      : 'a column that is not in the contract: declare it there or drop it';
  return structural('column_undeclared', name, 'columns of the contract only', found, { line, severity });
}

/** Whether those columns of the contract that are there come in its order; others may stand between them. */
function judgeOrder({ columns }: DataContract, names: readonly string[], setting: Setting): Measured {
  const present = columns.map(({ name }) => name).filter((name) => names.includes(name));
  const found = [...new Set(names)].filter((name) => present.includes(name));
  const at = found.findIndex((name, index) => name !== present[index]);
  const misplaced = present.filter((name, index) => name !== found[index]).length;
  const column = structural(
    'column_order',
    at === -1 ? '' : (found[at] ?? ''),
    `the columns in the order of the contract${at === -1 ? '' : `: ${JSON.stringify(present[at])} here`}`,
    at === -1 ? 'the same order' : `${JSON.stringify(found[at])}, and ${misplaced} columns out of their places`,
    setting,
  );
  const good = isTolerated(misplaced, present.length, setting.tolerance);
  return {
    ...column,
    expected: cut(column.expected),
    status: good ? 'passed' : 'failed',
    columns: at === -1 ? [] : column.columns,
  };
}

function structural(
  rule: RuleName,
  name: string,
  expected: string,
  found: string,
  { line, severity }: Pick<Setting, 'line' | 'severity'> = { line: null, severity: 'fail' },
): Measured {
  const columns = [cut(name, 256)];
  return {
    rule,
    columns,
    severity,
    status: 'failed',
    expected: cut(expected),
    found: cut(found),
    count: null,
    of: 0,
    tolerance: null,
    contractLine: line,
    label: '',
    search: null,
  };
}

import type { Tolerance } from '../report/data-report.ts';
import type { RuleName } from '../rule-names.ts';
import type { TableColumn } from './table.ts';

/** What was measured of one rule, before waivers and examples. */
export interface Measured {
  readonly rule: RuleName;
  readonly columns: readonly string[];
  readonly severity: 'warn' | 'fail';
  readonly status: 'passed' | 'failed' | 'not_checked';
  readonly expected: string;
  readonly found: string;
  /** Rows that violate the rule; null where it counts none. */
  readonly count: number | null;
  /** Rows looked at. */
  readonly of: number;
  readonly tolerance: Tolerance | null;
  readonly contractLine: number | null;
  readonly label: string;
  /** How rows that violate it are found; null where none can be shown. */
  readonly search: Search | null;
}

/** A condition of SQL that holds for violating rows, and the columns to show of them. */
export interface Search {
  readonly where: string;
  readonly show: readonly TableColumn[];
  /** A relation that holds these rows, with their number `r` and their file `f`; absent where all rows are to be searched. */
  readonly from?: string;
}

/** Text of at most 1,000 characters, as reports take it. */
export function cut(text: string, length = 1000): string {
  return text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text.toWellFormed();
}

/** `3 of 6000 rows`, in words. */
export function rowsOf(count: number, of: number): string {
  return `${count} of ${of} ${of === 1 ? 'row' : 'rows'}`;
}

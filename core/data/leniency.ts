import { z } from 'zod';
import { didYouMean } from '../suggest.ts';
import type { ContractProblem, ContractWaiver } from './contract-model.ts';
import { shownValue } from './contract-value.ts';
import { readCustom } from './custom-properties.ts';
import { type Tolerance, Waiver } from './report/data-report.ts';
import { RULE_NAMES } from './rule-names.ts';
import { readTolerance } from './setting.ts';

const SEVERITY = 'trainyardSeverity';
const TOLERANCE = 'trainyardTolerance';
const WAIVERS = 'trainyardWaivers';
export const PERSONAL = 'trainyardPersonal';

export interface LeniencyInput {
  /** `customProperties` as parsed from YAML. */
  readonly raw: unknown;
  /** Where they stand: at a column, at a `quality` item (its line), or at the table. */
  readonly at: { readonly column: string | null; readonly ruleLine: number | null };
  readonly line: number;
  /** Appended to, as is the list below. */
  readonly problems: ContractProblem[];
  readonly waivers: ContractWaiver[];
}

/** What stands at one place of the contract; waivers go to the list of all. */
export interface Leniency {
  readonly severity: 'warn' | 'fail' | null;
  readonly tolerance: Tolerance | null;
  readonly personal: boolean;
  /** All of our keys that stand there, for those who read the others. */
  readonly values: ReadonlyMap<string, unknown>;
}

const WaiverItem = Waiver.extend({ rule: z.string().min(1).max(64).optional() });

/** Reads severity, tolerance, waivers and the mark of personal data from `customProperties`. */
export function readLeniency(input: LeniencyInput): Leniency {
  const { column, ruleLine } = input.at;
  const place = ruleLine !== null ? 'rule' : column === null ? 'table' : 'column';
  const values = readCustom(input.raw, place, input.line, input.problems);
  const severity = severityOf(values.get(SEVERITY), input);
  const tolerance = toleranceOf(values.get(TOLERANCE), input);
  readWaivers(values.get(WAIVERS), input);
  return { severity, tolerance, personal: personalOf(values.get(PERSONAL), input), values };
}

function problem(input: LeniencyInput, message: string): null {
  input.problems.push({ message, line: input.line });
  return null;
}

function severityOf(value: unknown, input: LeniencyInput): 'warn' | 'fail' | null {
  if (value === undefined) return null;
  if (value === 'warn' || value === 'fail') return value;
  return problem(input, `${SEVERITY}: expected warn or fail, found ${shownValue(value)}`);
}

function toleranceOf(value: unknown, input: LeniencyInput): Tolerance | null {
  if (value === undefined) return null;
  const tolerance = readTolerance(value);
  if (tolerance !== null) return tolerance;
  return problem(
    input,
    `${TOLERANCE}: expected a share such as "0.5 %" or a count such as "10 rows", found ${shownValue(value)}`,
  );
}

function personalOf(value: unknown, input: LeniencyInput): boolean {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  problem(input, `${PERSONAL}: expected true or false, found ${shownValue(value)}`);
  // In doubt values are masked.
  return true;
}

function readWaivers(value: unknown, input: LeniencyInput): void {
  if (value === undefined) return;
  const list = z.array(WaiverItem).max(100).safeParse(value);
  if (!list.success) {
    for (const issue of list.error.issues.slice(0, 10))
      problem(input, `${WAIVERS}${issue.path.map((key) => `.${String(key)}`).join('')}: ${issue.message}`);
    return;
  }
  for (const { rule = null, ...waiver } of list.data) {
    const why = cannotWaive(rule, input.at);
    if (why !== null) problem(input, `${WAIVERS}${why}`);
    else input.waivers.push({ ...waiver, ...input.at, rule, line: input.line });
  }
}

/** Rules of all rows, which are no column's even where they stand at one. */
const OF_ALL_ROWS = ['row_count', 'duplicate_rows'];

/** Why a waiver of this rule would stand for nothing; null where it may. */
function cannotWaive(rule: string | null, { column, ruleLine }: LeniencyInput['at']): string | null {
  if (rule === null)
    return column === null && ruleLine === null
      ? ' of the table must each name the rule that they waive, such as rule: primary_key'
      : null;
  const names: readonly string[] = RULE_NAMES;
  if (!names.includes(rule)) {
    const meant = didYouMean(rule, names);
    const hint = meant === null ? `expected one of ${names.join(', ')}` : `did you mean ${meant}?`;
    return `: no rule that could be waived is called ${shownValue(rule)}: ${hint}`;
  }
  if (column !== null && ruleLine === null && OF_ALL_ROWS.includes(rule))
    return `: ${rule} is no rule of a column: write its waiver at the table, or at the item of quality`;
  return null;
}

import type { DataContract } from '../contract-model.ts';
import { MAX_FINDINGS } from '../findings.ts';
import type { ReportFinding, RuleExample, RuleResult } from '../report/data-report.ts';
import { applyWaivers } from '../waivers.ts';
import { cut, type Measured } from './measured.ts';

/** A rule as measured, with rows that violate it, found and placed. */
export interface Exemplified {
  readonly measured: Measured;
  readonly examples: readonly RuleExample[];
}

/** Results of a contract's rules, with its waivers applied. @param today `2026-12-31` in UTC */
export function ruleResults(
  rules: readonly Exemplified[],
  contract: DataContract,
  today: string,
): readonly RuleResult[] {
  const results = rules.map(({ measured, examples }): RuleResult => {
    const { rule, columns, severity, status, expected, found, count, of, tolerance, contractLine, label } = measured;
    const share = count === null ? null : of === 0 ? 0 : Math.min(count / of, 1);
    const shown = { expected: cut(expected), found: cut(found), label: cut(label, 200) };
    return {
      ...{
        rule,
        columns: columns.slice(0, 64).map((name) => cut(name, 256)),
        severity,
        status,
        count,
        share,
        tolerance,
      },
      ...{ waiver: null, examples: [...examples], contractLine, ...shown },
    };
  });
  return applyWaivers([...results, ...contract.notChecked.map(notChecked)], contract.waivers, today);
}

function notChecked({ what, line, severity }: DataContract['notChecked'][number]): RuleResult {
  return {
    ...{
      rule: 'not_checked',
      columns: [],
      severity,
      status: 'not_checked',
      expected: cut(what),
      found: 'this can’t be checked',
    },
    ...{ count: null, share: null, tolerance: null, waiver: null, examples: [], contractLine: line, label: '' },
  };
}

export interface ReportFindings {
  readonly findings: ReportFinding[];
  readonly total: number;
}

export interface FindingFiles {
  readonly data: string;
  readonly contract: string;
  /** Line of the data that names its columns; null where none does. */
  readonly header: number | null;
  /** Where columns that the contract does not know are named first, as far as no header names them. */
  readonly named?: ReadonlyMap<string, { readonly file: string; readonly line: number }>;
}

/** Rules of which the header says whether they hold. */
const OF_HEADER: readonly string[] = [
  ...['columns', 'column_missing', 'column_undeclared', 'column_repeated', 'column_order'],
];

/**
 * Failed rules as findings: at the lines of the data where there are any (of columns as such that is the header), else at
 * the line of the contract.
 */
export function findingsOf(results: readonly RuleResult[], files: FindingFiles): ReportFindings {
  const findings: ReportFinding[] = [];
  let total = 0;
  for (const result of results) {
    if (result.status !== 'failed' && result.status !== 'not_checked') continue;
    total += Math.max(result.count ?? 1, 1);
    if (findings.length < MAX_FINDINGS) findings.push(...findingsOfOne(result, files));
  }
  return { findings: findings.slice(0, MAX_FINDINGS), total };
}

function findingsOfOne(result: RuleResult, files: FindingFiles): ReportFinding[] {
  const { rule, severity, columns, expected, found } = result;
  const column = columns.length === 0 ? null : cut(columns.join(', '), 256);
  const label = result.label === '' ? '' : ` (${result.label})`;
  if (result.examples.length === 0) {
    const open = result.status === 'not_checked' ? 'not checked: ' : '';
    const message = rule === 'not_checked' ? `${open}${expected}` : `${open}expected ${expected}: ${found}${label}`;
    const atHeader = files.header !== null && result.status === 'failed' && OF_HEADER.includes(rule);
    const named = rule === 'column_undeclared' ? files.named?.get(columns[0] ?? '') : undefined;
    const place = atHeader
      ? { file: files.data, line: files.header }
      : (named ?? { file: files.contract, line: result.contractLine });
    return [{ rule, severity, ...place, column, message: cut(message) }];
  }
  return result.examples.map(({ file, line, row, value }) => {
    const shown = value === null ? 'no value' : JSON.stringify(cut(value, 60));
    const where = line === null && row !== null ? ` in row ${row}` : '';
    const message = cut(`expected ${expected}, found ${shown}${where}${label}`);
    return { rule, severity, file: file ?? files.data, line, column, message };
  });
}

import { declaredNames } from '../../../../core/data/checks/header.ts';
import { compileColumn, type ValueCheck } from '../../../../core/data/column-check.ts';
import type { ContractColumn, DataContract } from '../../../../core/data/contract-model.ts';
import { type CsvItem, readCsv } from '../../../../core/data/csv.ts';
import type { DataFinding } from '../../../../core/data/finding.ts';
import { quote } from '../../../../core/data/findings.ts';
import type { ValidationResult } from '../../../../core/data/result.ts';
import type { RepoPath } from '../../../../core/names.ts';
import { Findings } from './findings.ts';
import { notCheckedHere } from './not-checked.ts';
import { keyOf, RuleCounter } from './rule-check.ts';

export interface ValidateOptions {
  /** The data file, as findings name it. */
  readonly file: RepoPath;
  /**
   * In its head form a contract must declare every column. In its base form a further column only warns, else no pull
   * request could ever add one.
   */
  readonly form?: 'base' | 'head';
}

/** The part of a `ValidationResult` that follows from bytes and contract alone. */
export type Validation = Pick<ValidationResult, 'status' | 'reason' | 'rows' | 'findings' | 'total'>;

/**
 * Checks CSV bytes against a contract, in one pass over chunks of any size. It is what the engine is held to, and what
 * tests ask that need no process of their own; no part of the product.
 */
export function validateCsv(
  chunks: Iterable<Uint8Array>,
  contract: DataContract,
  options: ValidateOptions,
): Validation {
  const validator = new Validator(contract, options);
  for (const item of readCsv(chunks)) validator.next(item);
  return validator.end();
}

/** Checks data against the head and, where there is one, the base form of its contract: it must pass both (invariant 1). */
export function validateBoth(
  chunks: Iterable<Uint8Array>,
  forms: { readonly head: DataContract; readonly base: DataContract | null },
  options: { readonly file: RepoPath },
): Validation {
  const head = new Validator(forms.head, { ...options, form: 'head' });
  const base = forms.base === null ? null : new Validator(forms.base, { ...options, form: 'base' });
  for (const item of readCsv(chunks)) {
    head.next(item);
    base?.next(item);
  }
  return base === null ? head.end() : merge(head.end(), base.end());
}

function merge(head: Validation, base: Validation): Validation {
  const known = new Set(head.findings.map(identity));
  const added = base.findings.filter((finding) => !known.has(identity(finding)));
  const findings = [...head.findings, ...added.map(fromBase)].slice(0, 500);
  const repeated = base.findings.length - added.length;
  const worst = [head, base].find((one) => one.status === 'failed') ?? (head.status === 'passed' ? base : head);
  const prefix = worst === base && base.status !== 'passed' && head.status === 'passed' ? 'contract of the base: ' : '';
  return {
    status: worst.status,
    reason: worst.reason === null ? null : `${prefix}${worst.reason}`,
    rows: head.rows,
    findings,
    total: head.total + Math.max(base.total - repeated, 0),
  };
}

function identity(finding: DataFinding): string {
  return JSON.stringify([finding.rule, finding.file, finding.line, finding.column, finding.message]);
}

function fromBase(finding: DataFinding): DataFinding {
  return { ...finding, message: `${finding.message} (contract of the base)`.slice(0, 1000) };
}

interface CheckedColumn {
  readonly column: ContractColumn;
  readonly index: number;
  readonly check: ValueCheck;
  /** Value → line of its first occurrence. */
  readonly seen: Map<string, number> | null;
}

class Validator {
  readonly #contract: DataContract;
  readonly #options: ValidateOptions;
  readonly #findings = new Findings();
  readonly #rules: readonly RuleCounter[];
  #key: readonly string[];
  readonly #keys = new Map<string, number>();
  #header: ReadonlyMap<string, number> | null = null;
  #columns: readonly CheckedColumn[] = [];
  #rows = 0;

  constructor(contract: DataContract, options: ValidateOptions) {
    this.#contract = contract;
    this.#options = options;
    this.#rules = contract.rules.map((rule) => new RuleCounter(rule));
    this.#key = contract.columns
      .filter((column) => column.primaryKey !== null)
      .sort((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0))
      .map((column) => column.name);
    const only = contract.columns.find((column) => column.name === this.#key[0]);
    // A key of one column that is unique by itself needs no second look.
    if (this.#key.length === 1 && only?.unique === true) this.#key = [];
  }

  next(item: CsvItem): void {
    if (item.kind === 'problem') {
      this.#fail('csv', item.line, null, item.message);
    } else if (this.#header === null) {
      this.#readHeader(item.values, item.line);
    } else {
      this.#row(item.values, item.line);
    }
  }

  end(): Validation {
    if (this.#header === null && this.#findings.failures === 0)
      this.#fail('csv', 1, null, 'the file is empty: expected a header line');
    for (const counter of this.#rules) this.#judge(counter);
    const failures = this.#findings.failures;
    const notChecked = notCheckedHere(this.#contract);
    for (const { what, line, severity } of notChecked) {
      this.#findings.add({
        rule: 'not_checked',
        severity,
        file: this.#contract.file,
        line,
        column: null,
        message: `not checked: ${what}`,
      });
    }
    const blocking = notChecked.filter((item) => item.severity === 'fail');
    const { kept, total } = this.#findings;
    const base = { rows: this.#rows, findings: [...kept], total };
    if (failures > 0)
      return {
        status: 'failed',
        reason: `${failures} ${failures === 1 ? 'problem' : 'problems'} in ${this.#rows} rows`,
        ...base,
      };
    if (blocking.length > 0)
      return { status: 'not_checked', reason: notCheckedReason(blocking.map((item) => item.what)), ...base };
    return { status: 'passed', reason: null, ...base };
  }

  #fail(rule: string, line: number | null, column: string | null, message: string): void {
    this.#findings.fail(rule, this.#options.file, line, column, message);
  }

  #readHeader(written: readonly string[], line: number): void {
    const names = declaredNames(this.#contract, written);
    const header = new Map<string, number>();
    names.forEach((name, index) => {
      if (header.has(name)) this.#fail('header', line, name, `column ${quote(name)} occurs twice in the header`);
      else header.set(name, index);
    });
    this.#header = header;
    const declared = new Set(this.#contract.columns.map((column) => column.name));
    for (const { name } of this.#contract.columns) {
      if (!header.has(name)) this.#fail('header', line, name, `column ${quote(name)} of the contract is missing`);
    }
    const { extraColumns, columnOrder } = this.#contract.settings;
    const severity = this.#options.form === 'base' ? 'warn' : extraColumns?.severity;
    for (const name of header.keys()) {
      if (declared.has(name) || severity === undefined) continue;
      const message = `column ${quote(name)} is not in the contract: declare it there or drop it`;
      this.#findings.add({ rule: 'header', severity, file: this.#options.file, line, column: name, message });
    }
    const present = this.#contract.columns.map(({ name }) => name).filter((name) => header.has(name));
    const found = [...header.keys()].filter((name) => declared.has(name));
    const misplaced = found.find((name, index) => name !== present[index]);
    if (columnOrder !== null && misplaced !== undefined) {
      const message = `column ${quote(misplaced)} is not where the contract’s order has it`;
      const { severity: of } = columnOrder;
      this.#findings.add({ rule: 'header', severity: of, file: this.#options.file, line, column: misplaced, message });
    }
    this.#columns = this.#contract.columns.flatMap((column) => {
      const index = header.get(column.name);
      const seen = column.unique ? new Map<string, number>() : null;
      return index === undefined ? [] : [{ column, index, check: compileColumn(column), seen }];
    });
  }

  #row(values: readonly string[], line: number): void {
    this.#rows += 1;
    for (const { column, index, check, seen } of this.#columns) {
      const value = values[index] ?? '';
      const violation = check(value);
      if (violation !== null) this.#fail(violation.rule, line, column.name, violation.message);
      if (seen !== null && value !== '') this.#unique(seen, value, line, column.name, 'unique');
    }
    if (this.#key.length === 0 && this.#rules.length === 0) return;
    const header = this.#header;
    const read = (column: string): string | undefined => values[header?.get(column) ?? -1];
    const key = this.#key.length === 0 ? null : keyOf(this.#key.map((column) => read(column) ?? ''));
    if (key !== null) this.#unique(this.#keys, key, line, this.#key.join(', '), 'primary_key');
    for (const counter of this.#rules) counter.row(line, read);
  }

  #unique(seen: Map<string, number>, value: string, line: number, column: string, rule: string): void {
    const first = seen.get(value);
    if (first === undefined) seen.set(value, line);
    else
      this.#fail(rule, line, column, `expected each value once, found ${quote(value)} again (first on line ${first})`);
  }

  #judge(counter: RuleCounter): void {
    const { rule } = counter;
    // A missing column has been reported, and says nothing about the values that it would hold.
    if (rule.columns.some((column) => this.#header?.has(column) !== true)) return;
    const { holds, message, line } = counter.outcome(this.#rows);
    if (holds) return;
    const column = rule.columns.length === 0 ? null : rule.columns.join(', ');
    this.#findings.add({
      rule: `quality.${rule.metric}`,
      severity: rule.severity,
      file: this.#options.file,
      line,
      column,
      message,
    });
  }
}

function notCheckedReason(what: readonly string[]): string {
  const more = what.length > 3 ? ` and ${what.length - 3} more` : '';
  return `the contract asks for what cannot be checked: ${what.slice(0, 3).join('; ')}${more}`.slice(0, 1000);
}

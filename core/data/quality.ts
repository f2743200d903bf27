import { z } from 'zod';
import {
  AGGREGATES,
  type Aggregate,
  type AggregateRule,
  type Condition,
  type ContractProblem,
  type NotChecked,
  OPERATORS,
  type Operator,
  QUALITY_METRICS,
  type QualityMetric,
  type QualityRule,
  type SqlRule,
} from './contract-model.ts';
import { scalarText, shownValue } from './contract-value.ts';
import { inWordsOf31, mistakenRuleKeys, unknownArguments } from './library-rule.ts';
import { compilePattern, type Pattern } from './pattern.ts';

export interface QualityInput {
  /** One item of an ODCS `quality` list, as parsed from YAML. */
  readonly raw: Readonly<Record<string, unknown>>;
  /** Null at table level. */
  readonly column: string | null;
  readonly line: number;
  /** Appended to, as are the two lists below. */
  readonly problems: ContractProblem[];
  readonly notChecked: NotChecked[];
  readonly rules: QualityRule[];
  readonly sqlRules: SqlRule[];
  readonly aggregates: AggregateRule[];
}

/**
 * Reads one quality rule. Library metrics and SQL become rules; `custom` and what we don't know is listed as not
 * checked; `text` rules are for people, so they are listed as warnings.
 */
export function readQuality(written: QualityInput): void {
  const { line } = written;
  const raw = inWordsOf31(written.raw);
  const input = { ...written, raw };
  const severity = severityOf(raw['severity']);
  const label = labelOf(raw);
  const type = raw['type'] ?? 'library';
  if (type === 'text') {
    input.notChecked.push({ what: `text rule${label === '' ? '' : ` "${label}"`}`, line, severity: 'warn' });
    return;
  }
  const at = input.column === null ? 'the table' : `column "${input.column}"`;
  if (type !== 'custom') input.notChecked.push(...mistakenRuleKeys(raw, at, line));
  if (type === 'sql') {
    readSql(input, severity, label);
    return;
  }
  if (type === 'custom' && raw['engine'] === 'trainyard') {
    readAggregate(input, severity, label);
    return;
  }
  const name = raw['metric'];
  const metric = QUALITY_METRICS.find((known) => known === name);
  if (type !== 'library' || metric === undefined) {
    const which = type === 'library' ? `metric ${shownValue(name)}` : `rule of type ${shownValue(type)}`;
    input.notChecked.push({ what: `quality ${which} of ${at}`, line, severity });
    return;
  }
  const columns = columnsOf(input, metric);
  const conditions = conditionsOf(input, metric, severity);
  const details = argumentsOf(input, metric, at, severity);
  const unit = raw['unit'] ?? 'rows';
  for (const key of unknownArguments(metric, argumentMap(raw), input.column)) {
    const what = `argument "${key.slice(0, 100)}" of ${metric} of ${at}`;
    input.notChecked.push({ what, line, severity });
  }
  if ((unit !== 'rows' && unit !== 'percent') || (metric === 'rowCount' && unit === 'percent')) {
    input.notChecked.push({ what: `unit ${shownValue(unit)} of ${metric} of ${at}`, line, severity });
    return;
  }
  if (columns === null || conditions === null || details === null) return;
  input.rules.push({ metric, columns, unit, conditions, ...details, severity, label, line });
}

/** In UTF-16 code units. */
const MAX_QUERY = 20_000;
/** The operators that a query's true or false can be held to. */
const EQUAL = ['mustBe', 'mustNotBe'];

function readSql(input: QualityInput, severity: 'warn' | 'fail', label: string): void {
  const { column, line } = input;
  const query = input.raw['query'];
  if (typeof query !== 'string' || query.trim() === '' || query.length > MAX_QUERY) {
    problem(input, `a rule of type sql needs a query: one SELECT of ${MAX_QUERY} characters at most`);
    return;
  }
  const entries = Object.entries(input.raw);
  const isTruth = ([key, value]: [string, unknown]): boolean => EQUAL.includes(key) && typeof value === 'boolean';
  const raw = Object.fromEntries(entries.map((one) => (isTruth(one) ? [one[0], Number(one[1])] : one)));
  const conditions = conditionsOf({ ...input, raw }, 'sql', severity);
  const truth = entries.some(isTruth);
  if (conditions !== null) input.sqlRules.push({ query, column, conditions, truth, severity, label, line });
}

const Implementation = z.looseObject({
  aggregate: z.enum(AGGREGATES),
  p: z.number().min(0).max(1).optional(),
});

/** A rule of our own: `implementation` holds `aggregate`, and the operators that the standard has no other place for. */
function readAggregate(input: QualityInput, severity: 'warn' | 'fail', label: string): void {
  const { column, line } = input;
  const parsed = Implementation.safeParse(input.raw['implementation']);
  if (!parsed.success || column === null) {
    const where = column === null ? ' of a column' : '';
    problem(
      input,
      `a rule of engine trainyard needs implementation.aggregate${where}: one of ${AGGREGATES.join(', ')}`,
    );
    return;
  }
  const { aggregate, p, ...rest } = parsed.data;
  const unknown = Object.keys(rest).find((key) => !/^must/.test(key));
  if (unknown !== undefined) problem(input, `implementation of ${aggregate}: "${unknown.slice(0, 100)}" is unknown`);
  if ((aggregate === 'quantile') !== (p !== undefined))
    problem(input, `implementation: p (from 0 to 1) belongs to quantile, and quantile needs it`);
  const conditions = conditionsOf({ ...input, raw: rest }, aggregate, severity);
  if (conditions !== null)
    input.aggregates.push({ aggregate, p: p ?? null, column, conditions, severity, label, line });
}

function severityOf(raw: unknown): 'warn' | 'fail' {
  return raw === 'info' || raw === 'warning' || raw === 'warn' ? 'warn' : 'fail';
}

function labelOf(raw: Readonly<Record<string, unknown>>): string {
  const text = typeof raw['name'] === 'string' ? raw['name'] : raw['description'];
  return typeof text === 'string' ? text.slice(0, 200) : '';
}

function problem(input: QualityInput, message: string): null {
  input.problems.push({ message, line: input.line });
  return null;
}

function columnsOf(input: QualityInput, metric: QualityMetric): readonly string[] | null {
  if (metric === 'rowCount') return [];
  if (input.column !== null) return [input.column];
  const properties = argumentMap(input.raw)['properties'];
  if (metric !== 'duplicateValues') return problem(input, `${metric} belongs to a column, not to the table`);
  if (!Array.isArray(properties) || properties.length === 0 || !properties.every((name) => typeof name === 'string')) {
    return problem(input, 'duplicateValues of a table needs arguments.properties: a list of columns');
  }
  return properties;
}

function argumentMap(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const value = raw['arguments'];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function conditionsOf(
  input: QualityInput,
  metric: QualityMetric | Aggregate | 'sql',
  severity: 'warn' | 'fail',
): readonly Condition[] | null {
  const conditions: Condition[] = [];
  for (const [key, value] of Object.entries(input.raw)) {
    if (!/^must/i.test(key)) continue;
    const operator = OPERATORS.find((known) => known === key);
    if (operator === undefined) return problem(input, `${metric}: "${key}" is no operator (${OPERATORS.join(', ')})`);
    const operands = operandsOf(operator, value);
    if (operands === null) {
      const why = `${metric}: ${key} expects ${expected(operator)}, found ${shownValue(value)}`;
      // The standard lets a rule compare with any value: such a rule is right, and no reason to leave the others unchecked.
      if (typeof value !== 'string' && typeof value !== 'boolean') return problem(input, why);
      const { column, line } = input;
      const at = column === null ? 'the table' : `column "${column}"`;
      input.notChecked.push({ what: `quality ${why} (${at})`, line, severity });
      return null;
    }
    conditions.push({ operator, operands });
  }
  return conditions.length > 0 ? conditions : problem(input, `${metric}: no operator such as mustBe or mustBeLessThan`);
}

function operandsOf(operator: Operator, value: unknown): readonly number[] | null {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const numbers = list.filter((item) => typeof item === 'number').filter((item) => Number.isFinite(item));
  if (numbers.length !== list.length) return null;
  if (!isRange(operator)) return Array.isArray(value) ? null : numbers;
  const [low, high] = numbers;
  return numbers.length === 2 && low !== undefined && high !== undefined && low <= high ? numbers : null;
}

function isRange(operator: Operator): boolean {
  return operator === 'mustBeBetween' || operator === 'mustNotBeBetween';
}

function expected(operator: Operator): string {
  return isRange(operator) ? 'two numbers, the smaller first' : 'a number';
}

interface Details {
  readonly missingValues: readonly string[];
  readonly validValues: readonly string[] | null;
  readonly pattern: Pattern | null;
}

function argumentsOf(
  input: QualityInput,
  metric: QualityMetric,
  at: string,
  severity: 'warn' | 'fail',
): Details | null {
  const args = argumentMap(input.raw);
  const none: Details = { missingValues: [], validValues: null, pattern: null };
  if (metric === 'missingValues') {
    const missingValues = texts(args['missingValues'] ?? [null]);
    return missingValues === null ? problem(input, 'missingValues needs a list of values') : { ...none, missingValues };
  }
  if (metric !== 'invalidValues') return none;
  const validValues = args['validValues'] === undefined ? null : texts(args['validValues']);
  if (args['validValues'] !== undefined && validValues === null)
    return problem(input, 'validValues needs a list of values');
  const source = args['pattern'];
  if (validValues === null && source === undefined) {
    return problem(input, 'invalidValues needs arguments.validValues or arguments.pattern');
  }
  if (source === undefined) return { ...none, validValues };
  const compiled = compilePattern(scalarText(source));
  if (compiled.ok) return { ...none, validValues, pattern: compiled.pattern };
  input.notChecked.push({ what: `pattern of invalidValues of ${at} (${compiled.reason})`, line: input.line, severity });
  return null;
}

/** Values as a CSV file would hold them; null is the empty field. */
function texts(raw: unknown): readonly string[] | null {
  if (!Array.isArray(raw)) return null;
  const list: readonly unknown[] = raw;
  const values = list.map((item) => {
    if (item === null) return '';
    return ['string', 'number', 'bigint', 'boolean'].includes(typeof item) ? String(item) : null;
  });
  const known = values.filter((value) => value !== null);
  return known.length === values.length ? [...new Set(known)] : null;
}

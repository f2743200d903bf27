import { z } from 'zod';
import { didYouMean } from '../suggest.ts';
import {
  AGGREGATES,
  type Aggregate,
  type AggregateRule,
  type Condition,
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
  /** Appended to, as are the three lists below. */
  readonly notChecked: NotChecked[];
  readonly rules: QualityRule[];
  readonly sqlRules: SqlRule[];
  readonly aggregates: AggregateRule[];
}

/** A rule whose `raw` is in the words of ODCS 3.1, with what each kind of rule has. */
interface Rule extends QualityInput {
  readonly severity: 'warn' | 'fail';
  readonly label: string;
  /** In words, where it stands. */
  readonly at: string;
}

/**
 * Reads one quality rule. Library metrics and SQL become rules; `custom`, what we don't know and what is wrong in itself
 * is listed as not checked, so that the others are checked all the same; `text` rules are for people, so they are
 * listed as warnings.
 */
export function readQuality(written: QualityInput): void {
  const raw = inWordsOf31(written.raw);
  const at = written.column === null ? 'the table' : `column "${written.column}"`;
  const rule: Rule = { ...written, raw, severity: severityOf(raw['severity']), label: labelOf(raw), at };
  const { line, label, severity } = rule;
  const type = raw['type'] ?? 'library';
  if (type === 'text') {
    rule.notChecked.push({ what: `text rule${label === '' ? '' : ` "${label}"`}`, line, severity: 'warn' });
    return;
  }
  if (type !== 'custom') rule.notChecked.push(...mistakenRuleKeys(raw, at, line));
  if (type === 'sql') readSql(rule);
  else if (type === 'custom' && raw['engine'] === 'trainyard') readAggregate(rule);
  else if (type === 'library') readLibrary(rule);
  else rule.notChecked.push({ what: `quality rule of type ${shownValue(type)} of ${at}`, line, severity });
}

function readLibrary(rule: Rule): void {
  const { raw, at, line, severity, label } = rule;
  const name = raw['metric'];
  const metric = QUALITY_METRICS.find((known) => known === name);
  if (metric === undefined) {
    const meant = typeof name === 'string' ? didYouMean(name, QUALITY_METRICS) : null;
    const hint = meant === null ? `expected one of ${QUALITY_METRICS.join(', ')}` : `did you mean ${meant}?`;
    rule.notChecked.push({ what: `quality metric ${shownValue(name)} of ${at} (${hint})`, line, severity });
    return;
  }
  const columns = columnsOf(rule, metric);
  const conditions = conditionsOf(rule, metric);
  const details = argumentsOf(rule, metric);
  const unit = raw['unit'] ?? 'rows';
  for (const key of unknownArguments(metric, argumentMap(raw), rule.column)) {
    const what = `argument "${key.slice(0, 100)}" of ${metric} of ${at}`;
    rule.notChecked.push({ what, line, severity });
  }
  if ((unit !== 'rows' && unit !== 'percent') || (metric === 'rowCount' && unit === 'percent')) {
    rule.notChecked.push({ what: `unit ${shownValue(unit)} of ${metric} of ${at}`, line, severity });
    return;
  }
  if (columns === null || conditions === null || details === null) return;
  rule.rules.push({ metric, columns, unit, conditions, ...details, severity, label, line });
}

/** In UTF-16 code units. */
const MAX_QUERY = 20_000;
/** The operators that a query's true or false can be held to. */
const EQUAL = ['mustBe', 'mustNotBe'];

function readSql(input: Rule): void {
  const { column, line, severity, label } = input;
  const query = input.raw['query'];
  if (typeof query !== 'string' || query.trim() === '' || query.length > MAX_QUERY) {
    wrong(input, `rule of type sql: it needs a query, one SELECT of ${MAX_QUERY} characters at most`);
    return;
  }
  const entries = Object.entries(input.raw);
  const isTruth = ([key, value]: [string, unknown]): boolean => EQUAL.includes(key) && typeof value === 'boolean';
  const raw = Object.fromEntries(entries.map((one) => (isTruth(one) ? [one[0], Number(one[1])] : one)));
  const conditions = conditionsOf({ ...input, raw }, 'sql');
  const truth = entries.some(isTruth);
  if (conditions !== null) input.sqlRules.push({ query, column, conditions, truth, severity, label, line });
}

const Implementation = z.looseObject({
  aggregate: z.enum(AGGREGATES),
  p: z.number().min(0).max(1).optional(),
});

/** A rule of our own: `implementation` holds `aggregate`, and the operators that the standard has no other place for. */
function readAggregate(input: Rule): void {
  const { column, line, severity, label } = input;
  const parsed = Implementation.safeParse(input.raw['implementation']);
  if (!parsed.success || column === null) {
    const where = column === null ? ' of a column' : '';
    wrong(
      input,
      `rule of engine trainyard: it needs implementation.aggregate${where}, one of ${AGGREGATES.join(', ')}`,
    );
    return;
  }
  const { aggregate, p, ...rest } = parsed.data;
  const unknown = Object.keys(rest).find((key) => !/^must/.test(key));
  if (unknown !== undefined) {
    wrong(input, `implementation of ${aggregate}: "${unknown.slice(0, 100)}" is unknown`);
    return;
  }
  if ((aggregate === 'quantile') !== (p !== undefined)) {
    wrong(input, 'implementation: p (from 0 to 1) belongs to quantile, and quantile needs it');
    return;
  }
  const conditions = conditionsOf({ ...input, raw: rest }, aggregate);
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

/** A rule that is wrong in itself: it is not checked, and is no reason to leave the others unchecked. */
function wrong({ notChecked, at, line, severity }: Rule, why: string): null {
  notChecked.push({ what: `quality ${why} (${at})`, line, severity });
  return null;
}

function columnsOf(input: Rule, metric: QualityMetric): readonly string[] | null {
  if (metric === 'rowCount') return [];
  if (input.column !== null) return [input.column];
  const properties = argumentMap(input.raw)['properties'];
  if (metric !== 'duplicateValues') return wrong(input, `${metric}: it belongs to a column, not to the table`);
  if (!Array.isArray(properties) || properties.length === 0 || !properties.every((name) => typeof name === 'string')) {
    return wrong(input, 'duplicateValues: at the table it needs arguments.properties, a list of columns');
  }
  return properties;
}

function argumentMap(raw: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const value = raw['arguments'];
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function conditionsOf(input: Rule, metric: QualityMetric | Aggregate | 'sql'): readonly Condition[] | null {
  const conditions: Condition[] = [];
  for (const [key, value] of Object.entries(input.raw)) {
    if (!/^must/i.test(key)) continue;
    const operator = OPERATORS.find((known) => known === key);
    if (operator === undefined)
      return wrong(input, `${metric}: "${key.slice(0, 100)}" is no operator, expected one of ${OPERATORS.join(', ')}`);
    const operands = operandsOf(operator, value);
    if (operands === null)
      return wrong(input, `${metric}: ${key} expects ${expected(operator)}, found ${shownValue(value)}`);
    conditions.push({ operator, operands });
  }
  return conditions.length > 0
    ? conditions
    : wrong(input, `${metric}: no operator, write what it must be, such as mustBe: 0 or mustBeLessThan: 10`);
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

function argumentsOf(input: Rule, metric: QualityMetric): Details | null {
  const args = argumentMap(input.raw);
  const none: Details = { missingValues: [], validValues: null, pattern: null };
  if (metric === 'missingValues') {
    const missingValues = texts(args['missingValues'] ?? [null]);
    return missingValues === null
      ? wrong(input, 'missingValues: arguments.missingValues is a list of values')
      : { ...none, missingValues };
  }
  if (metric !== 'invalidValues') return none;
  const validValues = args['validValues'] === undefined ? null : texts(args['validValues']);
  if (args['validValues'] !== undefined && validValues === null)
    return wrong(input, 'invalidValues: arguments.validValues is a list of values');
  const source = args['pattern'];
  if (validValues === null && source === undefined) {
    return wrong(input, 'invalidValues: it needs arguments.validValues or arguments.pattern');
  }
  if (source === undefined) return { ...none, validValues };
  const compiled = compilePattern(scalarText(source));
  if (compiled.ok) return { ...none, validValues, pattern: compiled.pattern };
  const { at, line, severity } = input;
  input.notChecked.push({ what: `pattern of invalidValues of ${at} (${compiled.reason})`, line, severity });
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

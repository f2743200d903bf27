import { compareDatasetRules } from './compare-dataset-rules.ts';
import { addedMissing, addedWaivers, compareLeniency, compareRelations } from './compare-leniency.ts';
import type { Bound, ColumnOptions, ContractColumn, DataContract, Loosening, QualityRule } from './contract-model.ts';
import { compareAgainstBase } from './diff/compare-against-base.ts';

/**
 * Lists the loosenings from base to head. Where the two can't be compared (another pattern, another type), the change
 * is listed: better one approval too many than a silent one too few.
 */
export function compareContracts(base: DataContract, head: DataContract): readonly Loosening[] {
  const found: Loosening[] = [];
  const after = new Map(head.columns.map((column) => [column.name, column]));
  for (const before of base.columns) {
    const column = after.get(before.name);
    if (column === undefined)
      found.push({ column: before.name, message: `column "${before.name}" is dropped`, line: null });
    else compareColumn(before, column, found);
  }
  compareKeys(base, head, found);
  compareRules(base, head, found);
  found.push(
    ...compareRelations(base, head),
    ...compareAgainstBase(base, head),
    ...compareDatasetRules(base, head),
    ...addedWaivers(base, head),
    ...addedMissing(base, head),
  );
  const unchecked = new Set(base.notChecked.map((item) => item.what));
  for (const { what, line } of head.notChecked) {
    if (!unchecked.has(what)) found.push({ column: null, message: `${what} is new and cannot be checked`, line });
  }
  return found;
}

function compareColumn(before: ContractColumn, after: ContractColumn, found: Loosening[]): void {
  const add = (message: string): void => {
    found.push({ column: after.name, message: `column "${after.name}": ${message}`, line: after.line });
  };
  if (before.required && !after.required) add('is no longer required');
  if (before.unique && !after.unique) add('is no longer unique');
  if (before.logicalType !== null && before.logicalType !== after.logicalType && !isNarrower(before, after)) {
    add(`type changes from ${before.logicalType} to ${after.logicalType ?? 'none'}`);
  }
  compareOptions(before.options, after.options, add);
  compareLeniency(before, after, add);
}

/** Every integer is a number, so asking for integers asks for more. */
function isNarrower(before: ContractColumn, after: ContractColumn): boolean {
  return before.logicalType === 'number' && after.logicalType === 'integer';
}

function compareOptions(before: ColumnOptions, after: ColumnOptions, add: (message: string) => void): void {
  compareBound('minimum', before.minimum, after.minimum, add);
  compareBound('maximum', before.maximum, after.maximum, add);
  if (before.multipleOf !== null && before.multipleOf !== after.multipleOf)
    add(`multipleOf ${before.multipleOf} is dropped or changed`);
  if ((before.minLength ?? 0) > (after.minLength ?? 0))
    add(`minLength falls from ${before.minLength} to ${after.minLength ?? 'none'}`);
  if ((before.maxLength ?? Infinity) < (after.maxLength ?? Infinity)) {
    add(`maxLength rises from ${before.maxLength} to ${after.maxLength ?? 'none'}`);
  }
  if (before.pattern !== null && before.pattern.source !== after.pattern?.source) {
    add(after.pattern === null ? 'its pattern is dropped' : 'its pattern changes');
  }
  if (before.textFormat !== null && before.textFormat.name !== after.textFormat?.name)
    add(`format changes from ${before.textFormat.name} to ${after.textFormat?.name ?? 'none'}`);
  compareValues('enum', before.values, after.values, add);
  if (before.format !== null && before.format.pattern !== after.format?.pattern) {
    add(`format changes from ${before.format.pattern} to ${after.format?.pattern ?? 'none'}`);
  }
  if (before.timezone !== null && before.timezone !== after.timezone)
    add(`timezone ${before.timezone} is dropped or changed`);
}

function compareBound(
  name: 'minimum' | 'maximum',
  before: Bound | null,
  after: Bound | null,
  add: (message: string) => void,
): void {
  if (before === null) return;
  if (after === null) {
    add(`${name} ${before.text} is dropped`);
    return;
  }
  const order = boundOrder(after, before);
  const wider = name === 'minimum' ? order < 0 : order > 0;
  const opened = order === 0 && before.exclusive && !after.exclusive;
  if (wider || opened) add(`${name} widens from ${show(before)} to ${show(after)}`);
}

function boundOrder(a: Bound, b: Bound): number {
  if (a.exact !== null && b.exact !== null) return a.exact < b.exact ? -1 : Number(a.exact > b.exact);
  return a.value - b.value;
}

function show(bound: Bound): string {
  return `${bound.text}${bound.exclusive ? ' (exclusive)' : ''}`;
}

function compareValues(
  name: string,
  before: readonly string[] | null,
  after: readonly string[] | null,
  add: (message: string) => void,
): void {
  if (before === null) return;
  if (after === null) {
    add(`${name} is dropped`);
    return;
  }
  const known = new Set(before);
  const added = after.filter((value) => !known.has(value));
  if (added.length > 0)
    add(
      `${name} also allows ${added
        .slice(0, 5)
        .map((value) => JSON.stringify(value))
        .join(', ')}`,
    );
}

function compareKeys(base: DataContract, head: DataContract, found: Loosening[]): void {
  const before = keyColumns(base);
  const after = new Set(keyColumns(head));
  // A key of more columns is equal less often, so any change but dropping columns from it is a loosening.
  const wider = [...after].some((name) => !before.includes(name)) || (before.length > 0 && after.size === 0);
  if (before.length === 0 || !wider) return;
  const message = `the primary key changes from ${before.join(', ')} to ${[...after].join(', ') || 'none'}`;
  found.push({ column: null, message, line: null });
}

function keyColumns(contract: DataContract): readonly string[] {
  return contract.columns.filter((column) => column.primaryKey !== null).map((column) => column.name);
}

function compareRules(base: DataContract, head: DataContract, found: Loosening[]): void {
  const left = [...head.rules];
  for (const before of base.rules) {
    // An unchanged rule must not be taken for the successor of another one on the same column.
    const same = left.findIndex((rule) => fullKey(rule) === fullKey(before));
    if (same !== -1) left.splice(same, 1);
  }
  const gone = base.rules.filter((rule) => !head.rules.some((other) => fullKey(other) === fullKey(rule)));
  for (const before of gone) {
    const index = left.findIndex((rule) => ruleKey(rule) === ruleKey(before));
    const after = index === -1 ? undefined : left.splice(index, 1)[0];
    const column = before.columns[0] ?? null;
    const where = column === null ? 'the table' : `column "${before.columns.join(', ')}"`;
    const add = (message: string): void => {
      found.push({ column, message: `${where}: ${message}`, line: after?.line ?? null });
    };
    if (after === undefined) add(`quality rule ${before.metric} is dropped`);
    else compareRule(before, after, add);
  }
}

function ruleKey(rule: QualityRule): string {
  return JSON.stringify([rule.metric, rule.columns, rule.unit]);
}

function fullKey(rule: QualityRule): string {
  const { metric, columns, unit, conditions, missingValues, validValues, pattern, severity } = rule;
  return JSON.stringify([metric, columns, unit, conditions, missingValues, validValues, pattern?.source, severity]);
}

function compareRule(before: QualityRule, after: QualityRule, add: (message: string) => void): void {
  const name = `quality rule ${before.metric}`;
  if (before.severity === 'fail' && after.severity === 'warn') add(`${name} is only a warning now`);
  for (const condition of before.conditions) {
    if (!after.conditions.some((other) => implies(other, condition))) {
      const now = after.conditions.map((other) => `${other.operator} ${other.operands.join(' and ')}`).join(', ');
      add(`${name} changes from ${condition.operator} ${condition.operands.join(' and ')} to ${now}`);
    }
  }
  if (before.missingValues.some((value) => !after.missingValues.includes(value)))
    add(`${name} counts fewer values as missing`);
  compareValues(`${name}: validValues`, before.validValues, after.validValues, add);
  if (before.pattern !== null && before.pattern.source !== after.pattern?.source)
    add(`${name}: its pattern is dropped or changed`);
}

type Condition = QualityRule['conditions'][number];

/** Whether whatever meets `a` also meets `b`; false where that isn't obvious. */
function implies(a: Condition, b: Condition): boolean {
  if (
    a.operator === 'mustNotBe' ||
    b.operator === 'mustNotBe' ||
    a.operator === 'mustNotBeBetween' ||
    b.operator === 'mustNotBeBetween'
  ) {
    return a.operator === b.operator && JSON.stringify(a.operands) === JSON.stringify(b.operands);
  }
  const [inner, outer] = [interval(a), interval(b)];
  const low = inner.low > outer.low || (inner.low === outer.low && (inner.closedLow ? outer.closedLow : true));
  const high = inner.high < outer.high || (inner.high === outer.high && (inner.closedHigh ? outer.closedHigh : true));
  return low && high;
}

interface Interval {
  readonly low: number;
  readonly high: number;
  readonly closedLow: boolean;
  readonly closedHigh: boolean;
}

function interval(condition: Condition): Interval {
  const [first = Number.NaN, second = Number.NaN] = condition.operands;
  const all = { low: -Infinity, high: Infinity, closedLow: true, closedHigh: true };
  switch (condition.operator) {
    case 'mustBe':
      return { ...all, low: first, high: first };
    case 'mustBeGreaterThan':
      return { ...all, low: first, closedLow: false };
    case 'mustBeGreaterOrEqualTo':
      return { ...all, low: first };
    case 'mustBeLessThan':
      return { ...all, high: first, closedHigh: false };
    case 'mustBeLessOrEqualTo':
      return { ...all, high: first };
    case 'mustBeBetween':
      return { ...all, low: first, high: second };
    case 'mustNotBe':
    case 'mustNotBeBetween':
      // Not one interval: the caller compares these as they are.
      return all;
  }
}

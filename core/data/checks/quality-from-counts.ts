import { holds } from '../condition.ts';
import type { ContractColumn, QualityRule } from '../contract-model.ts';
import type { RuleName } from '../rule-names.ts';
import { isAmong, type Written } from '../written-forms.ts';
import { qualityWords } from './condition-words.ts';
import { cut, type Measured, rowsOf, type Search } from './measured.ts';
import type { ValueCounts } from './value-counts.ts';

const NAMES: Readonly<Record<QualityRule['metric'], RuleName>> = {
  nullValues: 'null_values',
  missingValues: 'missing_values',
  invalidValues: 'invalid_values',
  duplicateValues: 'duplicate_values',
  rowCount: 'row_count',
};

/** Judges a library metric whose value has been counted. @param count rows that count for the metric */
export function judgeQuality(rule: QualityRule, count: number, rows: number, search: Search | null): Measured {
  const value = rule.unit === 'percent' ? (rows === 0 ? 0 : (100 * count) / rows) : count;
  const good = rule.conditions.every((condition) => holds(condition, value));
  return {
    rule: NAMES[rule.metric],
    columns: rule.columns,
    severity: rule.severity,
    status: good ? 'passed' : 'failed',
    expected: cut(qualityWords(rule)),
    found: rule.unit === 'percent' ? `${Number(value.toPrecision(6))} % (${rowsOf(count, rows)})` : `${count}`,
    count: rule.metric === 'rowCount' ? null : count,
    of: rows,
    tolerance: null,
    contractLine: rule.line,
    label: rule.label,
    search: good ? null : search,
  };
}

/** Rows that count for a metric of one column, from its exact value counts; null for a metric of the table. */
export function countForMetric(
  rule: QualityRule,
  { nulls, counts }: ValueCounts,
  written: Written | null,
): { count: number; bad: string[] } | null {
  const total = (counted: (value: string) => boolean): { count: number; bad: string[] } => {
    let count = 0;
    const bad: string[] = [];
    for (const [value, rows] of counts) {
      if (!counted(value)) continue;
      count += rows;
      if (bad.length < 20) bad.push(value);
    }
    return { count, bad };
  };
  switch (rule.metric) {
    case 'rowCount':
      return null;
    case 'nullValues':
      return { count: nulls, bad: [] };
    case 'missingValues': {
      const missing = new Set(rule.missingValues);
      const found = total((value) => missing.has(value));
      return { count: found.count + (missing.has('') ? nulls : 0), bad: found.bad };
    }
    case 'invalidValues': {
      const isValid = rule.validValues === null ? () => true : isAmong(rule.validValues, written);
      return total((value) => !isValid(value) || (rule.pattern !== null && !rule.pattern.test(value)));
    }
    case 'duplicateValues': {
      if (rule.columns.length !== 1) return null;
      let count = 0;
      const bad: string[] = [];
      for (const [value, rows] of counts) {
        count += rows - 1;
        if (rows > 1 && bad.length < 20) bad.push(value);
      }
      return { count, bad };
    }
  }
}

/** The columns that make up the primary key, in its order. */
export function primaryKeyOf(columns: readonly ContractColumn[]): readonly ContractColumn[] {
  return columns
    .filter((column) => column.primaryKey !== null)
    .sort((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0));
}

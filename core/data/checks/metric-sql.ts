import type { QualityRule } from '../contract-model.ts';
import { quoteText } from '../sql/quote.ts';
import type { Written } from '../written-forms.ts';
import { toRe2 } from './pattern-sql.ts';
import { type TableColumn, textOf } from './table.ts';
import { isAmongSql } from './written-forms-sql.ts';

/**
 * The condition for rows that count for a metric of one column; null where it has none (duplicates, rows of the table, a
 * pattern that RE2 can't take).
 * @param written how valid values may be written
 */
export function metricCondition(rule: QualityRule, table: TableColumn, written: Written | null): string | null {
  const text = textOf(table);
  switch (rule.metric) {
    case 'rowCount':
    case 'duplicateValues':
      return null;
    case 'nullValues':
      return `${table.sql} IS NULL`;
    case 'missingValues': {
      const present = `coalesce(${isAmongSql(rule.missingValues, null, text)}, false)`;
      return rule.missingValues.includes('') ? `(${table.sql} IS NULL OR ${present})` : present;
    }
    case 'invalidValues': {
      const pattern = rule.pattern === null ? null : toRe2(rule.pattern.source);
      if (rule.pattern !== null && pattern === null) return null;
      const parts = [
        ...(rule.validValues === null ? [] : [`NOT ${isAmongSql(rule.validValues, written, text)}`]),
        ...(pattern === null ? [] : [`NOT regexp_matches(${text}, ${quoteText(pattern)})`]),
      ];
      return `coalesce(${parts.join(' OR ')}, false)`;
    }
  }
}

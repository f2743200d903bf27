import { type ContractDraft, type DraftColumn, PLAIN_COLUMN } from '../contract-text/draft.ts';
import type { DataReport, RuleResult } from '../report/data-report.ts';
import { markerAmong, missingAdvice } from './missing.ts';
import { shownExamples } from './mostly.ts';

/**
 * The draft without what the data at hand does not meet, by the report of a check against it; null where it meets all.
 * A type is guessed from the first values where there are very many, and NaN is no number to a contract.
 */
export function loosened(draft: ContractDraft, { rules }: Pick<DataReport, 'rules'>): ContractDraft | null {
  const open = rules.filter(({ severity, status }) => severity === 'fail' && status !== 'passed');
  const columns = draft.columns.map((column) => open.filter((rule) => rule.columns.includes(column.name)));
  if (columns.every((unmet) => unmet.length === 0)) return null;
  const unmet = (set: readonly string[]): boolean =>
    open.some(({ columns: of }) => of.length === set.length && set.every((name) => of.includes(name)));
  return {
    ...draft,
    columns: draft.columns.map((column, at) => (columns[at] ?? []).reduce(withoutRule, column)),
    unique: draft.unique.filter((set) => !unmet(set)),
  };
}

function withoutRule(column: DraftColumn, result: RuleResult): DraftColumn {
  switch (result.rule) {
    case 'type': {
      const { name, required, pii } = column;
      const values = result.examples.length === 0 ? '' : `, ${shownExamples(result)}`;
      const comment = `not every value is of the type ${column.logicalType}, so none is stated: ${result.found}${values}`;
      const marker = markerAmong(result);
      const advice = marker === null ? [] : [missingAdvice({ value: marker, others: column.logicalType })];
      const comments = [...column.comments, comment, ...advice];
      return { ...PLAIN_COLUMN, name, required, pii, comments };
    }
    case 'required':
      return { ...column, required: false };
    case 'unique':
      return { ...column, unique: false };
    case 'primary_key':
      return { ...column, primaryKey: null };
    case 'pattern': {
      const { pattern: _, ...options } = column.options;
      return { ...column, options };
    }
    default:
      return { ...column, options: {}, values: null };
  }
}

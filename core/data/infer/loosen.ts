import { type ContractDraft, type DraftColumn, PLAIN_COLUMN } from '../contract-text/draft.ts';
import type { DataReport, RuleResult } from '../report/data-report.ts';

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

function withoutRule(column: DraftColumn, { rule, found }: RuleResult): DraftColumn {
  switch (rule) {
    case 'type': {
      const { name, physicalType, required, pii } = column;
      const comment = `not every value is of the type ${column.logicalType}, so none is stated: ${found}`;
      return { ...PLAIN_COLUMN, name, physicalType, required, pii, comments: [...column.comments, comment] };
    }
    case 'required':
      return { ...column, required: false };
    case 'unique':
      return { ...column, unique: false };
    case 'primary_key':
      return { ...column, primaryKey: null };
    default:
      return { ...column, options: {}, values: null };
  }
}

import type { ContractColumn, DataContract, NotChecked, Setting } from '../../../../core/data/contract-model.ts';

/** What the reader of one CSV file can't judge: it runs no SQL, has no other dataset beside it, and no clock. */
export function notCheckedHere(contract: DataContract): readonly NotChecked[] {
  const { sqlRules, foreignKeys, freshness, aggregates, labels, settings, columns } = contract;
  const open = (what: string, { line, severity }: { line: number; severity: 'warn' | 'fail' }): NotChecked => ({
    what,
    line,
    severity,
  });
  return [
    ...contract.notChecked,
    ...sqlRules.map((rule) => {
      const where = rule.column === null ? 'the table' : `column "${rule.column}"`;
      return open(`quality rule of type "sql" of ${where}`, rule);
    }),
    ...foreignKeys.map((key) => open(`relationship of ${key.columns.join(', ')}`, key)),
    ...freshness.map((rule) => open(`${rule.property} of column "${rule.column}"`, rule)),
    ...aggregates.map((rule) => open(`the ${rule.aggregate} of column "${rule.column}"`, rule)),
    ...labels.flatMap(({ column, leakage, balance, line }) =>
      [leakage, balance].some((one) => one?.severity === 'fail')
        ? [open(`leakage and balance of label "${column}"`, { line, severity: 'fail' })]
        : [],
    ),
    ...settings.overlaps.map((one) =>
      open(`overlap with ${one.with}`, { line: one.line ?? 1, severity: one.severity }),
    ),
    ...stated('repeated rows', settings.duplicateRows),
    ...stated('constant columns', settings.constant),
    ...stated('outliers', settings.outliers),
    ...stated('undeclared personal data', settings.personalHints),
    ...columns.flatMap((column) => shapeOf(column)),
  ];
}

function stated(what: string, setting: Setting | null): readonly NotChecked[] {
  if (setting === null || setting.line === null) return [];
  return [{ what, line: setting.line, severity: setting.severity }];
}

function shapeOf({ name, line, severity, shape }: ContractColumn): readonly NotChecked[] {
  return shape === null ? [] : [{ what: `type "${shape.kind}" of column "${name}"`, line, severity }];
}

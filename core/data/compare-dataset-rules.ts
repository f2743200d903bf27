import type { ContractColumn, DataContract, Loosening, Setting, TableSettings } from './contract-model.ts';

/** What a contract asks of the dataset as a whole and of values inside of values, where the head asks for less. */
export function compareDatasetRules(base: DataContract, head: DataContract): readonly Loosening[] {
  return [
    ...settings(base.settings, head.settings),
    ...labels(base, head),
    ...aggregates(base, head),
    ...base.columns.flatMap((before) => {
      const after = head.columns.find(({ name }) => name === before.name);
      return after === undefined ? [] : ofColumn(before, after);
    }),
  ];
}

const NAMES = {
  extraColumns: 'the check for other columns',
  columnOrder: 'the check of the order of columns',
  duplicateRows: 'the check for repeated rows',
  constant: 'the check for constant columns',
  outliers: 'the check for outliers',
  personalHints: 'the check for undeclared personal data',
} as const;

function settings(before: TableSettings, after: TableSettings): readonly Loosening[] {
  const found: Loosening[] = [];
  for (const key of ['extraColumns', 'columnOrder', 'duplicateRows', 'constant', 'outliers', 'personalHints'] as const)
    if (isLooser(before[key], after[key])) found.push(loosening(null, `${NAMES[key]} asks for less`, after[key]?.line));
  if (!before.ignoreCase && after.ignoreCase) found.push(loosening(null, 'names of columns may differ in case', null));
  for (const one of before.overlaps) {
    const same = after.overlaps.find((other) => other.with === one.with && sameColumns(other.columns, one.columns));
    if (same === undefined || isLooser(one, same))
      found.push(
        loosening(null, `the check that no row is also in ${one.with} is dropped or asks for less`, same?.line),
      );
  }
  return found;
}

function sameColumns(a: readonly string[] | null, b: readonly string[] | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Whether something passes `after` that `before` fails; a warning passes everything. */
function isLooser(before: Setting | null, after: Setting | null): boolean {
  if (before === null || before.severity === 'warn') return false;
  if (after === null || after.severity === 'warn') return true;
  const [from, to] = [before.tolerance, after.tolerance];
  if (to === null || to.value === 0) return false;
  // A count and a share can't be compared without the data.
  return from === null || from.unit !== to.unit || to.value > from.value;
}

function labels(base: DataContract, head: DataContract): readonly Loosening[] {
  return base.labels.flatMap((before): Loosening[] => {
    const after = head.labels.find(({ column }) => column === before.column);
    const { column } = before;
    if (after === undefined) return [loosening(column, `column "${column}" is no longer marked as label`, null)];
    const found: Loosening[] = [];
    const add = (message: string): void => {
      found.push(loosening(column, `label "${column}": ${message}`, after.line));
    };
    if (isLooser(before.leakage, after.leakage)) add('the check for leakage asks for less');
    if (isLooser(before.balance, after.balance)) add('the check of its balance asks for less');
    const ignored = after.ignored.filter((name) => !before.ignored.includes(name));
    if (before.leakage?.severity === 'fail' && ignored.length > 0) add(`leakage of ${ignored.join(', ')} is let pass`);
    const rarer = after.leastShare < before.leastShare || after.leastRows < before.leastRows;
    if (before.balance?.severity === 'fail' && rarer) add('rarer classes are let pass');
    return found;
  });
}

function aggregates(base: DataContract, head: DataContract): readonly Loosening[] {
  const key = ({ aggregate, p, column, conditions, severity }: DataContract['aggregates'][number]): string =>
    JSON.stringify([aggregate, p, column, conditions, severity]);
  const left = new Set(head.aggregates.map(key));
  return base.aggregates
    .filter((one) => one.severity === 'fail' && !left.has(key(one)))
    .map(({ column, aggregate }) =>
      loosening(column, `the ${aggregate} of column "${column}": its rule is dropped or changed`, null),
    );
}

function ofColumn(before: ContractColumn, after: ContractColumn): readonly Loosening[] {
  const found: Loosening[] = [];
  const add = (message: string): void => {
    found.push(loosening(after.name, `column "${after.name}": ${message}`, after.line));
  };
  if (isLooser(before.constant, after.constant)) add('the check that it is not constant asks for less');
  if (isLooser(before.outliers, after.outliers)) add('the check for outliers asks for less');
  if (before.shape !== null && shapeKey(before) !== shapeKey(after)) add('what its values consist of changes');
  return found;
}

/** All that a shape says, lines left out: they move. */
function shapeKey({ shape }: ContractColumn): string {
  return JSON.stringify(shape, (key, value: unknown) => {
    if (key === 'line') return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });
}

function loosening(column: string | null, message: string, line: number | null | undefined): Loosening {
  return { column, message, line: line ?? null };
}

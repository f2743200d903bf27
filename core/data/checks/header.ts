import type { DataContract } from '../contract-model.ts';
import { cut, type Measured } from './measured.ts';

/** What a contract says of a file's columns as such: that each is there, once, and that no other is. */
export function judgeHeader(contract: DataContract, names: readonly string[]): Measured[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const measured = contract.columns.flatMap(({ name, line, severity }): Measured[] =>
    counts.has(name)
      ? []
      : [structural('column_missing', name, 'the column in the file', 'no such column', line, severity)],
  );
  const declared = new Set(contract.columns.map(({ name }) => name));
  for (const [name, count] of counts) {
    if (!declared.has(name))
      measured.push(
        structural(
          'column_undeclared',
          name,
          'columns of the contract only',
          'a column that is not in the contract: declare it there or drop it',
        ),
      );
    if (count > 1)
      measured.push(structural('column_repeated', name, 'each column once', `${count} columns of this name`));
  }
  if (measured.length === 0)
    measured.push({
      ...structural('columns', '', 'the columns of the contract', 'the same columns'),
      status: 'passed',
      columns: [],
    });
  return measured;
}

function structural(
  rule: string,
  name: string,
  expected: string,
  found: string,
  contractLine: number | null = null,
  severity: 'warn' | 'fail' = 'fail',
): Measured {
  const columns = [cut(name, 256)];
  return {
    rule,
    columns,
    severity,
    status: 'failed',
    expected,
    found,
    count: null,
    of: 0,
    tolerance: null,
    contractLine,
    label: '',
    search: null,
  };
}

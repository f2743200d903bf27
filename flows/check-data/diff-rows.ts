import type { DataTable } from '../../core/data/checks/table.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { countsQuery, examplesQuery, keysQuery, planDiff, readDiff, readKeys } from '../../core/data/diff/row-diff.ts';
import type { RowDiff } from '../../core/data/report/base.ts';
import { mask } from './masking.ts';
import type { DataEngine } from './ports.ts';

/** Examples of each kind: added, removed, changed. */
const EXAMPLES = 10;

export interface DiffTables {
  readonly head: DataTable;
  readonly base: DataTable;
  readonly contract: DataContract;
  /** Columns whose values no report may show. */
  readonly personal: ReadonlySet<string>;
}

/** The rows by which head and base differ; null where the contract has no key or it tells rows apart on neither side. @throws DataEngineError */
export async function diffRows(
  { head, base, contract, personal }: DiffTables,
  engine: DataEngine,
): Promise<RowDiff | null> {
  const key = contract.columns
    .filter(({ primaryKey }) => primaryKey !== null)
    .sort((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0))
    .map(({ name }) => name);
  const { plan } = planDiff(head, base, key);
  if (plan === null) return null;
  const keys = await engine.query(keysQuery(plan));
  if (readKeys(plan, keys.rows[0] ?? []) !== null) return null;
  const counts = await engine.query(countsQuery(plan));
  const examples = await engine.query(examplesQuery(plan, EXAMPLES));
  const hide = (column: string, value: string): string => (personal.has(column) ? (mask(value) ?? '') : value);
  return readDiff(plan, counts.rows[0] ?? [], examples.rows, hide);
}

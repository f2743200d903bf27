import { cut } from '../../core/data/checks/measured.ts';
import { toNumberLine } from '../../core/data/checks/number-line.ts';
import { type TableColumn, textOf } from '../../core/data/checks/table.ts';
import { numberOf } from '../../core/data/checks/value-sql.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { sampledCategoriesColumn } from '../../core/data/profile/category-column.ts';
import { profileFromCounts } from '../../core/data/profile/from-counts.ts';
import { hashedValuesQuery, shareOfHashes } from '../../core/data/profile/hashed-values-sql.ts';
import { cellsColumn } from '../../core/data/profile/number-column.ts';
import type { DataProfile, ProfileColumn } from '../../core/data/profile/profile.ts';
import type { ColumnProfile, ColumnType } from '../../core/data/report/profile.ts';
import { cellsOf, driftTypes, isPlaced, type MeasuredTable } from './drift-samples.ts';
import { personalColumns } from './masking.ts';
import type { DataEngine } from './ports.ts';

/** What is kept of a dataset to compare others with. */
export interface ProfileOptions {
  readonly dataset: string;
  readonly contract: DataContract;
  /** Cells or categories of each column at most. */
  readonly cap: number;
}

/** A stored profile of a table that was measured: small, and equal to what its parts' profiles merge to. @throws DataEngineError */
export async function profileTable(
  measured: MeasuredTable,
  { dataset, contract, cap }: ProfileOptions,
  engine: DataEngine,
): Promise<DataProfile> {
  const { table, measures } = measured;
  const types = driftTypes(measured, contract);
  const profiles = new Map(measures.profiles.map((profile) => [profile.name, profile]));
  const personal = personalColumns(contract, measures.profiles);
  const columns: ProfileColumn[] = [];
  const seen = new Set<string>();
  for (const column of table.columns) {
    const name = cut(column.name, 256);
    const profile = profiles.get(name);
    // A name that occurs twice is a failed rule already, and names no column.
    if (profile === undefined || seen.has(name)) continue;
    seen.add(name);
    const type = types.get(column.name) ?? profile.type;
    const values = measures.counted.get(column);
    const hidden = personal.has(name);
    if (values !== undefined) columns.push(profileFromCounts({ name, type, counted: values }, hidden, cap));
    else if (hidden) columns.push(withheld(profile, type));
    else if (isPlaced(type)) columns.push(await manyNumbers({ measured, column, profile, engine, cap }, type));
    else columns.push(await manyCategories({ measured, column, profile, engine, cap }, type));
  }
  return { version: 1, dataset, rows: table.rows, cap, columns };
}

function withheld({ name, nulls, rows }: ColumnProfile, type: ColumnType): ProfileColumn {
  return { kind: 'withheld', name, type, nulls, total: rows - nulls };
}

/** A column with too many values to count one by one. */
interface Many {
  readonly measured: MeasuredTable;
  readonly column: TableColumn;
  readonly profile: ColumnProfile;
  readonly engine: DataEngine;
  readonly cap: number;
}

async function manyNumbers(
  { measured, column, profile, engine, cap }: Many,
  type: 'integer' | 'number' | 'date' | 'timestamp',
): Promise<ProfileColumn> {
  const { name, nulls, rows, mean, sd } = profile;
  const sketch = await cellsOf(engine, measured.table, numberOf({ logicalType: type }, column), cap);
  const count = sketch.counts.reduce((sum, one) => sum + one, 0);
  const read = toNumberLine(type) ?? Number;
  const extreme = (text: string | null): number | null => {
    const value = text === null ? Number.NaN : read(text);
    return Number.isFinite(value) ? value : null;
  };
  const squares = sd === null ? null : sd * sd * Math.max(0, count - 1);
  const moments = { count, min: extreme(profile.min), max: extreme(profile.max), mean, squares };
  return cellsColumn({ name, type, nulls, nan: rows - nulls - count }, moments, sketch, cap);
}

async function manyCategories(
  { measured, column, profile, engine, cap }: Many,
  type: ColumnType,
): Promise<ProfileColumn> {
  const { name, nulls, rows } = profile;
  const estimate = profile.distinct ?? profile.distinctEstimate ?? rows;
  // Of the least hashes somewhat more than are kept, and twice as many where the estimate was too high.
  for (let share = shareOfHashes(estimate, cap); ; share = Math.min(1, share * 2)) {
    const answer = await engine.query(hashedValuesQuery(measured.table.relation, textOf(column), share));
    if (answer.rows.length < cap && share < 1) continue;
    const pairs = answer.rows.map(([value, count]): [string, number] => [String(value), Number(count)]);
    const input = { name, type, nulls, pairs };
    return sampledCategoriesColumn(input, rows - nulls, cap);
  }
}

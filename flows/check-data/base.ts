import { toNumberLine } from '../../core/data/checks/number-line.ts';
import type { TableColumn } from '../../core/data/checks/table.ts';
import type { ValueCounts } from '../../core/data/checks/value-counts.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { compareDrift, type DriftColumn } from '../../core/data/drift/drift.ts';
import { numberCounts } from '../../core/data/drift/number-counts.ts';
import type { ColumnSample } from '../../core/data/drift/sample.ts';
import type { SchemaChange } from '../../core/data/report/base.ts';
import type { BaseComparison } from '../../core/data/report/data-report.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import { type Dataset, load } from './load.ts';
import { personalColumns } from './masking.ts';
import { measureTable, type TableMeasures } from './measure.ts';
import type { DataEngine, DataFiles } from './ports.ts';

const BASE = 'trainyard.base';

export interface BaseOptions {
  readonly base: Dataset;
  readonly contract: DataContract;
  readonly measures: TableMeasures;
  readonly engine: DataEngine;
  readonly files: DataFiles;
}

/** Compares the head's data with the base's: columns and the distribution of each. @throws DataEngineError */
export async function compareWithBase(options: BaseOptions): Promise<BaseComparison> {
  const { base, contract, measures, engine, files } = options;
  const loaded = await load(base, BASE, engine, files);
  const before = await measureTable(loaded.table, null, engine);
  const personal = personalColumns(contract, measures.profiles);
  const { results } = compareDrift(driftColumns(measures, before));
  return {
    source: base.files[0]?.name ?? '',
    rows: loaded.table.rows,
    schema: schemaChanges(measures.profiles, before.profiles),
    diff: null,
    drift: results.map((result) =>
      personal.has(result.column) ? { ...result, newCategories: [], lostCategories: [], distribution: null } : result,
    ),
  };
}

/** Columns that both sides counted value by value; what only sketches know is not compared. */
function driftColumns(head: TableMeasures, base: TableMeasures): DriftColumn[] {
  const before = new Map([...base.counted.values()].map((values) => [values.column.name, values]));
  const types = new Map(head.profiles.map(({ name, type }) => [name, type]));
  return [...head.counted].flatMap(([column, values]: [TableColumn, ValueCounts]): DriftColumn[] => {
    const other = before.get(column.name);
    const type = types.get(column.name);
    // Where nearly every row has a value of its own there is no distribution of categories to compare.
    const isKey = values.counts.size > 1000 && type === 'string';
    if (other === undefined || type === undefined || isKey) return [];
    const names = { column: column.name, test: null, smallestEffect: null };
    return [{ ...names, head: sampleOf(values, type), base: sampleOf(other, type) }];
  });
}

function sampleOf({ counts, nulls }: ValueCounts, type: ColumnProfile['type']): ColumnSample {
  const read = toNumberLine(type);
  if (read === null) return { kind: 'categories', counts, nulls, others: 0 };
  const pairs = [...counts].map(([value, count]): [number, number] => [read(value), count]);
  return { kind: 'numbers', counts: numberCounts(pairs), nulls };
}

/** What a model that reads the base's columns meets in the head's. */
function schemaChanges(head: readonly ColumnProfile[], base: readonly ColumnProfile[]): SchemaChange[] {
  const now = new Map(head.map((profile) => [profile.name, profile]));
  const before = new Map(base.map((profile) => [profile.name, profile]));
  const changes: SchemaChange[] = [];
  for (const [name, old] of before) {
    const profile = now.get(name);
    if (profile === undefined)
      changes.push({ kind: 'column_removed', column: name, compatible: false, message: 'the base has this column' });
    else if (profile.type !== old.type) {
      const compatible = old.type === 'number' && profile.type === 'integer';
      changes.push({ kind: 'type_changed', column: name, compatible, message: `${old.type} became ${profile.type}` });
    } else if (old.nulls === 0 && profile.nulls > 0)
      changes.push({
        kind: 'nulls_allowed',
        column: name,
        compatible: false,
        message: `${profile.nulls} rows have no value; the base has one in each`,
      });
  }
  for (const name of now.keys())
    if (!before.has(name))
      changes.push({
        kind: 'column_added',
        column: name,
        compatible: true,
        message: 'the base does not have this column',
      });
  return changes;
}

import type { DataContract } from '../../core/data/contract-model.ts';
import { foundChanges } from '../../core/data/diff/schema-changes.ts';
import { compareDrift } from '../../core/data/drift/drift.ts';
import type { BaseComparison } from '../../core/data/report/data-report.ts';
import { diffRows } from './diff-rows.ts';
import { driftColumns } from './drift-samples.ts';
import { type Dataset, type Loaded, load } from './load.ts';
import { personalColumns } from './masking.ts';
import { measureTable, type TableMeasures } from './measure.ts';
import type { DataEngine, DataFiles } from './ports.ts';

const BASE = 'trainyard.base';

export interface BaseOptions {
  readonly base: Dataset;
  /** The head's data, open in the same engine. */
  readonly loaded: Loaded;
  readonly contract: DataContract;
  readonly measures: TableMeasures;
  readonly engine: DataEngine;
  readonly files: DataFiles;
}

/** Compares the head's data with the base's: columns, rows by key, and the distribution of each column. @throws DataEngineError */
export async function compareWithBase(options: BaseOptions): Promise<BaseComparison> {
  const { base, loaded, contract, measures, engine, files } = options;
  const { table } = await load(base, BASE, engine, files);
  const before = await measureTable(table, null, engine);
  const personal = personalColumns(contract, measures.profiles);
  const [head, other] = [
    { table: loaded.table, measures },
    { table, measures: before },
  ];
  const { results } = compareDrift(await driftColumns(head, other, engine));
  return {
    source: base.files[0]?.name ?? '',
    rows: table.rows,
    schema: [...foundChanges(before.profiles, measures.profiles)],
    diff: await diffRows({ head: loaded.table, base: table, contract, personal }, engine),
    drift: results.map((result) =>
      personal.has(result.column) ? { ...result, newCategories: [], lostCategories: [], distribution: null } : result,
    ),
  };
}

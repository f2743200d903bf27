import { isText } from '../../core/data/checks/data-format.ts';
import { readingWords, withoutValues } from '../../core/data/checks/engine-words.ts';
import { cut, type Measured } from '../../core/data/checks/measured.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import { type FoundColumn, schemaChanges } from '../../core/data/diff/schema-changes.ts';
import { judgeReaders, readersOf, schemaRules } from '../../core/data/diff/schema-rules.ts';
import { compareDrift, type DriftColumn } from '../../core/data/drift/drift.ts';
import { driftRules } from '../../core/data/drift/drift-rules.ts';
import type { DriftResult, NotCompared } from '../../core/data/report/base.ts';
import type { BaseComparison } from '../../core/data/report/data-report.ts';
import { diffRows } from './diff-rows.ts';
import { driftSamples, type MeasuredTable } from './drift-samples.ts';
import { isDoubtful, readStrictly } from './lines.ts';
import { type Dataset, type Loaded, load } from './load.ts';
import { personalColumns } from './masking.ts';
import { measureTable, type TableMeasures } from './measure.ts';
import { namedColumns } from './named-columns.ts';
import { type DataEngine, DataEngineError, type DataFiles } from './ports.ts';
import { UnreadableData } from './unreadable.ts';

const BASE = 'trainyard.base';

/** What the head has been found to be, open in an engine. */
export interface MeasuredHead {
  readonly loaded: Loaded;
  readonly contract: DataContract;
  readonly measures: TableMeasures;
  /** The models that read the dataset; null where the caller does not know. */
  readonly models: readonly string[] | null;
}

export interface BaseOptions extends MeasuredHead {
  readonly dataset: Dataset;
  /** Its files can be read in the same engine. */
  readonly base: Dataset;
  readonly engine: DataEngine;
  readonly files: DataFiles;
}

/** A comparison, and what it decides. */
export interface ComparedBase {
  readonly comparison: BaseComparison;
  readonly rules: readonly Measured[];
  /** In words, what is an estimate. */
  readonly approximate: readonly string[];
  /** Columns that hold personal data in the base, whatever the head makes of them: no report may show their values. */
  readonly personal: ReadonlySet<string>;
}

/**
 * Compares the head's data with the base's: columns, distribution of each column, rows by key. What can't be compared is
 * said, and never ends the check of the head: a base that can't be read leaves a rule that is not checked.
 */
export async function compareWithBase(options: BaseOptions): Promise<ComparedBase> {
  const { base, engine, files, contract } = options;
  const source = base.origins[0]?.name ?? '';
  try {
    const loaded = namedColumns({ dataset: base, loaded: await loadBase(base, engine, files) }, contract);
    const measures = await measureTable(loaded.table, null, engine);
    return await compareTables(options, source, { dataset: base, loaded }, measures);
  } catch (error) {
    if (error instanceof UnreadableData) return nothingCompared(source, 'base_unreadable', error.message, options);
    if (!(error instanceof DataEngineError)) throw error;
    const code = error.code === 'query_failed' || error.code === 'unreadable' ? 'base_unreadable' : 'engine_failed';
    return nothingCompared(source, code, readingWords(error.message), options);
  }
}

/** A base that is not there or can't be read: asked for and not compared never passes. */
export function nothingCompared(
  source: string,
  code: 'base_missing' | 'base_unreadable' | 'other_dataset' | 'engine_failed',
  reason: string,
  { contract }: Pick<MeasuredHead, 'contract'>,
): ComparedBase {
  const why = cut(reason);
  const empty = { rows: null, schema: [], diff: null, drift: [] };
  const { line } = contract.againstBase.drift;
  const rule = { rule: 'base', columns: [], severity: 'fail', status: 'not_checked', count: null, of: 0 } as const;
  return {
    comparison: {
      ...{ source: cut(source, 2048) || 'base', kind: 'data', ...empty },
      notCompared: [{ what: 'all', column: null, code, reason: why }],
    },
    rules: [
      {
        ...rule,
        ...{ expected: 'a comparison with the base', found: why, tolerance: null, contractLine: line, label: '' },
        search: null,
      },
    ],
    approximate: [],
    personal: new Set(),
  };
}

/** DuckDB reads text more leniently than others do in some places: there the strict reader has to agree. */
async function loadBase(base: Dataset, engine: DataEngine, files: DataFiles): Promise<Loaded> {
  const loaded = await load(base.rewritten ?? base, BASE, engine, files).catch((error: unknown) => {
    if (error instanceof DataEngineError && error.code === 'query_failed' && isText(base.source)) return error;
    throw error;
  });
  const refused = loaded instanceof DataEngineError;
  if (!refused && (base.rewritten !== undefined || !(await isDoubtful(base, files)))) return loaded;
  const { problems, rows } = await readStrictly(base, files);
  const [first] = problems;
  if (first === undefined && refused) throw loaded;
  if (!refused && first === undefined && rows === loaded.table.rows) return loaded;
  const disagree = `readers disagree on its rows: ${rows} or ${refused ? 'none' : loaded.table.rows}`;
  const why = first === undefined ? disagree : `line ${first.line}: ${first.message}`;
  throw new UnreadableData('not_checked', `${base.origins[first?.file ?? 0]?.name ?? 'the base'}: ${why}`);
}

async function compareTables(
  options: BaseOptions,
  source: string,
  base: { readonly dataset: Dataset; readonly loaded: Loaded },
  before: TableMeasures,
): Promise<ComparedBase> {
  const { dataset, loaded, contract, measures, engine, files } = options;
  const personal = new Set([measures, before].flatMap(({ profiles }) => [...personalColumns(contract, profiles)]));
  const [head, other] = [
    { table: loaded.table, measures },
    { table: base.loaded.table, measures: before },
  ];
  const samples = await driftSamples(head, other, contract, engine);
  const compared = judgeAgainst(options, foundColumns(other), samples, personal);
  const rows = await rowsUnlessTooMuch(() =>
    diffRows({ head: { dataset, loaded }, base, contract, personal, engine, files }),
  );
  return {
    comparison: {
      source: cut(source, 2048) || 'base',
      kind: 'data',
      rows: base.loaded.table.rows,
      schema: [...compared.schema],
      diff: rows.diff,
      drift: [...compared.drift],
      notCompared: [...rows.notCompared, ...compared.notCompared].slice(0, 10_000),
    },
    rules: compared.rules,
    approximate: samples.approximate,
    personal,
  };
}

/** The rows are a help to people and decide nothing, so that what else was found stands without them. */
async function rowsUnlessTooMuch(diff: () => ReturnType<typeof diffRows>): ReturnType<typeof diffRows> {
  try {
    return await diff();
  } catch (error) {
    if (!(error instanceof DataEngineError)) throw error;
    const reason = cut(`the engine gave up (${error.code}): ${withoutValues(error.message)}`);
    return { diff: null, notCompared: [{ what: 'rows', column: null, code: 'engine_failed', reason }] };
  }
}

export interface Judged {
  readonly schema: BaseComparison['schema'];
  readonly drift: readonly DriftResult[];
  readonly notCompared: readonly NotCompared[];
  readonly rules: readonly Measured[];
}

/** What changed in columns and distributions, and what the contract makes of it. */
export function judgeAgainst(
  { loaded, contract, measures, models }: MeasuredHead,
  before: readonly FoundColumn[],
  samples: { readonly columns: readonly DriftColumn[]; readonly notCompared: readonly NotCompared[] },
  personal: ReadonlySet<string>,
): Judged {
  const declared = new Map(contract.columns.map((column) => [column.name, column]));
  const changes = schemaChanges(before, foundColumns({ table: loaded.table, measures }), declared);
  const schema = judgeReaders(changes, readersOf(contract, models));
  const { results, notCompared } = compareDrift(samples.columns, contract.againstBase);
  const all = [...samples.notCompared, ...notCompared];
  return {
    schema: [...schema],
    drift: results.map((result) => (personal.has(result.column) ? masked(result) : result)),
    notCompared: all,
    rules: [...schemaRules(schema, contract), ...driftRules(results, all, contract)],
  };
}

/** Of personal data the numbers of the test are shown, and no value. */
function masked(result: DriftResult): DriftResult {
  return result.of === 'nulls' ? result : { ...result, newCategories: [], lostCategories: [], distribution: null };
}

function foundColumns({ table, measures }: MeasuredTable): readonly FoundColumn[] {
  // Profiles cut long types, and a field that is gone may be named at their end.
  const types = new Map(table.columns.map((column) => [cut(column.name, 256), column.type]));
  return measures.profiles.map(({ name, type, nulls, rows, physicalType }) => {
    const typed = physicalType !== null;
    return { name, type, nulls, values: rows - nulls, typed, physicalType: typed ? (types.get(name) ?? null) : null };
  });
}

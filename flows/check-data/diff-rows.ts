import { cut } from '../../core/data/checks/measured.ts';
import type { DataTable } from '../../core/data/checks/table.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import {
  countsQuery,
  type DiffPlan,
  examplesQuery,
  keysQuery,
  type LeftOut,
  leftOutQuery,
  planDiff,
  readCounts,
  repeatedKeysStatement,
  rowsQuery,
} from '../../core/data/diff/row-diff.ts';
import {
  type Cells,
  type FoundExample,
  type RowPlace,
  readCells,
  readExamples,
  showExample,
  shownColumns,
  type TextPlace,
} from '../../core/data/diff/row-examples.ts';
import type { NotCompared, RowDiff, RowExample } from '../../core/data/report/base.ts';
import { placesOf } from './lines.ts';
import type { Dataset, Loaded } from './load.ts';
import { mask } from './masking.ts';
import type { DataEngine, DataFiles } from './ports.ts';

/** Examples of each kind: added, removed, changed. */
const EXAMPLES = 10;

export interface DiffSide {
  readonly dataset: Dataset;
  readonly loaded: Loaded;
}

export interface DiffOptions {
  readonly head: DiffSide;
  readonly base: DiffSide;
  readonly contract: DataContract;
  /** Columns whose values no report may show. */
  readonly personal: ReadonlySet<string>;
  readonly engine: DataEngine;
  readonly files: DataFiles;
}

export interface DiffedRows {
  readonly diff: RowDiff | null;
  readonly notCompared: readonly NotCompared[];
}

/** The rows by which head and base differ, told apart by the contract's key; or why they can't be. @throws DataEngineError */
export async function diffRows(options: DiffOptions): Promise<DiffedRows> {
  const { head, base, contract, engine } = options;
  const { plan, notCompared } = planDiff(head.loaded.table, base.loaded.table, keyOf(contract));
  if (plan === null) return { diff: null, notCompared };
  const leftOut = await findLeftOut(plan, engine);
  const repeated = nothingLeft(plan, leftOut);
  if (repeated !== null) return { diff: null, notCompared: [...notCompared, repeated] };
  const { rows } = await engine.query(countsQuery(plan, leftOut));
  const counts = readCounts(plan, rows[0] ?? []);
  const differ = counts.added + counts.removed + counts.changed > 0;
  const examples = differ ? await findExamples(plan, leftOut, options) : [];
  return { diff: { ...counts, leftOut, examples: [...examples] }, notCompared };
}

function keyOf({ columns }: DataContract): readonly string[] {
  return columns
    .filter(({ primaryKey }) => primaryKey !== null)
    .sort((a, b) => (a.primaryKey ?? 0) - (b.primaryKey ?? 0))
    .map(({ name }) => name);
}

async function findLeftOut(plan: DiffPlan, engine: DataEngine): Promise<LeftOut> {
  const { rows } = await engine.query(keysQuery(plan));
  const [headNull = 0, baseNull = 0, headRepeated = 0, baseRepeated = 0] = (rows[0] ?? []).map(Number);
  const nullKey = { head: headNull, base: baseNull };
  if (headRepeated + baseRepeated === 0) return { nullKey, repeatedKey: { head: 0, base: 0 } };
  await engine.query(repeatedKeysStatement(plan));
  const counted = await engine.query(leftOutQuery(plan));
  const [head = 0, base = 0] = (counted.rows[0] ?? []).map(Number);
  return { nullKey, repeatedKey: { head, base } };
}

/** Where a side has rows and its key tells none of them apart. */
function nothingLeft({ head, base, key }: DiffPlan, { nullKey, repeatedKey }: LeftOut): NotCompared | null {
  const none = (table: DataTable, side: 'head' | 'base'): boolean =>
    table.rows > 0 && nullKey[side] + repeatedKey[side] >= table.rows;
  if (!none(head, 'head') && !none(base, 'base')) return null;
  const names = key.map(({ name }) => name).join(', ');
  const side = none(head, 'head') ? 'head' : 'base';
  const reason = `in the ${side} no row has a key (${names}) that is there and occurs once`.slice(0, 1000);
  return { what: 'rows', column: null, code: 'repeated_key', reason };
}

async function findExamples(plan: DiffPlan, leftOut: LeftOut, options: DiffOptions): Promise<readonly RowExample[]> {
  const { head, base, personal, engine } = options;
  const numbered = { head: head.loaded.table.numbered, base: base.loaded.table.numbered };
  const { rows } = await engine.query(examplesQuery(plan, leftOut, numbered, EXAMPLES));
  const found = readExamples(rows);
  const asked = shownColumns(found);
  const sides = { head: await look('head', options), base: await look('base', options) };
  const hide = (column: string, value: string): string =>
    personal.has(cut(column, 256)) ? (mask(value) ?? '') : value;
  return found.map((one) =>
    showExample(
      plan,
      {
        found: one,
        asked,
        cells: { head: sides.head.cells, base: sides.base.cells },
        places: { head: sides.head.placeOf(one.head), base: sides.base.placeOf(one.base) },
      },
      hide,
    ),
  );

  async function look(side: 'head' | 'base', { engine, files }: DiffOptions): Promise<Looked> {
    const places = found.flatMap((one: FoundExample) => one[side] ?? []);
    const columns = [...plan.key, ...asked.flatMap((at) => plan.compared[at] ?? [])].map((pair) => pair[side]);
    if (places.length === 0) return { cells: new Map(), placeOf: () => NOWHERE };
    const answer = await engine.query(rowsQuery(numbered[side], columns, places));
    const lines = await linesOf(options[side].dataset, places, files);
    return { cells: readCells(answer.rows), placeOf: (place) => (place === null ? NOWHERE : lines(place)) };
  }
}

interface Looked {
  readonly cells: Cells;
  readonly placeOf: (place: RowPlace | null) => TextPlace;
}

const NOWHERE: TextPlace = { file: null, line: null };

/** Lines by the reader that knows them; the file where there are several. */
async function linesOf(
  dataset: Dataset,
  places: readonly RowPlace[],
  files: DataFiles,
): Promise<(place: RowPlace) => TextPlace> {
  const { source } = dataset;
  const named = (index: number): string | null =>
    dataset.files.length < 2 ? null : (dataset.files[index]?.name ?? null);
  const rows = new Set(places.filter(({ file }) => file === null).map(({ row }) => row));
  const hasLines = ['csv', 'tsv', 'jsonl'].includes(source.format);
  const lines = hasLines && rows.size > 0 ? await placesOf(dataset, rows, files) : new Map();
  return ({ file, row }) => {
    if (file !== null) return { file: named(source.paths.indexOf(file)), line: null };
    const place = lines.get(row);
    return place === undefined ? NOWHERE : { file: named(place.file), line: place.line };
  };
}

import type { Exemplified } from '../../core/data/checks/assemble.ts';
import { isText } from '../../core/data/checks/data-format.ts';
import type { Measured } from '../../core/data/checks/measured.ts';
import type { DataContract } from '../../core/data/contract-model.ts';
import type { RuleExample } from '../../core/data/report/data-report.ts';
import type { ColumnProfile } from '../../core/data/report/profile.ts';
import { type FoundRow, findRows } from './examples.ts';
import { type Place, placesOf } from './lines.ts';
import type { Dataset, Loaded } from './load.ts';
import { mask, personalColumns } from './masking.ts';
import type { DataEngine, DataFiles } from './ports.ts';

/** So that a contract of a thousand failing rules is not a thousand searches. */
const MAX_SEARCHED = 200;

export interface ExampleOptions {
  readonly dataset: Dataset;
  readonly loaded: Loaded;
  readonly engine: DataEngine;
  readonly files: DataFiles;
  readonly contract: DataContract;
  /** Of the data: what looks personal is masked, declared or not. */
  readonly profiles: readonly ColumnProfile[];
}

/** Finds rows that violate each failed rule, and their lines. The text is read again only where something failed. */
export async function placeExamples(
  rules: readonly Measured[],
  options: ExampleOptions,
): Promise<readonly Exemplified[]> {
  const { dataset, loaded, engine, files, contract, profiles } = options;
  const searched = rules.filter(({ search }) => search !== null).slice(0, MAX_SEARCHED);
  const found = new Map<Measured, readonly FoundRow[]>();
  for (const rule of searched) {
    if (rule.search === null) continue;
    found.set(rule, await findRows(rule.search, dataset, loaded.table, engine));
  }
  const rows = new Set(
    [...found.values()]
      .flat()
      .filter(({ file }) => file === null)
      .map(({ row }) => row),
  );
  const hasLines = isText(dataset.source);
  const places = rows.size === 0 || !hasLines ? new Map<number, Place>() : await placesOf(dataset, rows, files);
  const personal = personalColumns(contract, profiles);
  return rules.map((measured) => {
    const shown = measured.search?.show.map(({ name }) => name) ?? [];
    const hidden = [...measured.columns, ...shown].some((name) => personal.has(name));
    const examples = (found.get(measured) ?? []).map((row) => exampleOf(row, places, dataset, hidden));
    return { measured, examples };
  });
}

function exampleOf(
  found: FoundRow,
  places: ReadonlyMap<number, Place>,
  dataset: Dataset,
  hidden: boolean,
): RuleExample {
  const place = found.file === null ? places.get(found.row) : { file: found.file, line: null, row: found.row + 1 };
  const file = dataset.files.length < 2 || place === undefined ? null : (dataset.files[place.file]?.name ?? null);
  const value = hidden ? mask(found.value) : found.value;
  return { file, line: place?.line ?? null, row: place?.row ?? found.row + 1, value };
}

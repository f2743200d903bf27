import type { Exemplified } from '../../core/data/checks/assemble.ts';
import { isText } from '../../core/data/checks/data-format.ts';
import type { Measured } from '../../core/data/checks/measured.ts';
import type { RuleExample } from '../../core/data/report/data-report.ts';
import { type FoundRow, findRows } from './examples.ts';
import { type Place, placesOf } from './lines.ts';
import type { Dataset, Loaded } from './load.ts';
import { mask } from './masking.ts';
import type { DataEngine, DataFiles } from './ports.ts';

/** So that a contract of a thousand failing rules is not a thousand searches. */
const MAX_SEARCHED = 200;

export interface ExampleOptions {
  readonly dataset: Dataset;
  readonly loaded: Loaded;
  readonly engine: DataEngine;
  readonly files: DataFiles;
}

/**
 * Finds rows that violate each failed rule, and their lines. The text is read again only where something failed. Values
 * are as they are: `maskExamples` is to be asked before anybody sees them.
 */
export async function placeExamples(
  rules: readonly Measured[],
  options: ExampleOptions,
): Promise<readonly Exemplified[]> {
  const { dataset, loaded, engine, files } = options;
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
  return rules.map((measured) => {
    const examples = (found.get(measured) ?? []).map((row) => exampleOf(row, places, dataset));
    return { measured, examples };
  });
}

/** Examples as reports may show them: nothing of a row of which a column that is shown is personal. */
export function maskExamples(placed: readonly Exemplified[], personal: ReadonlySet<string>): readonly Exemplified[] {
  return placed.map(({ measured, examples }) => {
    const shown = measured.search?.show.map(({ name }) => name) ?? [];
    const hidden = [...measured.columns, ...shown].some((name) => personal.has(name));
    if (!hidden) return { measured, examples };
    return { measured, examples: examples.map((one) => ({ ...one, value: mask(one.value) })) };
  });
}

function exampleOf(found: FoundRow, places: ReadonlyMap<number, Place>, dataset: Dataset): RuleExample {
  const place = found.file === null ? places.get(found.row) : { file: found.file, line: null, row: found.row + 1 };
  const file = dataset.files.length < 2 || place === undefined ? null : (dataset.files[place.file]?.name ?? null);
  return { file, line: place?.line ?? null, row: place?.row ?? found.row + 1, value: found.value };
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { GrowingFile } from '../../adapters/live-metrics/growing-file.ts';
import type { StepMetric } from '../../core/evaluation/metrics.ts';
import type { MetricName } from '../../core/names.ts';
import {
  DVCLIVE_SUMMARY,
  DVCLIVE_TABLES,
  type DvcliveColumns,
  dvcliveColumns,
  dvcliveMetric,
  dvclivePoint,
} from '../../core/training/dvclive.ts';
import { isAsBefore, type Present, presentOf } from './present.ts';

const MAX_FILES = 200;
const MAX_DEPTH = 5;

/** What DVCLive left in the working directory before: of an earlier training, and committed as DVC advises. */
export async function presentDvclive(tree: string): Promise<Present> {
  const names = await readdir(join(tree, DVCLIVE_TABLES), { recursive: true }).catch(() => []);
  const tables = names.filter((name) => name.endsWith('.tsv')).map((name) => `${DVCLIVE_TABLES}/${name}`);
  return presentOf(tree, [DVCLIVE_SUMMARY, ...tables]);
}

interface Table {
  readonly file: GrowingFile;
  readonly metric: MetricName;
  columns: DvcliveColumns | null;
}

/** Reads what DVCLive writes while training runs, one table for each metric. Code that trains may write anything there. */
export class DvcliveReader {
  readonly #tree: string;
  readonly #present: Present;
  readonly #root: string;
  readonly #tables = new Map<string, Table>();

  /** @param tree the working directory of training; `present`: what counts only once it is written anew */
  constructor(tree: string, present: Present = new Map()) {
    this.#tree = tree;
    this.#present = present;
    this.#root = join(tree, DVCLIVE_TABLES);
  }

  /** @param last whether nothing writes any more, so that a line without its end is one, too */
  async next(last = false): Promise<readonly StepMetric[]> {
    await this.#find('', 0);
    const points: StepMetric[] = [];
    for (const table of this.#tables.values()) {
      const text = (await table.file.next(last)).toString('utf8');
      if (text === '') continue;
      for (const line of text.split('\n')) {
        // Each file begins with its header, also one that was begun anew.
        const columns = dvcliveColumns(line);
        if (columns !== null) table.columns = columns;
        else if (table.columns !== null) points.push(...pointOf(table.metric, table.columns, line));
      }
    }
    return points;
  }

  /** Folders that are links are not entered. */
  async #find(prefix: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) return;
    const entries = await readdir(join(this.#root, prefix), { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      if (entry.isDirectory()) await this.#find(path, depth + 1);
      else if (entry.isFile() && !this.#tables.has(path) && this.#tables.size < MAX_FILES) {
        const metric = dvcliveMetric(path);
        if (metric !== null && !(await isAsBefore(this.#present, this.#tree, `${DVCLIVE_TABLES}/${path}`)))
          this.#tables.set(path, { file: new GrowingFile(join(this.#root, path)), metric, columns: null });
      }
    }
  }
}

function pointOf(metric: MetricName, columns: DvcliveColumns, line: string): readonly StepMetric[] {
  const point = dvclivePoint(metric, columns, line);
  return point === null ? [] : [point];
}

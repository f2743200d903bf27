import { readingWords } from '../../core/data/checks/engine-words.ts';
import type { DataTable } from '../../core/data/checks/table.ts';
import { identify } from './identify.ts';
import { isDoubtful, readStrictly, withoutDoubt } from './lines.ts';
import { type Dataset, load } from './load.ts';
import { type DataEngine, DataEngineError, type DataFiles } from './ports.ts';
import { UnreadableData } from './unreadable.ts';

/** Another dataset beside the one that is checked, under the name by which the contract speaks of it. */
export interface OtherData {
  readonly name: string;
  /** A file, a folder or a glob. */
  readonly data: string;
}

/** By name; in words where the data can't be read. */
export type IdentifiedOthers = ReadonlyMap<string, Dataset | string>;

/** Finds out what the other datasets are. What is wrong with one of them is the reason why rules about it are not checked. */
export async function identifyOthers(others: readonly OtherData[], files: DataFiles): Promise<IdentifiedOthers> {
  const found = new Map<string, Dataset | string>();
  for (const { name, data } of others) {
    if (found.has(name)) found.set(name, `two datasets are named ${JSON.stringify(name)}: give each a name of its own`);
    else found.set(name, await whyNot(async () => withoutDoubt(await identify(data, files), files)));
  }
  return found;
}

/** The other datasets as relations of the engine, each loaded when a rule first asks for it. */
export class OtherTables {
  readonly #identified: IdentifiedOthers;
  readonly #engine: DataEngine;
  readonly #files: DataFiles;
  readonly #loaded = new Map<string, Promise<DataTable | string>>();

  constructor(identified: IdentifiedOthers, engine: DataEngine, files: DataFiles) {
    this.#identified = identified;
    this.#engine = engine;
    this.#files = files;
  }

  /** In words why not, where there is none. @throws DataEngineError where the engine is gone */
  table(name: string): Promise<DataTable | string> {
    const known = this.#loaded.get(name) ?? this.#load(name, `trainyard.other${this.#loaded.size}`);
    this.#loaded.set(name, known);
    return known;
  }

  async #load(name: string, relation: string): Promise<DataTable | string> {
    const dataset = this.#identified.get(name);
    if (dataset === undefined)
      return `the data of ${JSON.stringify(name)} is not at hand: pass it with --with ${name}=FILE, or declare it beside this dataset`;
    if (typeof dataset === 'string') return `${JSON.stringify(name)}: ${dataset}`;
    const read = dataset.rewritten ?? dataset;
    const table = await whyNot(async () => (await load(read, relation, this.#engine, this.#files)).table);
    if (typeof table === 'string') return `${JSON.stringify(name)} can’t be read: ${table}`;
    return dataset.rewritten === undefined ? ((await this.#wrongText(dataset, table)) ?? table) : table;
  }

  /** DuckDB reads some text more leniently than others do; what it took for rows then proves nothing. */
  async #wrongText(dataset: Dataset, table: DataTable): Promise<string | null> {
    if (!(await isDoubtful(dataset, this.#files))) return null;
    const { problems, rows } = await readStrictly(dataset, this.#files);
    const [first] = problems;
    if (first !== undefined)
      return `${dataset.files[first.file]?.name ?? ''}:${first.line}: the text itself is wrong: ${first.message}`;
    return rows === table.rows ? null : `readers disagree: ${rows} rows or ${table.rows}`;
  }
}

async function whyNot<T>(attempt: () => Promise<T>): Promise<T | string> {
  try {
    return await attempt();
  } catch (error) {
    const ours = error instanceof UnreadableData || (error instanceof DataEngineError && error.code === 'query_failed');
    const unreadable = error instanceof DataEngineError && error.code === 'unreadable';
    if (!ours && !unreadable) throw error;
    return readingWords(error.message);
  }
}

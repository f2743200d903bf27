import type { Search } from '../../core/data/checks/measured.ts';
import { primaryKeyOf } from '../../core/data/checks/quality-from-counts.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import {
  hashesQuery,
  type Key,
  keptSearch,
  plainKey,
  repeatedHashes,
  repeatedKeys,
  repeatedRows,
  repeatedSearch,
} from '../../core/data/checks/uniqueness.ts';
import type { ValueCounts } from '../../core/data/checks/value-counts.ts';
import { inSeveralFormsSql, oneFormSql, writtenAs } from '../../core/data/checks/written-forms-sql.ts';
import type { ContractColumn, DataContract } from '../../core/data/contract-model.ts';
import { inSeveralForms, type Written } from '../../core/data/written-forms.ts';
import type { DataEngine } from './ports.ts';

export interface Repeated {
  /** Rows after the first of each key. */
  readonly count: number;
  readonly search: Search | null;
}

/** Names of the columns that a contract wants to be unique together, several at a time. */
export function keysOf({ columns, rules }: DataContract): readonly (readonly string[])[] {
  const primary = primaryKeyOf(columns).map(({ name }) => name);
  const stated = rules.flatMap((rule) => (rule.metric === 'duplicateValues' ? [rule.columns] : []));
  return [primary, ...stated].filter((names) => names.length > 1);
}

/**
 * Which keys of a table occur more than once. Each set of columns is looked at once, however many rules ask for it: as
 * their values are written, and where one value is written in several ways, by the values.
 */
export class Repeats {
  readonly #table: DataTable;
  readonly #declared: ReadonlyMap<string, ContractColumn>;
  readonly #counted: (column: TableColumn) => ValueCounts | undefined;
  readonly #engine: DataEngine;
  readonly #known = new Map<string, Promise<Repeated>>();
  /** The ways of writing its type, of a column that uses more than one. */
  readonly #several = new Map<TableColumn, Promise<Written | null>>();

  /** @param counted what is known of a column by now */
  constructor(
    table: DataTable,
    declared: ReadonlyMap<string, ContractColumn>,
    counted: (column: TableColumn) => ValueCounts | undefined,
    engine: DataEngine,
  ) {
    this.#table = table;
    this.#declared = declared;
    this.#counted = counted;
    this.#engine = engine;
  }

  /**
   * Asks ahead for the keys of several columns that a contract names: the engine looks while the caller does other things.
   * @param open columns that may answer it by themselves, once their values are counted; keys with one of them are left out
   */
  begin(contract: DataContract, open: ReadonlySet<TableColumn> = new Set()): void {
    for (const names of keysOf(contract)) {
      const columns = names.flatMap((name) => this.#table.columns.find((column) => column.name === name) ?? []);
      if (columns.length < names.length || columns.some((column) => open.has(column))) continue;
      // Whoever asks for it gets the error.
      this.#repeated(plainKey(columns)).catch(() => undefined);
    }
  }

  /** @throws DataEngineError */
  async of(columns: readonly TableColumn[]): Promise<Repeated> {
    const several = await Promise.all(columns.map((column) => this.#inSeveralForms(column)));
    const values = columns.map(({ sql }, at) => {
      const written = several[at] ?? null;
      return written === null ? sql : oneFormSql(written, sql);
    });
    return this.#repeated({ columns, values });
  }

  /** @throws DataEngineError */
  #repeated(key: Key): Promise<Repeated> {
    const id = key.values.join(',');
    const known = this.#known.get(id) ?? this.#find(key, `repeated_${this.#known.size}`);
    this.#known.set(id, known);
    return known;
  }

  #inSeveralForms(column: TableColumn): Promise<Written | null> {
    const known = this.#several.get(column) ?? this.#findForms(column);
    this.#several.set(column, known);
    return known;
  }

  async #findForms(column: TableColumn): Promise<Written | null> {
    const written = writtenAs(this.#declared.get(column.name) ?? null, column);
    if (written === null) return null;
    const values = this.#counted(column);
    if (values !== undefined) return inSeveralForms(written, values.counts.keys()) ? written : null;
    const { rows } = await this.#engine.query(
      `SELECT ${inSeveralFormsSql(written, column.sql)} FROM ${this.#table.relation}`,
    );
    return rows[0]?.[0] === false ? null : written;
  }

  async #find(key: Key, into: string): Promise<Repeated> {
    const { rows } = this.#table;
    const none = { count: 0, search: null };
    const unique = key.columns.some((column, at) => {
      const values = this.#counted(column);
      return key.values[at] === column.sql && values !== undefined && values.nulls + values.counts.size === rows;
    });
    if (unique) return none;
    const hashes = await this.#engine.repeats(hashesQuery(this.#table, key), rows);
    if (hashes?.length === 0) return none;
    const counting =
      hashes === null
        ? `${repeatedHashes(this.#table, key, into)}; ${repeatedKeys(this.#table, key, into)}`
        : repeatedRows(this.#table, key, hashes, into);
    const answer = await this.#engine.query(counting);
    const count = Number(answer.rows[0]?.[0] ?? 0);
    if (count === 0) return none;
    return { count, search: hashes === null ? repeatedSearch(key, into) : keptSearch(key.columns, into) };
  }
}

import { judged } from '../../core/data/checks/column-rules.ts';
import type { Measured, Search } from '../../core/data/checks/measured.ts';
import { metricCondition } from '../../core/data/checks/metric-sql.ts';
import { countForMetric, judgeQuality, primaryKeyOf } from '../../core/data/checks/quality-from-counts.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import { repeatedHashes, repeatedRows, repeatedSearch } from '../../core/data/checks/uniqueness.ts';
import type { ValueCounts } from '../../core/data/checks/value-counts.ts';
import type { DataContract, QualityRule } from '../../core/data/contract-model.ts';
import type { DataEngine } from './ports.ts';

interface Repeats {
  readonly count: number;
  readonly search: Search | null;
}

/** Judges what goes beyond single values: keys, uniqueness of columns that were not counted, and library metrics. */
export class TableRules {
  readonly #table: DataTable;
  readonly #contract: DataContract;
  readonly #counted: ReadonlyMap<TableColumn, ValueCounts>;
  readonly #engine: DataEngine;
  readonly #columns: ReadonlyMap<string, TableColumn>;
  readonly #repeats = new Map<string, Promise<Repeats>>();

  constructor(
    table: DataTable,
    contract: DataContract,
    counted: ReadonlyMap<TableColumn, ValueCounts>,
    engine: DataEngine,
  ) {
    this.#table = table;
    this.#contract = contract;
    this.#counted = counted;
    this.#engine = engine;
    this.#columns = new Map(table.columns.toReversed().map((column) => [column.name, column]));
  }

  /** @throws DataEngineError */
  async judge(): Promise<readonly Measured[]> {
    const measured: Measured[] = [];
    for (const column of this.#contract.columns) {
      const table = this.#columns.get(column.name);
      if (!column.unique || table === undefined || this.#counted.has(table)) continue;
      const { count, search } = await this.#repeated([table]);
      const rows = this.#table.rows;
      const rule = judged({ column, table, rule: 'unique', expected: 'each value once', count, rows, where: 'false' });
      measured.push({ ...rule, search });
    }
    measured.push(...(await this.#primaryKey()));
    for (const rule of this.#contract.rules) measured.push(...(await this.#quality(rule)));
    return measured;
  }

  async #primaryKey(): Promise<readonly Measured[]> {
    const key = primaryKeyOf(this.#contract.columns);
    const [first] = key;
    const tables = key.flatMap(({ name }) => this.#columns.get(name) ?? []);
    // A key of one column that is unique by itself needs no second look; a missing column has been reported.
    if (first === undefined || tables.length < key.length || (key.length === 1 && first.unique)) return [];
    const { count, search } = await this.#repeated(tables);
    const rows = this.#table.rows;
    const [table] = tables;
    if (table === undefined) return [];
    const expected = 'each key once';
    const rule = judged({ column: first, table, rule: 'primary_key', expected, count, rows, where: 'false' });
    return [{ ...rule, columns: key.map(({ name }) => name), search }];
  }

  async #quality(rule: QualityRule): Promise<readonly Measured[]> {
    const { rows, relation } = this.#table;
    if (rule.metric === 'rowCount') return [judgeQuality(rule, rows, rows, null)];
    const tables = rule.columns.flatMap((name) => this.#columns.get(name) ?? []);
    const [table] = tables;
    // A missing column has been reported, and says nothing about the values that it would hold.
    if (table === undefined || tables.length < rule.columns.length) return [];
    if (rule.metric === 'duplicateValues') {
      const { count, search } = await this.#repeated(tables);
      return [judgeQuality(rule, count, rows, search)];
    }
    const where = metricCondition(rule, table);
    const values = this.#counted.get(table);
    const counted = values === undefined ? null : countForMetric(rule, values);
    const search = where === null ? null : { where, show: [table] };
    if (counted !== null) return [judgeQuality(rule, counted.count, rows, search)];
    if (where === null) return [notChecked(rule, 'its pattern is too large for a column with so many values')];
    const answer = await this.#engine.query(`SELECT count(*) FROM ${relation} WHERE ${where}`);
    return [judgeQuality(rule, Number(answer.rows[0]?.[0] ?? 0), rows, search)];
  }

  /** Each set of columns is looked at once, however many rules ask for it. */
  #repeated(key: readonly TableColumn[]): Promise<Repeats> {
    const id = key.map(({ sql }) => sql).join(',');
    const known = this.#repeats.get(id) ?? this.#count(key, `repeated_${this.#repeats.size}`);
    this.#repeats.set(id, known);
    return known;
  }

  async #count(key: readonly TableColumn[], hashes: string): Promise<Repeats> {
    const { relation, rows: total } = this.#table;
    const unique = key.some((column) => {
      const values = this.#counted.get(column);
      return values !== undefined && values.nulls + values.counts.size === total;
    });
    if (unique) return { count: 0, search: null };
    const hits = await this.#engine.query(repeatedHashes(relation, key, hashes));
    if (Number(hits.rows[0]?.[0] ?? 0) === 0) return { count: 0, search: null };
    const { rows } = await this.#engine.query(repeatedRows(relation, key, hashes));
    const count = Number(rows[0]?.[0] ?? 0);
    return { count, search: count === 0 ? null : repeatedSearch(relation, key, hashes) };
  }
}

function notChecked(rule: QualityRule, why: string): Measured {
  return { ...judgeQuality(rule, 0, 0, null), status: 'not_checked', found: why, count: null };
}

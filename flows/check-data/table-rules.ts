import { judged } from '../../core/data/checks/column-rules.ts';
import { cut, type Measured } from '../../core/data/checks/measured.ts';
import { metricCondition } from '../../core/data/checks/metric-sql.ts';
import { countForMetric, judgeQuality, primaryKeyOf } from '../../core/data/checks/quality-from-counts.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import type { ValueCounts } from '../../core/data/checks/value-counts.ts';
import type { ContractColumn, DataContract, QualityRule } from '../../core/data/contract-model.ts';
import { comparedAs } from '../../core/data/written-forms.ts';
import type { TableMeasures } from './measure.ts';
import type { DataEngine } from './ports.ts';
import type { Repeats } from './repeats.ts';

/** Judges what goes beyond single values: keys, uniqueness of columns that were not counted, and library metrics. */
export class TableRules {
  readonly #table: DataTable;
  readonly #contract: DataContract;
  readonly #counted: ReadonlyMap<TableColumn, ValueCounts>;
  readonly #engine: DataEngine;
  readonly #columns: ReadonlyMap<string, TableColumn>;
  readonly #repeats: Repeats;

  constructor(
    table: DataTable,
    contract: DataContract,
    { counted, repeats }: Pick<TableMeasures, 'counted' | 'repeats'>,
    engine: DataEngine,
  ) {
    this.#table = table;
    this.#contract = contract;
    this.#counted = counted;
    this.#repeats = repeats;
    this.#engine = engine;
    this.#columns = new Map(table.columns.toReversed().map((column) => [column.name, column]));
  }

  /** @throws DataEngineError */
  async judge(): Promise<readonly Measured[]> {
    const measured: Measured[] = [];
    for (const column of this.#contract.columns) {
      const table = this.#columns.get(column.name);
      if (!column.unique || table === undefined || this.#counted.has(table)) continue;
      const { count, search } = await this.#repeats.of([table]);
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
    // A key of one column that is unique by itself needs no second look, and of one that is missing nothing is left.
    if (first === undefined || tables.length === 0 || (key.length === 1 && first.unique)) return [];
    const names = key.map(({ name }) => name);
    if (tables.length < key.length) return [keyNotChecked(key, this.#missing(names))];
    const { count, search } = await this.#repeats.of(tables);
    const rows = this.#table.rows;
    const [table] = tables;
    if (table === undefined) return [];
    const expected = 'each key once';
    const rule = judged({ column: first, table, rule: 'primary_key', expected, count, rows, where: 'false' });
    return [{ ...rule, columns: names, search }];
  }

  #missing(names: readonly string[]): string {
    const gone = names.find((name) => !this.#columns.has(name)) ?? '';
    return cut(`the column ${JSON.stringify(gone)} is missing`);
  }

  async #quality(rule: QualityRule): Promise<readonly Measured[]> {
    const { rows, relation } = this.#table;
    if (rule.metric === 'rowCount') return [judgeQuality(rule, rows, rows, null)];
    const tables = rule.columns.flatMap((name) => this.#columns.get(name) ?? []);
    const [table] = tables;
    // That a column is missing has been reported, but may only warn or be waived, where this rule may fail.
    if (table === undefined || tables.length < rule.columns.length)
      return [notChecked(rule, this.#missing(rule.columns))];
    if (rule.metric === 'duplicateValues') {
      const { count, search } = await this.#repeats.of(tables);
      return [judgeQuality(rule, count, rows, search)];
    }
    const declared = this.#contract.columns.find(({ name }) => name === table.name);
    const written = declared === undefined ? null : comparedAs(declared);
    const where = metricCondition(rule, table, written);
    const values = this.#counted.get(table);
    const counted = values === undefined ? null : countForMetric(rule, values, written);
    const search = where === null ? null : { where, show: [table] };
    if (counted !== null) return [judgeQuality(rule, counted.count, rows, search)];
    if (where === null) return [notChecked(rule, 'its pattern is too large for a column with so many values')];
    const answer = await this.#engine.query(`SELECT count(*) FROM ${relation} WHERE ${where}`);
    return [judgeQuality(rule, Number(answer.rows[0]?.[0] ?? 0), rows, search)];
  }
}

function notChecked(rule: QualityRule, why: string): Measured {
  return { ...judgeQuality(rule, 0, 0, null), status: 'not_checked', found: why, count: null };
}

function keyNotChecked(key: readonly ContractColumn[], why: string): Measured {
  const severity = key.some((column) => column.severity === 'fail') ? 'fail' : 'warn';
  return {
    ...{ rule: 'primary_key', columns: key.map(({ name }) => name), severity, status: 'not_checked' },
    ...{ expected: 'each key once', found: why, count: null, of: 0, tolerance: null },
    ...{ contractLine: key[0]?.line ?? null, label: '', search: null },
  };
}

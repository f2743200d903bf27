import { aggregateNotChecked, aggregateQuery, judgeAggregates } from '../../core/data/checks/aggregate.ts';
import { duplicateRows, judgeDuplicateRows, rowHashesQuery } from '../../core/data/checks/duplicate-rows.ts';
import { danglingSearch, judgeForeignKey, type KeyPair } from '../../core/data/checks/foreign-key-sql.ts';
import { freshnessNotChecked, judgeFreshness } from '../../core/data/checks/freshness.ts';
import type { Measured } from '../../core/data/checks/measured.ts';
import { judgeNested, nestedQuery, nestedRules } from '../../core/data/checks/nested-rules.ts';
import type { DataTable, TableColumn } from '../../core/data/checks/table.ts';
import { canHold } from '../../core/data/checks/type-family.ts';
import { numberOf } from '../../core/data/checks/value-sql.ts';
import { inSeveralFormsSql, writtenAs } from '../../core/data/checks/written-forms-sql.ts';
import {
  judgeOverlap,
  NOTHING_IN_COMMON,
  overlapColumns,
  overlapNotChecked,
  overlapSearch,
} from '../../core/data/checks-on-profile/overlap.ts';
import type {
  AggregateRule,
  ContractColumn,
  DataContract,
  ForeignKey,
  FreshnessRule,
  Overlap,
  Setting,
} from '../../core/data/contract-model.ts';
import type { Written } from '../../core/data/written-forms.ts';
import { judgeFeatures } from './features.ts';
import { personalColumns } from './masking.ts';
import type { TableMeasures } from './measure.ts';
import type { OtherData, OtherTables } from './others.ts';
import type { DataEngine } from './ports.ts';
import { attempted, tried } from './tried.ts';

/** What a caller asks for besides the contract. */
const APART = { columns: null, severity: 'fail', tolerance: null, line: null } as const;

export interface DatasetRulesOptions {
  readonly contract: DataContract;
  readonly table: DataTable;
  readonly measures: TableMeasures;
  readonly engine: DataEngine;
  readonly others: OtherTables;
  /** That must share no row with this one, besides those that the contract names. */
  readonly apartFrom: readonly OtherData[];
  /** Milliseconds since 1970; null where the caller has no clock. */
  readonly now: number | null;
}

/**
 * Judges what a contract asks of the dataset as a whole: keys to other datasets, age, aggregates, repeated rows, rows of
 * another dataset, and what its columns tell a model. @throws DataEngineError where the engine is gone
 */
export async function judgeDataset(options: DatasetRulesOptions): Promise<readonly Measured[]> {
  const { contract, table, engine, measures } = options;
  const { duplicateRows: wanted, overlaps } = contract.settings;
  const measured: Measured[] = [];
  for (const column of contract.columns) measured.push(...(await nested(column, options)));
  for (const key of contract.foreignKeys) measured.push(await foreignKey(key, options));
  for (const rule of contract.freshness) measured.push(await freshness(rule, options));
  for (const rules of Map.groupBy(contract.aggregates, ({ column }) => column).values())
    measured.push(...(await aggregates(rules, options)));
  if (wanted !== null) measured.push(await duplicates(wanted, table, engine));
  const asked = options.apartFrom.map(({ name }): Overlap => ({ ...APART, with: name }));
  for (const one of [...overlaps, ...asked]) measured.push(await overlap(one, options));
  const personal = personalColumns(contract, measures.profiles);
  measured.push(...(await judgeFeatures({ contract, table, measures, engine, personal })));
  return measured;
}

async function nested(column: ContractColumn, { table, engine }: DatasetRulesOptions): Promise<readonly Measured[]> {
  const held = table.columns.find(({ name }) => name === column.name);
  // A missing column has been reported.
  if (held === undefined) return [];
  const rules = nestedRules(column, held, table.relation);
  const query = nestedQuery(table, rules);
  const counts = query === null ? [] : await tried(engine, query);
  return judgeNested(column, held, rules, counts, table.rows);
}

async function foreignKey(
  key: ForeignKey,
  { contract, table, engine, others }: DatasetRulesOptions,
): Promise<Measured> {
  const open = (why: string): Measured => judgeForeignKey(key, null, table.rows, null, why);
  const target = key.to.object === contract.name ? table : await others.table(key.to.object);
  if (typeof target === 'string') return open(target);
  const pairs: KeyPair[] = [];
  for (const [at, name] of key.columns.entries()) {
    const from = table.columns.find((column) => column.name === name);
    const to = target.columns.find((column) => column.name === key.to.columns[at]);
    if (from === undefined || to === undefined) continue;
    pairs.push({ from, to, written: await severalForms(from, to, target, { contract, table, engine }) });
  }
  if (pairs.length < key.columns.length) {
    const here = new Set(table.columns.map(({ name }) => name));
    const missing = key.columns.find((name) => !here.has(name));
    return open(
      missing === undefined
        ? `${JSON.stringify(key.to.object)} has not all of the columns ${key.to.columns.join(', ')}`
        : `the column ${JSON.stringify(missing)} is missing`,
    );
  }
  const search = danglingSearch(pairs, target);
  const answer = await tried(engine, `SELECT count(*) FROM ${table.relation} WHERE ${search.where}`);
  if (typeof answer === 'string') return open(answer);
  return judgeForeignKey(key, Number(answer[0] ?? 0), table.rows, search);
}

async function freshness(
  rule: FreshnessRule,
  { contract, table, engine, now }: DatasetRulesOptions,
): Promise<Measured> {
  const column = table.columns.find(({ name }) => name === rule.column);
  const declared = contract.columns.find(({ name }) => name === rule.column);
  if (column === undefined) return freshnessNotChecked(rule, `the column ${JSON.stringify(rule.column)} is missing`);
  if (now === null) return freshnessNotChecked(rule, 'the time now is not known here');
  const type = timeType(column, declared?.logicalType ?? null);
  const format = declared?.options.format?.pattern ?? '';
  if (type === null || (!isNative(column) && format !== '' && !format.startsWith('ISO')))
    return freshnessNotChecked(rule, 'expected dates or timestamps as in ISO 8601 (logicalType date or timestamp)');
  const answer = await tried(engine, `SELECT max(${numberOf({ logicalType: type }, column)}) FROM ${table.relation}`);
  if (typeof answer === 'string') return freshnessNotChecked(rule, answer);
  const [newest] = answer;
  return judgeFreshness(rule, newest === null || newest === undefined ? null : Number(newest), table.rows, now);
}

function isNative({ typed, type }: TableColumn): boolean {
  return typed && type !== 'VARCHAR';
}

function timeType(column: TableColumn, declared: string | null): 'date' | 'timestamp' | null {
  if (isNative(column))
    return ['date', 'timestamp'].includes(declared ?? '') || declared === null ? nativeType(column) : null;
  return declared === 'date' || declared === 'timestamp' ? declared : null;
}

function nativeType(column: TableColumn): 'date' | 'timestamp' | null {
  if (canHold(column, 'date')) return 'date';
  return canHold(column, 'timestamp') ? 'timestamp' : null;
}

async function aggregates(
  rules: readonly AggregateRule[],
  { contract, table, engine, measures }: DatasetRulesOptions,
): Promise<readonly Measured[]> {
  const name = rules[0]?.column ?? '';
  const column = table.columns.find((one) => one.name === name);
  if (column === undefined)
    return rules.map((rule) => aggregateNotChecked(rule, `the column ${JSON.stringify(name)} is missing`));
  const answer = await tried(
    engine,
    aggregateQuery(table, column, rules, contract.columns.find((one) => one.name === name)?.logicalType ?? null),
  );
  if (typeof answer === 'string') return rules.map((rule) => aggregateNotChecked(rule, answer));
  const judged = judgeAggregates(column, rules, answer);
  if (!personalColumns(contract, measures.profiles).has(name)) return judged;
  // Of one row, or of equal ones, any of them is the value.
  return judged.map((one) =>
    one.rule === 'distinct' || one.status === 'not_checked' ? one : { ...one, found: 'not shown: personal data' },
  );
}

async function duplicates(setting: Setting, table: DataTable, engine: DataEngine): Promise<Measured> {
  const { rows } = table;
  const hashes = await attempted(() => engine.repeats(rowHashesQuery(table), rows));
  if (typeof hashes !== 'string' && hashes?.length === 0) return judgeDuplicateRows(rows, setting, 0, null);
  const { query, search } = duplicateRows(table, typeof hashes === 'string' ? null : hashes);
  const answer = typeof hashes === 'string' ? hashes : await tried(engine, query);
  if (typeof answer !== 'string') return judgeDuplicateRows(rows, setting, Number(answer[0] ?? 0), search);
  return { ...judgeDuplicateRows(rows, setting, 0, null), status: 'not_checked', found: answer, count: null };
}

/**
 * How two columns of text are compared that together write values in several ways; null where they can be compared as they
 * are written.
 */
async function severalForms(
  here: TableColumn,
  there: TableColumn,
  other: DataTable,
  { contract, table, engine }: Pick<DatasetRulesOptions, 'contract' | 'table' | 'engine'>,
): Promise<Written | null> {
  const written = writtenAs(contract.columns.find(({ name }) => name === here.name) ?? null, here);
  if (written === null || there.type !== 'VARCHAR') return null;
  const both = `SELECT ${here.sql} AS v FROM ${table.relation} UNION ALL SELECT ${there.sql} FROM ${other.relation}`;
  const answer = await tried(engine, `SELECT ${inSeveralFormsSql(written, 'v')} FROM (${both})`);
  return typeof answer !== 'string' && answer[0] === false ? null : written;
}

async function overlap(one: Overlap, options: DatasetRulesOptions): Promise<Measured> {
  const { table, engine, others } = options;
  const other = await others.table(one.with);
  if (typeof other === 'string') return overlapNotChecked(one, other);
  const pairs = overlapColumns(other, table, one.columns);
  if (pairs === null)
    return overlapNotChecked(
      one,
      one.columns === null ? NOTHING_IN_COMMON : 'the two have not all of these columns in common',
    );
  const forms = [];
  for (const pair of pairs) {
    const written = await severalForms(pair.test, pair.train, other, options);
    forms.push({ ...pair, written });
  }
  const search = overlapSearch(forms, other);
  const answer = await tried(engine, `SELECT count(*) FROM ${table.relation} WHERE ${search.where}`);
  if (typeof answer === 'string') return overlapNotChecked(one, answer);
  return judgeOverlap(one, pairs, { count: Number(answer[0] ?? 0), rows: table.rows, search });
}

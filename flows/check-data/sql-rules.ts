import { conditionWords, truthWords } from '../../core/data/checks/condition-words.ts';
import { withoutValues } from '../../core/data/checks/engine-words.ts';
import { cut, type Measured } from '../../core/data/checks/measured.ts';
import { fillPlaceholders, judgeSelect } from '../../core/data/checks/select-only.ts';
import { onlyCounts } from '../../core/data/checks/select-personal.ts';
import type { DataTable } from '../../core/data/checks/table.ts';
import { typedSql } from '../../core/data/checks/value-sql.ts';
import { holds } from '../../core/data/condition.ts';
import type { DataContract, SqlRule } from '../../core/data/contract-model.ts';
import { quoteName, quoteText } from '../../core/data/sql/quote.ts';
import { personalColumns } from './masking.ts';
import type { TableMeasures } from './measure.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

export interface SqlOptions {
  readonly contract: DataContract;
  readonly table: DataTable;
  readonly engine: DataEngine;
  readonly measures: TableMeasures;
}

/** How a contract's SQL may name the dataset besides the name of its schema object. */
const ALIASES = ['dataset', 'data'];

/**
 * Judges the rules that a contract writes as SQL. It is text of a pull request: DuckDB parses it, the tree is judged, and
 * what runs is written back from the tree. What it may read is the data in any case, because nothing else can be read.
 *
 * @throws DataEngineError where the engine is gone
 */
export async function judgeSql({ contract, table, engine, measures }: SqlOptions): Promise<readonly Measured[]> {
  if (contract.sqlRules.length === 0) return [];
  const personal = personalColumns(contract, measures.profiles);
  const clean = new Set(
    measures.rules.flatMap(({ rule, count, columns }) => (rule === 'type' && count === 0 ? columns : [])),
  );
  const names = await nameTable(contract, table, engine, clean);
  const measured: Measured[] = [];
  for (const rule of contract.sqlRules) {
    measured.push(
      names === null
        ? judgement(rule, 'not_checked', 'columns of this file have names that a query can’t use')
        : await judgeOne(rule, { names, engine, personal }),
    );
  }
  return measured;
}

/** Views of the dataset under the names of its columns; null where they can't be had. */
async function nameTable(
  contract: DataContract,
  table: DataTable,
  engine: DataEngine,
  clean: ReadonlySet<string>,
): Promise<readonly string[] | null> {
  try {
    const declared = new Map(contract.columns.map((column) => [column.name, column]));
    const columns = table.columns
      .map((column) => {
        const typed = typedSql(declared.get(column.name) ?? null, column, clean.has(column.name));
        return `${typed} AS ${quoteName(column.name)}`;
      })
      .join(', ');
    const names = [...new Set([contract.name, ...ALIASES].map((name) => name.toLowerCase()))];
    const views = names.map(
      (name) => `CREATE OR REPLACE VIEW main.${quoteName(name)} AS SELECT ${columns} FROM ${table.relation}`,
    );
    await engine.query(views.join('; '));
    return names;
  } catch (error) {
    if (error instanceof DataEngineError && error.code !== 'query_failed') throw error;
    return null;
  }
}

interface Asking {
  readonly names: readonly string[];
  readonly engine: DataEngine;
  /** Columns whose values no report may show. */
  readonly personal: ReadonlySet<string>;
}

async function judgeOne(rule: SqlRule, { names, engine, personal }: Asking): Promise<Measured> {
  const [table = 'dataset'] = names;
  try {
    if (rule.query.includes('\0'))
      return judgement(
        rule,
        'not_checked',
        'the query was refused: it holds a NUL, and what follows it would not be run',
      );
    const column = rule.column === null ? null : quoteName(rule.column);
    const filled = fillPlaceholders(rule.query, { table: quoteName(table), column })
      .trim()
      .replace(/;\s*$/, '');
    const parsed = await engine.query(`SELECT json_serialize_sql(${quoteText(filled)})`);
    const verdict = judgeSelect(String(parsed.rows[0]?.[0] ?? ''), new Set(names));
    if (!verdict.ok) return judgement(rule, 'not_checked', `the query was refused: ${verdict.reason}`);
    const written = await engine.query(`SELECT json_deserialize_sql(${quoteText(verdict.tree)})`);
    const statement = String(written.rows[0]?.[0] ?? '').replace(/;\s*$/, '');
    const { rows, columns } = await engine.query(`SELECT * FROM (${statement}) LIMIT 2`);
    const judged = judgeValue(rule, rows, columns);
    if (judged.status === 'not_checked' || personal.size === 0 || onlyCounts(verdict.tree, personal)) return judged;
    return { ...judged, found: 'not shown: personal data' };
  } catch (error) {
    if (error instanceof DataEngineError && error.code !== 'query_failed') throw error;
    const why = error instanceof Error ? error.message : String(error);
    return judgement(rule, 'not_checked', `the query failed: ${withoutValues(why)}`);
  }
}

/** Text is none: the greatest of '9' and '10' is '9'. */
const NUMERIC = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|BIGNUM|FLOAT|DOUBLE|DECIMAL\(.*)$/;

function judgeValue(
  rule: SqlRule,
  rows: readonly (readonly unknown[])[],
  columns: readonly { readonly type: string }[],
): Measured {
  const value = rows[0]?.[0];
  const [column] = columns;
  if (rows.length !== 1 || column === undefined || columns.length !== 1)
    return judgement(
      rule,
      'not_checked',
      `expected one number, the query gave ${rows.length === 2 ? 'several' : rows.length} rows of ${columns.length} columns`,
    );
  const answers = rule.truth ? column.type === 'BOOLEAN' : NUMERIC.test(column.type);
  const number = answers && value !== null ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) {
    const gave = `expected ${rule.truth ? 'true or false' : 'one number'}, the query gave ${value === null ? 'null' : 'a value'} of type ${column.type}`;
    const advice = column.type === 'VARCHAR' ? ': state the column’s logicalType, or cast it in the query' : '';
    return judgement(rule, 'not_checked', `${gave}${advice}`);
  }
  const good = rule.conditions.every((condition) => holds(condition, number));
  return judgement(rule, good ? 'passed' : 'failed', String(value));
}

function judgement(rule: SqlRule, status: Measured['status'], found: string): Measured {
  const expected = rule.truth ? truthWords(rule.conditions) : conditionWords(rule.conditions);
  return {
    rule: 'sql',
    columns: rule.column === null ? [] : [rule.column],
    severity: rule.severity,
    status,
    expected: cut(expected),
    found: cut(found),
    count: null,
    of: 0,
    tolerance: null,
    contractLine: rule.line,
    label: rule.label,
    search: null,
  };
}

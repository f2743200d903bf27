import { cut, type Measured } from '../../core/data/checks/measured.ts';
import { fillPlaceholders, judgeSelect } from '../../core/data/checks/select-only.ts';
import type { DataTable } from '../../core/data/checks/table.ts';
import type { DataContract, SqlRule } from '../../core/data/contract-model.ts';
import { holds } from '../../core/data/rule-check.ts';
import { quoteName, quoteText } from '../../core/data/sql/quote.ts';
import { type DataEngine, DataEngineError } from './ports.ts';

/** How a contract's SQL may name the dataset besides the name of its schema object. */
const ALIASES = ['dataset', 'data'];

/**
 * Judges the rules that a contract writes as SQL. It is text of a pull request: DuckDB parses it, the tree is judged, and
 * what runs is written back from the tree. What it may read is the data in any case, because nothing else can be read.
 * @throws DataEngineError where the engine is gone
 */
export async function judgeSql(
  contract: DataContract,
  table: DataTable,
  engine: DataEngine,
): Promise<readonly Measured[]> {
  if (contract.sqlRules.length === 0) return [];
  const names = await nameTable(contract, table, engine);
  const measured: Measured[] = [];
  for (const rule of contract.sqlRules) {
    measured.push(
      names === null
        ? judgement(rule, 'not_checked', 'columns of this file have names that a query can’t use')
        : await judgeOne(rule, names, engine),
    );
  }
  return measured;
}

/** Views of the dataset under the names of its columns; null where they can't be had. */
async function nameTable(
  contract: DataContract,
  table: DataTable,
  engine: DataEngine,
): Promise<readonly string[] | null> {
  try {
    const columns = table.columns.map(({ name, sql }) => `${sql} AS ${quoteName(name)}`).join(', ');
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

async function judgeOne(rule: SqlRule, names: readonly string[], engine: DataEngine): Promise<Measured> {
  const [table = 'dataset'] = names;
  try {
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
    return judgeValue(rule, rows, columns.length);
  } catch (error) {
    if (error instanceof DataEngineError && error.code !== 'query_failed') throw error;
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    return judgement(rule, 'not_checked', `the query failed: ${why}`);
  }
}

function judgeValue(rule: SqlRule, rows: readonly (readonly unknown[])[], columns: number): Measured {
  const value = rows[0]?.[0];
  if (rows.length !== 1 || columns !== 1)
    return judgement(
      rule,
      'not_checked',
      `expected one number, the query gave ${rows.length === 2 ? 'several' : rows.length} rows of ${columns} columns`,
    );
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  if (value === '' || !Number.isFinite(number))
    return judgement(rule, 'not_checked', `expected one number, the query gave ${JSON.stringify(value)}`);
  const good = rule.conditions.every((condition) => holds(condition, number));
  return judgement(rule, good ? 'passed' : 'failed', String(value));
}

function judgement(rule: SqlRule, status: Measured['status'], found: string): Measured {
  const expected = rule.conditions.map(({ operator, operands }) => `${operator} ${operands.join(' and ')}`).join(', ');
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

import { z } from 'zod';

/** Why a contract's SQL is not run; the tree as DuckDB's own parser gave it where it may. */
export type SelectVerdict =
  | { readonly ok: true; readonly tree: string }
  | { readonly ok: false; readonly reason: string };

/** What `json_serialize_sql` gives. It serialises SELECT alone: any other statement is an error of its. */
const Parsed = z.looseObject({
  error: z.boolean(),
  error_message: z.string().optional(),
  statements: z.array(z.looseObject({ node: z.unknown() })).optional(),
});

/** Table functions that read nothing but their arguments. */
const HARMLESS = new Set(['unnest', 'range', 'generate_series']);
/**
 * Functions that say something of the machine, of the session, or of the catalog, that keep state, wait, plan or run other
 * SQL; and those of chance, by which a rule could be tried until it passes.
 */
const REFUSED =
  /^(current_(setting|database|catalog|schema|schemas|user|role|query|query_id|connection_id|transaction_id)|session_user|user|getenv|getvariable|pg_.*|has_.*_privilege|inet_.*|duckdb_.*|txid_current|nextval|currval|set_config|version|query|query_table|json_(de)?serialize_.*|json_execute_serialized_sql|sleep.*|parse_.*path|parse_duckdb_log_message|write_log|read_.*|parquet_.*|sniff_csv|glob|in_search_path|load_aws_credentials|which_secret|add_parquet_key|stats|sql_auto_complete|checkpoint|force_checkpoint|get_block_size|format_type|random|setseed|uuid|uuidv\d|gen_random_uuid)$/;
/** So that no name of a WITH clause is one of a file or of the catalog, which would be read where the clause does not reach. */
const CTE_NAME = /^(?!sqlite_|duckdb_|pragma_|pg_)[a-z_][a-z0-9_]*$/;
const MAX_DEPTH = 200;
const MAX_NODES = 20_000;

/**
 * Judges the parse tree of a contract's SQL: one SELECT that reads the dataset's own tables and nothing else. What runs is
 * this tree, written back as text by DuckDB, so that no other reading of the same text can come in between.
 * @param text of `json_serialize_sql`
 * @param tables names that may be read
 */
export function judgeSelect(text: string, tables: ReadonlySet<string>): SelectVerdict {
  const parsed = Parsed.safeParse(parseJson(text));
  if (!parsed.success) return refuse('its parse tree can’t be read');
  if (parsed.data.error)
    return refuse(`expected one SELECT: ${(parsed.data.error_message ?? 'it does not parse').slice(0, 300)}`);
  const statements = parsed.data.statements ?? [];
  if (statements.length !== 1) return refuse(`expected one SELECT, found ${statements.length} statements`);
  const nodes = nodesOf(statements[0]);
  if (nodes === null) return refuse('it is too large');
  const ctes = nodes.flatMap(namesOfCtes).map((name) => name.toLowerCase());
  const odd = ctes.find((name) => !CTE_NAME.test(name));
  if (odd !== undefined)
    return refuse(
      `it names a table of WITH ${JSON.stringify(odd.slice(0, 100))}: expected letters, digits and underscores, and no name of the catalog`,
    );
  const known = new Set([...[...tables].map((name) => name.toLowerCase()), ...ctes]);
  for (const node of nodes) {
    const reason = reasonAgainst(node, known);
    if (reason !== null) return refuse(reason);
  }
  return { ok: true, tree: text };
}

function reasonAgainst(node: Node, known: ReadonlySet<string>): string | null {
  const type = String(node['type'] ?? '');
  const name = textIn(node, 'function_name').toLowerCase();
  if (type === 'BASE_TABLE') {
    const table = textIn(node, 'table_name');
    const elsewhere = textIn(node, 'schema_name') !== '' || textIn(node, 'catalog_name') !== '';
    return elsewhere || !known.has(table.toLowerCase())
      ? `it reads ${JSON.stringify(table.slice(0, 100))}, which is not this dataset`
      : null;
  }
  if (type === 'TABLE_FUNCTION') {
    const called = tableFunction(node);
    return HARMLESS.has(called)
      ? null
      : `it calls the table function ${called || '(unknown)'}, and may read the dataset alone`;
  }
  if (['PIVOT', 'SHOW_REF', 'DELIM_GET', 'COLUMN_DATA'].includes(type)) return `it uses ${type}, which is not allowed`;
  if (name !== '' && REFUSED.test(name)) return `it calls ${name}, which is not allowed`;
  return null;
}

function tableFunction(node: Node): string {
  const called = node['function'];
  return isNode(called) ? textIn(called, 'function_name').toLowerCase() : '';
}

export type Node = Readonly<Record<string, unknown>>;

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(node: Node, key: string): string {
  const value = node[key];
  return typeof value === 'string' ? value : '';
}

/** Every object of the tree; null where there are too many. */
function nodesOf(root: unknown): readonly Node[] | null {
  const nodes: Node[] = [];
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth } = next;
    if (depth > MAX_DEPTH || nodes.length > MAX_NODES) return null;
    if (Array.isArray(value)) for (const item of value) open.push({ value: item, depth: depth + 1 });
    else if (isNode(value)) {
      nodes.push(value);
      for (const item of Object.values(value)) open.push({ value: item, depth: depth + 1 });
    }
  }
  return nodes;
}

function namesOfCtes(node: Node): readonly string[] {
  const map = node['cte_map'];
  const entries = isNode(map) ? map['map'] : null;
  if (!Array.isArray(entries)) return [];
  return entries.flatMap((entry: unknown) => (isNode(entry) && typeof entry['key'] === 'string' ? [entry['key']] : []));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuse(reason: string): SelectVerdict {
  return { ok: false, reason };
}

/** Fills in what ODCS lets a query say for its own table and column. */
export function fillPlaceholders(
  query: string,
  names: { readonly table: string; readonly column: string | null },
): string {
  return query
    .replaceAll(/\$\{(?:object|table|schema)\}|\{(?:object|table|model)\}/g, () => names.table)
    .replaceAll(/\$\{(?:property|column)\}|\{(?:property|column|field)\}/g, (found) => names.column ?? found);
}

import { isNode, type Node } from './select-only.ts';

/** Functions that say how many rows or values there are, and nothing of what they are. */
const COUNTS = /^(count|count_star|count_if|countif|approx_count_distinct|regr_count)$/;
/** Parts of a query that choose rows, and give none of their values. */
const CHOOSING: ReadonlySet<string> = new Set([
  ...['where_clause', 'having', 'qualify', 'filter', 'filter_expr', 'when_expr', 'condition'],
  ...['group_expressions', 'partitions', 'modifiers'],
]);

/**
 * Whether what a query gives says nothing of the values of personal columns, so that reports may show it: they are counted
 * and chosen by alone. In doubt it does not.
 * @param text the tree that `judgeSelect` let pass
 */
export function onlyCounts(text: string, personal: ReadonlySet<string>): boolean {
  const tree: unknown = JSON.parse(text);
  const nodes = [...givingNodes(tree)];
  const columns = new Set([...personal].map((name) => name.toLowerCase()));
  const tables = nodes.filter(({ type }) => type === 'BASE_TABLE');
  const called = new Set(tables.flatMap((table) => [wordOf(table['table_name']), wordOf(table['alias'])]));
  if (tables.some((table) => isFilled(table['column_name_alias'])) || nodes.some(isUnclear)) return countsAlone(tree);
  const named = nodes.flatMap((node) => (node['type'] === 'COLUMN_REF' ? [namesIn(node['column_names'])] : []));
  // A table as a whole is a value, too.
  const gives = named.some(
    (names) => names.some((name) => columns.has(name)) || (names.length === 1 && called.has(names[0] ?? '')),
  );
  return !gives || countsAlone(tree);
}

function namesIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(wordOf) : [];
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** What stands for columns without naming them. */
function isUnclear({ type }: Node): boolean {
  return type === 'STAR' || type === 'POSITIONAL_REFERENCE';
}

/** Whether the outermost SELECT gives counts, and numbers made of them. */
function countsAlone(tree: unknown): boolean {
  const statements = isNode(tree) && Array.isArray(tree['statements']) ? tree['statements'] : [];
  const [first]: unknown[] = statements;
  const node = isNode(first) ? first['node'] : null;
  if (!isNode(node) || node['type'] !== 'SELECT_NODE') return false;
  const reads = [...givingNodes(node['select_list'])];
  return !reads.some((one) => isUnclear(one) || one['type'] === 'COLUMN_REF' || 'subquery' in one);
}

/** Each node from which a value may come. */
function* givingNodes(root: unknown): Generator<Node, void, void> {
  const open: unknown[] = [root];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) open.push(...value);
    if (!isNode(value)) continue;
    yield value;
    const name = value['function_name'];
    if (typeof name === 'string' && COUNTS.test(name.toLowerCase())) continue;
    for (const [key, inner] of Object.entries(value)) if (!CHOOSING.has(key) && inner !== null) open.push(inner);
  }
}

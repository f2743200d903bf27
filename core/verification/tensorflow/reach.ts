import { FROM_FILE, RESTORING, SAVING } from './effects.ts';
import { type GraphFunction, type GraphNode, type MetaGraph, nodeOf } from './graph.ts';

/** A node that must not be where it is. */
export interface Misplaced {
  readonly node: GraphNode;
  readonly kind: 'saves' | 'restores' | 'vocabulary';
}

/**
 * Nodes that save or restore a checkpoint and are evaluated by more than whoever saves or restores one, and tables that
 * are filled from a file that is no asset of the model.
 */
export function misplaced(graph: MetaGraph): readonly Misplaced[] {
  const used = reached(graph, [...graph.roots, ...[...graph.callable.keys()].map((name) => `()${name}`)]);
  const restoring = reached(graph, graph.restore);
  const found: Misplaced[] = [];
  for (const node of used) {
    if (SAVING.has(node.op)) found.push({ node, kind: 'saves' });
    if (RESTORING.has(node.op)) found.push({ node, kind: 'restores' });
  }
  for (const node of restoring) if (SAVING.has(node.op)) found.push({ node, kind: 'saves' });
  return [...found, ...vocabularies(graph)];
}

/** All that evaluating these takes, of the graph and of functions. `()f` is a call of the function f. */
function reached(graph: MetaGraph, roots: readonly string[]): ReadonlySet<GraphNode> {
  const seen = new Set<GraphNode>();
  const functions = new Set<string>();
  const open = roots.map((root) => (root.startsWith('()') ? root : nodeOf(root)));
  const call = (name: string): void => {
    if (functions.has(name)) return;
    functions.add(name);
    for (const node of graph.functions.get(name)?.nodes ?? []) {
      seen.add(node);
      for (const callee of [...node.calls, node.op]) open.push(`()${callee}`);
    }
  };
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.startsWith('()')) {
      call(next.slice(2));
      continue;
    }
    const node = graph.nodes.get(next);
    if (node === undefined || seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) open.push(nodeOf(input));
    // An operator may be the name of a function, too.
    for (const callee of [...node.calls, node.op]) open.push(`()${callee}`);
  }
  return seen;
}

/** Tables whose file is not shown to be an asset, wherever they are: fail closed. */
function vocabularies(graph: MetaGraph): readonly Misplaced[] {
  const found: Misplaced[] = [];
  for (const node of graph.nodes.values())
    if (FROM_FILE.has(node.op) && !isAsset(graph, node.inputs[1] ?? '')) found.push({ node, kind: 'vocabulary' });
  for (const [name, body] of graph.functions) {
    for (const node of body.nodes)
      if (FROM_FILE.has(node.op) && !argumentIsAsset(graph, name, body, node.inputs[1] ?? ''))
        found.push({ node, kind: 'vocabulary' });
  }
  return found;
}

/** Whether every caller of the function gives an asset for this parameter. */
function argumentIsAsset(graph: MetaGraph, name: string, body: GraphFunction, parameter: string): boolean {
  const index = body.parameters.indexOf(parameter);
  if (index < 0) return false;
  const bound = graph.callable.get(name);
  if (bound !== undefined) {
    // Objects are the last arguments; the others are whatever a caller gives.
    const object = bound[index - (body.parameters.length - bound.length)];
    if (object === undefined || graph.objects[object] !== true) return false;
  }
  for (const other of graph.functions.values())
    if (other.nodes.some((node) => node.calls.includes(name) || node.op === name)) return false;
  for (const node of graph.nodes.values()) {
    if (!node.calls.includes(name) && node.op !== name) continue;
    if (!PLAIN_CALLS.has(node.op) || !isAsset(graph, node.inputs[index] ?? '')) return false;
  }
  return true;
}

/** Calls whose inputs are the parameters in their order. */
const PLAIN_CALLS: ReadonlySet<string> = new Set(['PartitionedCall', 'StatefulPartitionedCall']);

/** Whether a tensor is the path of an asset: fed as one, or read from a variable to which nothing else is assigned. */
function isAsset(graph: MetaGraph, input: string, depth = 0): boolean {
  const node = graph.nodes.get(nodeOf(input));
  if (node === undefined || depth > 8) return false;
  const first = node.inputs[0] ?? '';
  switch (node.op) {
    case 'Placeholder':
    case 'Const':
      return graph.assets.has(node.name);
    case 'Identity':
      return isAsset(graph, first, depth + 1);
    case 'ReadVariableOp': {
      const variable = nodeOf(first);
      const users = [...graph.nodes.values()].filter((other) => other.inputs.some((each) => nodeOf(each) === variable));
      const assigned = users.filter(({ op }) => op === 'AssignVariableOp');
      const harmless = users.every(({ op }) => VARIABLE_USES.has(op));
      return harmless && assigned.length > 0 && assigned.every((one) => isAsset(graph, one.inputs[1] ?? '', depth + 1));
    }
    default:
      return false;
  }
}

const VARIABLE_USES: ReadonlySet<string> = new Set(['AssignVariableOp', 'ReadVariableOp', 'VarIsInitializedOp']);

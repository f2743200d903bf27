import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';
import type { Finding } from './problem.ts';

export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Where in the text a path stands. A path that the text doesn't have (a missing key) is given the place of its nearest
 * ancestor's key, since that is where a person would add it.
 */
export function locate(
  document: Document.Parsed,
  lines: LineCounter,
  path: Finding['path'],
  at: Finding['at'],
): Position {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, part] of path.entries()) {
    const step = stepInto(resolve(node, document), part);
    if (step === null) break;
    const last = depth === path.length - 1;
    const key = startOf(step.key);
    offset = last && at === 'value' ? (startOf(step.value) ?? key ?? offset) : (key ?? startOf(step.value) ?? offset);
    node = step.value;
  }
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function stepInto(node: unknown, part: string | number): { key: unknown; value: unknown } | null {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(part));
    return pair === undefined ? null : { key: pair.key, value: pair.value };
  }
  if (isSeq(node) && typeof part === 'number') return { key: undefined, value: node.items[part] };
  return null;
}

function resolve(node: unknown, document: Document.Parsed): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  // Every node of a parsed document carries its range; `null` stands where a value is absent.
  return (node as Node | null | undefined)?.range?.[0];
}

import { type Document, isMap, isPair, isSeq } from 'yaml';

/** No document that a person writes comes near; whatever walks one may then call itself for each level. */
export const MAX_YAML_DEPTH = 100;

export const NESTED_TOO_DEEPLY = `nested too deeply: expected at most ${MAX_YAML_DEPTH} levels of lists and keys within each other`;

/** Where a document goes deeper than it may, as an offset of its text; null where it does not. Never calls itself. */
export function tooDeepAt({ contents, errors }: Document.Parsed): number | null {
  // How deep the parser itself comes depends on who called it.
  const exhausted = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
  if (exhausted !== undefined) return exhausted.pos[0];
  const open: { readonly node: unknown; readonly depth: number }[] = [{ node: contents, depth: 1 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (isPair(node)) open.push({ node: node.value, depth }, { node: node.key, depth });
    else if (isMap(node) || isSeq(node)) {
      if (depth > MAX_YAML_DEPTH) return node.range?.[0] ?? 0;
      for (const item of node.items) open.push({ node: item, depth: depth + 1 });
    }
  }
  return null;
}

import { type Alias, type Document, isAlias, isNode, isScalar, type Node, type Pair, visit } from 'yaml';

/**
 * Where keys stand in YAML that their mapping has already: offsets in the text, in its order. The parser's own
 * `uniqueKeys` compares each key with all others, which takes a hostile document of 256 KiB seconds, and its `resolve`
 * goes through the document for each alias.
 */
export function repeatedKeys(document: Document.Parsed): readonly number[] {
  return repeatedPairs(document).map(({ key }) => (isNode(key) ? (key.range?.[0] ?? 0) : 0));
}

/** The entries themselves whose key their mapping has already. */
export function repeatedPairs(document: Document.Parsed): readonly Pair[] {
  const named = aliasedKeys(document);
  const repeated: Pair[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const pair of map.items) {
        const { key } = pair;
        const meant = isAlias(key) ? named.get(key) : key;
        const value: unknown = isScalar(meant) ? meant.value : meant;
        if (seen.has(value)) repeated.push(pair);
        seen.add(value);
      }
    },
  });
  return repeated;
}

/** What aliases that stand as keys name: the last of their anchor before them. */
function aliasedKeys(document: Document.Parsed): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>();
  const named = new Map<Alias, Node>();
  visit(document, (place, node) => {
    if (!isNode(node)) return;
    if (!isAlias(node)) {
      if (node.anchor !== undefined) anchored.set(node.anchor, node);
      return;
    }
    const meant = anchored.get(node.source);
    if (place === 'key' && meant !== undefined) named.set(node, meant);
  });
  return named;
}

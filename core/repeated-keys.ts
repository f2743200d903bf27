import { type Document, isAlias, isNode, isScalar, visit } from 'yaml';

/**
 * Where keys stand in YAML that their mapping has already: offsets in the text, in its order. The parser's own
 * `uniqueKeys` compares each key with all others, which takes a hostile document of 256 KiB seconds.
 */
export function repeatedKeys(document: Document.Parsed): readonly number[] {
  const repeated: number[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        const named = isAlias(key) ? key.resolve(document) : key;
        const value: unknown = isScalar(named) ? named.value : named;
        if (seen.has(value)) repeated.push(isNode(key) ? (key.range?.[0] ?? 0) : 0);
        seen.add(value);
      }
    },
  });
  return repeated;
}

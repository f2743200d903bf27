/** The entries of a record whose keys a schema has parsed, with the type of those keys kept. */
export function entriesOf<K extends string, V>(record: Readonly<Record<K, V>>): [K, V][] {
  // Object.entries forgets the key's brand.
  return Object.entries(record) as [K, V][];
}

export function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  return entriesOf(record).map(([key]) => key);
}

/** Own members only: `constructor` is a lawful model name, and must not find what every object inherits. */
export function valueAt<K extends string, V>(record: Readonly<Record<K, V>>, key: K): V | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** What a type of DuckDB consists of: `STRUCT(a INTEGER, "b c" VARCHAR[])`, `BIGINT[]`, `FLOAT[3]`. */
export type NestedType =
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, string> }
  | { readonly kind: 'list'; readonly element: string }
  | { readonly kind: 'other' };

const OTHER: NestedType = { kind: 'other' };

/** Reads a type as DuckDB writes it. Names in it come from the data. */
export function readNestedType(type: string): NestedType {
  const list = /^(?<element>[\s\S]*)\[\d*\]$/.exec(type)?.groups?.['element'];
  if (list !== undefined) return { kind: 'list', element: list };
  if (!type.startsWith('STRUCT(') || !type.endsWith(')')) return OTHER;
  const fields = new Map<string, string>();
  for (const part of partsOf(type.slice('STRUCT('.length, -1))) {
    const groups = /^\s*(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^\s"]+)) (?<type>[\s\S]+)$/.exec(part)?.groups;
    const name = groups?.['quoted']?.replaceAll('""', '"') ?? groups?.['plain'];
    const inner = groups?.['type'];
    if (name === undefined || inner === undefined || fields.has(name)) return OTHER;
    fields.set(name, inner);
  }
  return { kind: 'struct', fields };
}

/** Split at the commas outside of quotes and brackets. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let [depth, quoted, from] = [0, false, 0];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  return [...parts, text.slice(from)];
}

/** Deeper types are not looked into. */
const MAX_DEPTH = 100;

/** The names of all fields that a type has inside, at any depth. */
export function fieldNames(type: string, depth = 0): readonly string[] {
  if (depth > MAX_DEPTH) return [];
  const nested = readNestedType(type);
  switch (nested.kind) {
    case 'struct':
      return [...nested.fields].flatMap(([name, inner]) => [name, ...fieldNames(inner, depth + 1)]);
    case 'list':
      return fieldNames(nested.element, depth + 1);
    case 'other':
      return [];
  }
}

import { isObject, type Json, type JsonObject } from './simplify.ts';

/** Shorter schemas cost more as a reference than in place. In characters of JSON. */
const WORTH = 200;

/**
 * Replaces each inline schema that occurs more than once by a reference to one copy under `schemas`: GitHub writes its
 * user and repository objects out hundreds of times. Outer schemas are folded before inner ones; names follow the
 * order of first occurrence, so the result is deterministic.
 */
export function foldRepeats(document: JsonObject): JsonObject {
  const counts = new Map<string, number>();
  count(document, counts);
  const names = new Map<string, string>();
  const shared: JsonObject = {};
  const fold = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(fold);
    if (!isObject(value)) return value;
    const text = JSON.stringify(value);
    if (!isSchema(value) || text.length < WORTH || (counts.get(text) ?? 0) < 2) return foldFields(value, fold);
    const known = names.get(text);
    if (known !== undefined) return { $ref: `#/components/schemas/${known}` };
    const name = `repeated-${names.size + 1}`;
    names.set(text, name);
    shared[name] = foldFields(value, fold);
    return { $ref: `#/components/schemas/${name}` };
  };
  const folded = foldFields(document, fold);
  const components = isObject(folded['components']) ? folded['components'] : {};
  const schemas = isObject(components['schemas']) ? components['schemas'] : {};
  return { ...folded, components: { schemas: { ...schemas, ...shared } } };
}

function foldFields(value: JsonObject, fold: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fold(one)]));
}

/** In a map of properties, `type` and `anyOf` name fields and hold a schema object, never a string or a list. */
function isSchema(value: JsonObject): boolean {
  return [value['type'], value['anyOf'], value['oneOf']].some((one) => typeof one === 'string' || Array.isArray(one));
}

function count(value: Json, counts: Map<string, number>): void {
  if (Array.isArray(value)) for (const one of value) count(one, counts);
  else if (isObject(value)) {
    const text = JSON.stringify(value);
    if (text.length >= WORTH) counts.set(text, (counts.get(text) ?? 0) + 1);
    for (const one of Object.values(value)) count(one, counts);
  }
}

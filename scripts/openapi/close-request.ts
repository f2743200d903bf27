import { isObject, type Json, type JsonObject } from './simplify.ts';

const COMBINED = ['anyOf', 'oneOf', 'allOf'];

/**
 * Closes a request schema, so that a misspelt field is refused: GitHub's description leaves its requests open, and the
 * real server ignores what it does not know. An object whose schema names fields takes these and the fields of its
 * combined branches; one that says `additionalProperties` itself, or names none, stays open.
 * @param resolve gives the (simplified) schema at a `$ref`, which is written in place, since the shared one must stay open
 */
export function closeRequest(schema: Json, resolve: (reference: string) => Json, seen: readonly string[] = []): Json {
  return close(schema, resolve, seen, false);
}

function close(schema: Json, resolve: (reference: string) => Json, seen: readonly string[], branch: boolean): Json {
  if (!isObject(schema)) return schema;
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    return seen.includes(reference) ? {} : close(resolve(reference), resolve, [...seen, reference], branch);
  }
  const out: JsonObject = { ...schema };
  const properties = schema['properties'];
  const named = isObject(properties);
  if (named) {
    const entries = Object.entries(properties);
    out['properties'] = Object.fromEntries(entries.map(([name, value]) => [name, close(value, resolve, seen, false)]));
  }
  const items = schema['items'];
  if (items !== undefined) out['items'] = close(items, resolve, seen, false);
  for (const key of COMBINED) {
    const list = schema[key];
    if (Array.isArray(list))
      out[key] = list.map((one) => close(one, resolve, seen, branch || named || key === 'allOf'));
  }
  if (named && !branch && schema['additionalProperties'] === undefined) {
    out['propertyNames'] = { enum: [...fieldNames(out)].sort() };
  }
  return out;
}

function fieldNames(schema: Json): Set<string> {
  const names = new Set<string>();
  if (!isObject(schema)) return names;
  if (isObject(schema['properties'])) for (const name of Object.keys(schema['properties'])) names.add(name);
  for (const key of COMBINED) {
    const list = schema[key];
    if (Array.isArray(list)) for (const one of list) for (const name of fieldNames(one)) names.add(name);
  }
  return names;
}

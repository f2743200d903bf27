export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keywords that constrain a value; all else (descriptions, examples, defaults, titles, x-…) is dropped. */
const PLAIN = [
  '$ref',
  'type',
  'format',
  'enum',
  'required',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'pattern',
].concat(['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties', 'const']);
const OF_SCHEMAS = ['anyOf', 'oneOf', 'allOf'];
const OF_SCHEMA = ['items', 'additionalProperties', 'not'];
/** Formats that `ajv-formats` knows; others would be ignored with a warning. int64 is a plain integer to JavaScript. */
const FORMATS = new Set(['uri', 'date-time', 'date', 'email', 'uri-template']);

/**
 * An OpenAPI 3.0 or 3.1 schema as plain JSON Schema: only constraints, `nullable` spelt out. 97 of GitHub's schemas
 * are `nullable` without a type, which validators ignore, so those become `anyOf [schema, null]`.
 */
export function simplify(schema: Json): Json {
  if (!isObject(schema)) return schema;
  const out: JsonObject = {};
  for (const key of PLAIN) {
    const value = schema[key];
    if (value === undefined || (key === 'format' && !FORMATS.has(String(value)))) continue;
    out[key] = value;
  }
  const properties = schema['properties'];
  if (isObject(properties)) {
    out['properties'] = Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, simplify(value)]));
  }
  for (const key of OF_SCHEMAS) {
    const list = schema[key];
    if (Array.isArray(list)) out[key === 'allOf' && isImpossible(list) ? 'anyOf' : key] = list.map(simplify);
  }
  for (const key of OF_SCHEMA) {
    const value = schema[key];
    if (value !== undefined) out[key] = simplify(value);
  }
  return schema['nullable'] === true ? nullable(out) : out;
}

/** One answer describes an account as a user and an enterprise at once, which nothing is; the others say either. */
function isImpossible(list: readonly Json[]): boolean {
  const names = list.map((one) => (isObject(one) && Array.isArray(one['required']) ? one['required'] : []));
  return names.length === 2 && names[0]?.includes('login') === true && names[1]?.includes('slug') === true;
}

function nullable(schema: JsonObject): JsonObject {
  const { type, enum: values, anyOf, oneOf, allOf, $ref, ...rest } = schema;
  if (
    typeof type !== 'string' ||
    anyOf !== undefined ||
    oneOf !== undefined ||
    allOf !== undefined ||
    $ref !== undefined
  ) {
    return { anyOf: [schema, { type: 'null' }] };
  }
  const widened: JsonObject = { type: [type, 'null'], ...rest };
  if (Array.isArray(values)) widened['enum'] = values.includes(null) ? values : [...values, null];
  return widened;
}

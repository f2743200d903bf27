import { z } from 'zod';
import { type DraftColumn, type DraftInside, type DraftType, PLAIN_COLUMN } from '../contract-text/draft.ts';
import { finish } from './finish.ts';
import { passedOver } from './passed-over.ts';
import { readDocument } from './read-document.ts';
import type { ImportOptions, ImportResult } from './result.ts';

type Schema = Readonly<Record<string, unknown>>;

const MAX_COLUMNS = 2000;
/** Of references that lead to references. */
const MAX_STEPS = 20;

/**
 * A contract that says what a JSON Schema says of one row: of an object, or of the objects of an array. References
 * within the document are followed, none outside of it; what a contract can't say is noted.
 */
export function importJsonSchema(text: string, options: ImportOptions): ImportResult {
  const read = readDocument(text);
  if ('message' in read) return { ok: false, message: read.message };
  const { row, list } = rowSchema(read.value);
  const properties = asSchema(row?.['properties']);
  const required = z.array(z.string()).catch([]).parse(row?.['required']);
  const names = [...new Set([...Object.keys(properties ?? {}), ...(properties === null ? [] : required)])];
  if (row === null || properties === null || names.length === 0)
    return {
      ok: false,
      message: 'expected a JSON Schema of an object with properties, or of an array of such objects',
    };
  if (names.length > MAX_COLUMNS) return { ok: false, message: `a contract may have ${MAX_COLUMNS} columns at most` };
  const wrong = names.find((name) => name === '' || name.length > 256);
  if (wrong !== undefined) return { ok: false, message: 'a column needs a name of 1 to 256 characters' };
  const least = Number.isSafeInteger(list?.['minItems']) ? Number(list?.['minItems']) : 0;
  const closed = row['additionalProperties'] === false;
  const notes = [
    ...passedOver(row, ROW).map((key) => `${key} of the row is not carried over`),
    ...(asSchema(row['additionalProperties']) === null ? [] : ['additionalProperties of the row is not carried over']),
    ...passedOver(list ?? {}, ['items', 'minItems', '$ref']).map((key) => `${key} of the rows is not carried over`),
  ];
  const whole = { root: read.value, notes, left: { fields: MAX_INNER } };
  const columns = names.map((name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : true;
    return columnOf({ name, path: name, value: property, required: required.includes(name), depth: 0 }, whole);
  });
  const draft = {
    ...{ name: options.dataset, path: options.path, columns, unique: [], foreignKeys: [] },
    rowCount: least > 0 ? { atLeast: least } : null,
    // A JSON Schema lets other properties be unless it says otherwise.
    settings: closed ? {} : { trainyardExtraColumns: 'allow' },
  };
  return finish(draft, 'Imported from a JSON Schema.', notes);
}

function asSchema(value: unknown): Schema | null {
  const parsed = z.record(z.string(), z.unknown()).safeParse(value);
  return parsed.success ? parsed.data : null;
}

/** The schema of a row, and that of the array of rows where the document speaks of one. */
function rowSchema(root: unknown): { readonly row: Schema | null; readonly list: Schema | null } {
  const whole = resolve(root, root);
  const items = whole?.['properties'] === undefined ? resolve(whole?.['items'], root) : null;
  return items === null ? { row: whole, list: null } : { row: items, list: whole };
}

const ROW = ['properties', 'required', 'additionalProperties', '$ref'];

/** Follows `$ref` of the form `#/a/b`; null where it leads nowhere, in a circle, or out of the document. */
function resolve(value: unknown, root: unknown): Schema | null {
  let schema = asSchema(value);
  for (let step = 0; schema !== null && typeof schema['$ref'] === 'string'; step += 1) {
    const pointer = /^#(?:\/(.*))?$/s.exec(schema['$ref']);
    if (pointer === null || step >= MAX_STEPS) return null;
    const keys = pointer[1] === undefined ? [] : pointer[1].split('/');
    schema = keys.reduce<Schema | null>((at, key) => {
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
      return at !== null && Object.hasOwn(at, name) ? asSchema(at[name]) : null;
    }, asSchema(root));
  }
  return schema;
}

/** A schema of a value, and where it stands. */
interface Place {
  readonly name: string;
  /** For notes: `a.b`, `a[].b`. */
  readonly path: string;
  readonly value: unknown;
  readonly required: boolean;
  /** How many values it is inside of. */
  readonly depth: number;
}

interface Whole {
  readonly root: unknown;
  /** Appended to. */
  readonly notes: string[];
  /** How many more values inside of others may be carried over: references could make very many of few. */
  readonly left: { fields: number };
}

const MAX_INNER = 2000;
/** Deeper than people write them; a schema that refers to itself has no end. */
const MAX_DEPTH = 8;

function columnOf({ name, path, value, required, depth }: Place, whole: Whole): DraftColumn {
  const { root, notes } = whole;
  const note = (text: string): void => void notes.push(`${path}: ${text}`);
  const schema = resolve(value, root);
  if (schema === null) {
    if (value !== true) note('its schema could not be read, or lies elsewhere');
    return { ...PLAIN_COLUMN, name, required };
  }
  const beside = asSchema(value) ?? {};
  if (typeof beside['$ref'] === 'string')
    for (const key of passedOver(beside, ['$ref'])) note(`${key} beside $ref is not carried over`);
  const { types, nullable } = typesOf(schema);
  const description = schema['description'] ?? schema['title'];
  const plain = {
    ...{ ...PLAIN_COLUMN, name },
    description: typeof description === 'string' ? description : null,
    required: required && !nullable,
  };
  const inside = insideOf(types, schema, { path, depth }, whole, note);
  if (inside !== null) return { ...plain, inside };
  const logicalType = typeOf(types, schema, note);
  for (const key of passedOver(schema, readOf(logicalType))) note(`${key} is not carried over`);
  const [options, values] = [optionsOf(schema, logicalType, note), valuesOf(schema, note)];
  if (depth === 0 || values === null) return { ...plain, logicalType, options, values };
  return { ...plain, logicalType, options: { ...options, ...patternOf(values, options, note) } };
}

/** A set of values inside of a column, where a contract has no other word for it. */
function patternOf(
  values: readonly (string | number)[],
  options: DraftColumn['options'],
  note: (text: string) => void,
): DraftColumn['options'] {
  const texts = values.filter((value) => typeof value === 'string');
  if (texts.length === values.length && options['pattern'] === undefined)
    return { pattern: `^(?:${texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|')})$` };
  note('enum inside of a column is carried over for texts without a pattern alone');
  return {};
}

const ARRAY_LIMITS = ['minItems', 'maxItems'] as const;

/** Fields of an object, or the elements of an array; null for what is no such value, or says nothing of what is inside. */
function insideOf(
  types: readonly string[],
  schema: Schema,
  { path, depth }: Pick<Place, 'path' | 'depth'>,
  whole: Whole,
  note: (text: string) => void,
): DraftInside | null {
  const [type = asSchema(schema['properties']) === null ? '' : 'object', ...others] = types;
  const properties = Object.entries(asSchema(schema['properties']) ?? {});
  const isObject = type === 'object' && properties.length > 0;
  if (others.length > 0 || !(isObject || type === 'array')) return null;
  whole.left.fields -= Math.max(properties.length, 1);
  // Its type is then noted as one that is not checked.
  if (depth >= MAX_DEPTH || whole.left.fields < 0) return null;
  if (!isObject) return arrayOf(schema, { path, depth }, whole, note);
  for (const key of passedOver(schema, ['properties', 'required', 'nullable', '$ref']))
    note(`${key} is not carried over`);
  const required = z.array(z.string()).catch([]).parse(schema['required']);
  const unnamed = required.filter((name) => !properties.some(([known]) => known === name));
  if (unnamed.length > 0) note(`${unnamed.join(', ')} of required is not carried over: it is none of its properties`);
  const fields = properties.flatMap(([name, value]) => {
    const inner = { name, path: `${path}.${name}`, value, required: required.includes(name), depth: depth + 1 };
    if (name !== '' && name.length <= 256) return [columnOf(inner, whole)];
    note('a field without a name, or with a very long one, is not carried over');
    return [];
  });
  return { kind: 'object', fields };
}

function arrayOf(
  schema: Schema,
  { path, depth }: Pick<Place, 'path' | 'depth'>,
  whole: Whole,
  note: (text: string) => void,
): DraftInside {
  const read = ['items', 'uniqueItems', 'nullable', '$ref', ...ARRAY_LIMITS];
  for (const key of passedOver(schema, read)) note(`${key} is not carried over`);
  const options: Record<string, number | boolean> = {};
  for (const key of ARRAY_LIMITS) {
    const value = schema[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) options[key] = value;
    else if (value !== undefined) note(`${key} is no whole number`);
  }
  if (schema['uniqueItems'] === true) options['uniqueItems'] = true;
  const { items: value } = schema;
  const element = { name: 'items', path: `${path}[]`, value, required: false, depth: depth + 1 };
  return { kind: 'array', items: value === undefined ? null : columnOf(element, whole), options };
}

function typesOf(schema: Schema): { readonly types: readonly string[]; readonly nullable: boolean } {
  const all = z
    .union([z.string().transform((type) => [type]), z.array(z.string())])
    .catch([])
    .parse(schema['type']);
  const types = all.filter((type) => type !== 'null');
  const values: readonly unknown[] = Array.isArray(schema['enum']) ? schema['enum'] : [];
  // A schema without a type says nothing against null.
  const nullable = all.length === 0 ? values.length === 0 || values.includes(null) : all.includes('null');
  return { types, nullable: nullable || schema['nullable'] === true };
}

function typeOf(types: readonly string[], schema: Schema, note: (text: string) => void): DraftType | null {
  const [type] = types;
  if (types.length === 2 && types.includes('integer') && types.includes('number')) return 'number';
  if (type === undefined || types.length > 1) {
    if (types.length > 1) note(`one of the types ${types.join(', ')} is not checked`);
    return null;
  }
  if (type === 'string') {
    if (schema['format'] === 'date') return 'date';
    return schema['format'] === 'date-time' ? 'timestamp' : 'string';
  }
  if (type === 'integer' || type === 'number' || type === 'boolean') return type;
  note(`type ${type} is not checked`);
  return null;
}

/** The keywords that are carried over, or have a note of their own. */
function readOf(type: DraftType | null): readonly string[] {
  const all = ['enum', 'const', 'nullable'];
  if (type === 'string') return [...all, 'minLength', 'maxLength', 'pattern', 'format'];
  if (type === 'integer' || type === 'number') return [...all, ...BOUNDS];
  return type === 'date' || type === 'timestamp' ? [...all, 'format'] : all;
}

const TEXT_FORMATS = ['email', 'uuid', 'uri', 'hostname', 'ipv4', 'ipv6', 'time'];
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'] as const;

function optionsOf(schema: Schema, type: DraftType | null, note: (text: string) => void): DraftColumn['options'] {
  const options: Record<string, string | number> = {};
  if (type === 'string') {
    for (const key of ['minLength', 'maxLength'] as const) {
      const value = schema[key];
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) options[key] = value;
      else if (value !== undefined) note(`${key} is no whole number`);
    }
    const { pattern, format } = schema;
    if (typeof pattern === 'string') options['pattern'] = pattern;
    if (typeof format === 'string' && TEXT_FORMATS.includes(format)) options['format'] = format;
    else if (typeof format === 'string') note(`format ${format} is not checked`);
  } else if (type === 'integer' || type === 'number') {
    for (const key of BOUNDS) {
      const value = schema[key];
      if (typeof value === 'number' && Number.isFinite(value) && (key !== 'multipleOf' || value > 0))
        options[key] = value;
      // Draft 4: a flag beside minimum, which our reader of contracts knows, and the standard's schema does not.
      else if (typeof value === 'boolean' && value) note(`${key}: true is not carried over: state it as a number`);
    }
  }
  return options;
}

function valuesOf(schema: Schema, note: (text: string) => void): DraftColumn['values'] {
  if (schema['const'] !== undefined && schema['enum'] !== undefined) note('enum beside const is not carried over');
  const raw = schema['const'] !== undefined ? [schema['const']] : schema['enum'];
  if (raw === undefined) return null;
  const values = z
    .array(z.union([z.string(), z.number(), z.null()]))
    .min(1)
    .safeParse(raw);
  if (!values.success) {
    note('a set with other values than texts and numbers is not checked');
    return null;
  }
  const listed = values.data.filter((value) => value !== null);
  return listed.length === 0 ? null : listed;
}

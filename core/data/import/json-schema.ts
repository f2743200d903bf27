import { z } from 'zod';
import { type DraftColumn, type DraftType, PLAIN_COLUMN } from '../contract-text/draft.ts';
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
  const columns = names.map((name) => {
    const property = Object.hasOwn(properties, name) ? properties[name] : true;
    return columnOf(name, property, required.includes(name), read.value, notes);
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

function columnOf(name: string, value: unknown, required: boolean, root: unknown, notes: string[]): DraftColumn {
  const note = (text: string): void => void notes.push(`${name}: ${text}`);
  const schema = resolve(value, root);
  if (schema === null) {
    if (value !== true) note('its schema could not be read, or lies elsewhere');
    return { ...PLAIN_COLUMN, name, required };
  }
  const beside = asSchema(value) ?? {};
  if (typeof beside['$ref'] === 'string')
    for (const key of passedOver(beside, ['$ref'])) note(`${key} beside $ref is not carried over`);
  const { types, nullable } = typesOf(schema);
  const logicalType = typeOf(types, schema, note);
  for (const key of passedOver(schema, readOf(logicalType))) note(`${key} is not carried over`);
  const description = schema['description'] ?? schema['title'];
  return {
    ...PLAIN_COLUMN,
    name,
    logicalType,
    description: typeof description === 'string' ? description : null,
    required: required && !nullable,
    options: optionsOf(schema, logicalType, note),
    values: valuesOf(schema, note),
  };
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

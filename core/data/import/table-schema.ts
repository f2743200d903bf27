import { z } from 'zod';
import { type DraftColumn, type DraftForeignKey, type DraftType, PLAIN_COLUMN } from '../contract-text/draft.ts';
import { Dialect } from '../text/dialect.ts';
import { dateFormat } from './date-format.ts';
import { finish } from './finish.ts';
import { passedOver } from './passed-over.ts';
import { readDocument } from './read-document.ts';
import { dialectOf } from './resource-dialect.ts';
import type { ImportOptions, ImportResult } from './result.ts';

/** Frictionless Table Schema (https://specs.frictionlessdata.io/table-schema), versions 1 and 2. */
const Constraints = z.looseObject({
  required: z.boolean().optional(),
  unique: z.boolean().optional(),
  minLength: z.int().min(0).optional(),
  maxLength: z.int().min(0).optional(),
  minimum: z.union([z.number(), z.string()]).optional(),
  maximum: z.union([z.number(), z.string()]).optional(),
  exclusiveMinimum: z.union([z.number(), z.string()]).optional(),
  exclusiveMaximum: z.union([z.number(), z.string()]).optional(),
  pattern: z.string().optional(),
  enum: z
    .array(z.union([z.string(), z.number(), z.boolean()]))
    .min(1)
    .optional(),
});

const Field = z.looseObject({
  name: z.string().min(1).max(256),
  type: z.string().default('any'),
  format: z.string().default('default'),
  title: z.string().optional(),
  description: z.string().optional(),
  constraints: Constraints.default({}),
});
type Field = z.infer<typeof Field>;

/** What is written otherwise in the data than a contract's types are, or narrows them. */
const OTHER_WRITING = [
  ...['trueValues', 'falseValues', 'decimalChar', 'groupChar', 'bareNumber', 'categories', 'categoriesOrdered'],
  ...['missingValues', 'delimiter', 'itemType'],
];

const Names = z.union([z.string(), z.array(z.string())]).transform((names) => [names].flat());

const TableSchema = z.looseObject({
  fields: z.array(Field).min(1).max(2000),
  primaryKey: Names.default([]),
  uniqueKeys: z.array(Names).default([]),
  foreignKeys: z
    .array(
      z.looseObject({ fields: Names, reference: z.looseObject({ resource: z.string().default(''), fields: Names }) }),
    )
    .default([]),
  missingValues: z.array(z.unknown()).optional(),
  fieldsMatch: z.unknown().optional(),
});

const Resource = z.looseObject({
  name: z.string().optional(),
  path: z.unknown().optional(),
  schema: z.unknown().optional(),
  dialect: z.unknown().optional(),
  encoding: z.unknown().optional(),
});
type Resource = z.infer<typeof Resource>;

/** A contract that says what a Frictionless Table Schema says; also from a data resource or data package that holds one. */
export function importTableSchema(text: string, options: ImportOptions): ImportResult {
  const read = readDocument(text);
  if ('message' in read) return { ok: false, message: read.message };
  const resource = resourceOf(read.value, options);
  const parsed = TableSchema.safeParse(resource?.schema);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    return { ok: false, message: `expected a Table Schema with a list of fields${where}: ${issue?.message ?? ''}` };
  }
  const { fields, primaryKey, uniqueKeys, foreignKeys, missingValues } = parsed.data;
  const notes = passedOver(parsed.data, Object.keys(TableSchema.shape)).map((key) => `${key} is not carried over`);
  const dialect = dialectOf(resource ?? {}, notes);
  const extra = extraColumnsOf(parsed.data.fieldsMatch, notes);
  const missing = missingOf(missingValues, notes);
  const columns = fields.map((field) => columnOf(field, primaryKey, notes));
  const draft = {
    name: options.dataset,
    path: options.path,
    columns,
    rowCount: null,
    settings: {
      ...(dialect === null && missing === null
        ? {}
        : { trainyardDialect: { ...dialect, ...(missing === null ? {} : { missing }) } }),
      ...(extra === null ? {} : { trainyardExtraColumns: extra }),
    },
    unique: uniqueKeys.filter((key) => key.length > 0),
    foreignKeys: foreignKeys.map(({ fields: from, reference }): DraftForeignKey => {
      const object = reference.resource === '' ? options.dataset : reference.resource;
      return { columns: from, to: { object, columns: reference.fields } };
    }),
  };
  return finish(draft, 'Imported from a Frictionless Table Schema.', notes);
}

/** The texts that stand for no value (in version 2 with a word on each). */
function missingOf(stated: readonly unknown[] | undefined, notes: string[]): Dialect['missing'] | null {
  if (stated === undefined) return null;
  const texts = z.array(z.union([z.string(), z.looseObject({ value: z.string() }).transform(({ value }) => value)]));
  const read = texts.safeParse(stated);
  const missing = read.success ? [...new Set(read.data)].filter((text) => text !== '') : [];
  if (!read.success || !Dialect.safeParse(missing.length === 0 ? {} : { missing }).success) {
    notes.push('missingValues is not carried over: it holds others than short texts, or too many');
    return null;
  }
  if (read.data.length === missing.length)
    notes.push('the empty field counts as missing, also where missingValues leaves it out');
  return missing.length === 0 ? null : missing;
}

/** A resource, that of a package that has the dataset's name or path (or is the only one), or one of the schema alone. */
function resourceOf(value: unknown, { dataset, path }: ImportOptions): Partial<Resource> | undefined {
  const whole = z.looseObject({ resources: z.array(Resource).min(1) }).safeParse(value);
  if (whole.success) {
    const { resources } = whole.data;
    const meant = resources.find((one) => one.name === dataset || (path !== null && one.path === path));
    return meant ?? (resources.length === 1 ? resources[0] : undefined);
  }
  const resource = Resource.safeParse(value);
  return resource.success && resource.data.schema !== undefined ? resource.data : { schema: value };
}

/** Version 2 lets data have other columns than the schema; that they are in its order is asked of none here. */
function extraColumnsOf(match: unknown, notes: string[]): 'allow' | null {
  const [how] = [match].flat();
  if (how === 'subset' || how === 'partial') {
    if (how === 'partial') notes.push('fieldsMatch partial is not carried over: each column must be there');
    return 'allow';
  }
  if (how === 'superset') notes.push('fieldsMatch superset is not carried over: each column must be there');
  return null;
}

const TYPES: ReadonlyMap<string, DraftType> = new Map([
  ['string', 'string'],
  ['number', 'number'],
  ['integer', 'integer'],
  ['year', 'integer'],
  ['boolean', 'boolean'],
  ['date', 'date'],
  ['datetime', 'timestamp'],
  ['time', 'time'],
]);

const FORMATS: ReadonlyMap<string, string> = new Map([
  ['email', 'email'],
  ['uri', 'uri'],
  ['uuid', 'uuid'],
  ['binary', 'byte'],
]);

function columnOf(field: Field, primaryKey: readonly string[], notes: string[]): DraftColumn {
  const { name, constraints } = field;
  const note = (text: string): void => void notes.push(`${name}: ${text}`);
  const logicalType = typeOf(field, note);
  for (const key of OTHER_WRITING) if (field[key] !== undefined) note(`${key} is not carried over`);
  for (const key of passedOver(field, [...Object.keys(Field.shape), ...OTHER_WRITING]))
    note(`${key} is not carried over`);
  for (const key of passedOver(constraints, constraintsOf(logicalType)))
    note(`${key} of its constraints is not carried over`);
  const position = primaryKey.indexOf(name);
  const values = constraints.enum?.filter((value) => typeof value !== 'boolean') ?? [];
  if (values.length < (constraints.enum?.length ?? 0)) note('true and false in its enum are not carried over');
  return {
    ...PLAIN_COLUMN,
    name,
    logicalType,
    description: field.description ?? field.title ?? null,
    required: constraints.required === true || position !== -1,
    unique: constraints.unique === true,
    primaryKey: position === -1 ? null : position + 1,
    options: logicalType === null ? {} : optionsOf(field, logicalType, note),
    values: values.length === 0 ? null : values,
  };
}

const ALWAYS = ['required', 'unique', 'enum'];
const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'] as const;

/** The constraints that are carried over, or have a note of their own. */
function constraintsOf(type: DraftType | null): readonly string[] {
  if (type === null) return ALWAYS;
  if (type === 'string') return [...ALWAYS, 'minLength', 'maxLength', 'pattern'];
  return type === 'boolean' ? [...ALWAYS, 'pattern'] : [...ALWAYS, 'pattern', ...BOUNDS];
}

function typeOf({ type, format }: Field, note: (text: string) => void): DraftType | null {
  const known = TYPES.get(type) ?? null;
  if (known === null && type !== 'any') note(`type ${type} is not checked`);
  if (known === 'time' && format !== 'default') {
    note(`format ${format} is not checked, nor is the type`);
    return null;
  }
  const timed = known === 'date' || known === 'timestamp';
  if (timed && format !== 'default' && dateFormat(format) === null) {
    note(`format ${format} is not checked, nor is the type`);
    return null;
  }
  return known;
}

function optionsOf(
  { type, format, constraints }: Field,
  logicalType: DraftType,
  note: (text: string) => void,
): DraftColumn['options'] {
  const { minLength, maxLength, pattern } = constraints;
  const options: Record<string, string | number> = {};
  if (logicalType === 'string') {
    if (minLength !== undefined) options['minLength'] = minLength;
    if (maxLength !== undefined) options['maxLength'] = maxLength;
    // Table Schema patterns hold for the whole value, those of ODCS anywhere in it.
    if (pattern !== undefined) options['pattern'] = `^(?:${pattern})$`;
    const named = FORMATS.get(format);
    if (named !== undefined) options['format'] = named;
    else if (format !== 'default') note(`format ${format} is not checked`);
    return options;
  }
  if (pattern !== undefined) note('its pattern is not checked: it is no text');
  const timed = logicalType === 'date' || logicalType === 'timestamp' || logicalType === 'time';
  for (const key of BOUNDS) {
    const value = constraints[key];
    if (value === undefined || logicalType === 'boolean') continue;
    const bound = timed ? String(value) : Number(value);
    if (typeof bound === 'string' || Number.isFinite(bound)) options[key] = bound;
    else note(`${key} is no number`);
  }
  const written = timed && format !== 'default' ? dateFormat(format) : null;
  if (written !== null) options['format'] = written;
  if (type === 'year')
    Object.assign(options, { minimum: options['minimum'] ?? 0, maximum: options['maximum'] ?? 9999 });
  return options;
}

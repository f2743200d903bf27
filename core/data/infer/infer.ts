import { type ContractDraft, type DraftColumn, type DraftType, PLAIN_COLUMN } from '../contract-text/draft.ts';
import { writeContract } from '../contract-text/write.ts';
import type { ColumnProfile } from '../report/profile.ts';
import { dateBounds, lengthBounds, numberBounds } from './bounds.ts';
import { ENOUGH_ROWS, isIdentifier, primaryKeyOf } from './keys.ts';
import { missingAdvice, missingMarker } from './missing.ts';
import { codePattern } from './text-pattern.ts';

export interface InferInput {
  /** Name of the dataset, such as the stem of its file. */
  readonly dataset: string;
  /** Of the data, as the contract is to name it. */
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly ColumnProfile[];
  /** Sets of columns that an engine found to occur once together (see `candidateKeys`); the first becomes the key. */
  readonly keys?: readonly (readonly string[])[];
}

/** More values than this are no set that somebody maintains by hand. */
const MAX_VALUES = 25;
/** A value that occurred but once or twice says nothing about what else may come. */
const ROWS_PER_VALUE = 10;

/**
 * A contract that the data at hand meets and that is worth editing: types, nulls, ranges with margin, sets, lengths,
 * keys, hints at personal data. ODCS as YAML, a comment at each guess.
 */
export function inferContract(input: InferInput): string {
  return writeContract(inferDraft(input));
}

export function inferDraft({ dataset, path, rows, columns: all, keys = [] }: InferInput): ContractDraft {
  const columns = all.filter(({ name }) => !isNameless(name));
  const nameless = all.length - columns.length;
  const single = primaryKeyOf(columns);
  const key = single === null ? (keys[0] ?? []) : [single];
  return {
    name: dataset,
    path,
    comments: [
      `Inferred from ${rows.toLocaleString('en-US')} rows of ${path}. It says what this data happened to be:`,
      'keep what is meant, loosen what was chance, and add what only people know.',
      ...(nameless === 0
        ? []
        : [
            `Left out: ${nameless} of its columns, without a name or with one of more than ${MAX_NAME} characters. Name them, and drop trainyardExtraColumns.`,
          ]),
    ],
    // Of those the contract can't speak, so it only warns of them.
    settings: nameless > 0 ? { trainyardExtraColumns: 'warn' } : {},
    columns: columns.map((column) => draftColumn(column, key)),
    rowCount: rows === 0 ? null : { atLeast: Math.max(1, roundDown(rows / 2)) },
    unique: single === null ? keys.slice(1) : [],
    foreignKeys: [],
  };
}

/** As profiles hold names: a longer one is cut there, and no column of the data has the cut one. */
const MAX_NAME = 255;

export function isNameless(name: string): boolean {
  return name.trim() === '' || name.length > MAX_NAME;
}

const TYPES: Readonly<Record<ColumnProfile['type'], DraftType | null>> = {
  string: 'string',
  integer: 'integer',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  time: 'time',
  object: null,
  array: null,
  binary: null,
};

function draftColumn(column: ColumnProfile, key: readonly string[]): DraftColumn {
  const { name, rows, nulls, physicalType, pii } = column;
  const logicalType = rows === nulls ? null : TYPES[column.type];
  const position = key.indexOf(name);
  const isSingleKey = position === 0 && key.length === 1;
  const values = logicalType === null ? null : valuesOf(column);
  const draft = {
    ...PLAIN_COLUMN,
    name,
    logicalType,
    // Alone it would be held to be the type of the values.
    physicalType: logicalType === null ? null : physicalType,
    required: rows > 0 && nulls === 0,
    unique: (column.type === 'integer' || column.type === 'string') && (isSingleKey || isIdentifier(column)),
    primaryKey: position === -1 ? null : position + 1,
    values,
    options: logicalType === null || values !== null ? {} : optionsOf(column, logicalType, position !== -1),
    pii,
  };
  return { ...draft, comments: commentsOf(column, draft) };
}

function optionsOf(column: ColumnProfile, type: DraftType, isKey: boolean): DraftColumn['options'] {
  switch (type) {
    case 'integer':
    case 'number':
      if (column.pii !== null) return {};
      // A key counts on, and begins at no less than it did.
      return isKey || isIdentifier(column) ? atLeastZero(column) : numberBounds(column);
    case 'date':
    case 'timestamp':
      return dateBounds(column);
    case 'string': {
      const { format } = column;
      if (format === 'uuid' || format === 'email' || format === 'url' || format === 'json') return { format };
      const pattern = codePattern(column);
      return { ...lengthBounds(column), ...(pattern === null ? {} : { pattern }) };
    }
    case 'boolean':
    case 'time':
      return {};
  }
}

function atLeastZero({ min }: ColumnProfile): DraftColumn['options'] {
  return Number(min ?? Number.NaN) >= 0 ? { minimum: 0 } : {};
}

/** All values, where they are few, exact, and each was seen often enough. */
function valuesOf({ type, rows, nulls, distinct, top, pii }: ColumnProfile): DraftColumn['values'] {
  if (distinct === null || distinct < 1 || distinct > MAX_VALUES || pii !== null || rows < ENOUGH_ROWS) return null;
  if (type !== 'string' && !(type === 'integer' && distinct <= 10)) return null;
  const seen = top.reduce((sum, { count }) => sum + count, 0);
  if (top.length !== distinct || seen !== rows - nulls || seen < distinct * ROWS_PER_VALUE) return null;
  const values = top.map(({ value }) => value).sort(type === 'integer' ? (a, b) => Number(a) - Number(b) : byCodeUnit);
  // An empty field of a CSV file is null there, and long texts were cut.
  if (values.some((value) => value === '' || value.length > 100)) return null;
  if (type === 'string') return values;
  const numbers = values.map(Number);
  return numbers.every((number) => Number.isSafeInteger(number)) ? numbers : null;
}

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function commentsOf(column: ColumnProfile, draft: Omit<DraftColumn, 'comments'>): readonly string[] {
  const { rows, nulls, distinct, min, max, pii, type } = column;
  const comments: string[] = [];
  if (rows > 0 && rows === nulls) comments.push('nothing but nulls: is this column still needed?');
  else if (draft.logicalType === null && rows > 0) comments.push(`${type} values: only their presence is checked`);
  if (distinct === 1 && nulls < rows) comments.push('one and the same value in every row');
  if (pii !== null)
    comments.push(`looks like personal data (${pii.replaceAll('_', ' ')}): values are masked in reports`);
  if (nulls > 0 && nulls < rows)
    comments.push(`${nulls.toLocaleString('en-US')} of ${rows.toLocaleString('en-US')} values are null`);
  const marker = missingMarker(column);
  if (marker !== null) comments.push(missingAdvice(marker));
  if (draft.options['minimum'] !== undefined && pii === null && min !== null && max !== null)
    comments.push(`seen: ${min} to ${max}`);
  return comments;
}

/** To one significant digit. */
function roundDown(value: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(value, 1))));
  return Math.floor(value / step) * step;
}

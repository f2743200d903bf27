import type { Bound, ColumnOptions, ContractProblem, LogicalType, NotChecked } from './contract-model.ts';
import { scalarText, shownValue } from './contract-value.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { type TextFormat, textFormat } from './text-format.ts';
import { compileTimeFormat, ISO, type TimeFormat } from './time.ts';

export interface OptionsInput {
  readonly column: string;
  readonly logicalType: LogicalType | null;
  /** `logicalTypeOptions` as parsed from YAML. */
  readonly raw: Readonly<Record<string, unknown>>;
  readonly lineOf: (key: string) => number;
  /** Appended to. */
  readonly problems: ContractProblem[];
  /** Appended to. */
  readonly notChecked: NotChecked[];
}

const BOUNDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'];
/** The options that we check, by type; `enum` is a widespread addition to the standard's list. */
const KNOWN: Readonly<Record<LogicalType, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'enum'],
  integer: [...BOUNDS, 'multipleOf', 'format', 'enum'],
  number: [...BOUNDS, 'multipleOf', 'format', 'enum'],
  boolean: [],
  date: [...BOUNDS, 'format'],
  timestamp: [...BOUNDS, 'format', 'timezone', 'defaultTimezone'],
  time: [...BOUNDS, 'format', 'timezone', 'defaultTimezone'],
};

/** Reads ODCS `logicalTypeOptions`. What can't be checked goes to `notChecked`, what is wrong to `problems`. */
export function readColumnOptions(input: OptionsInput): ColumnOptions {
  const { raw, logicalType } = input;
  const known = logicalType === null ? [] : KNOWN[logicalType];
  for (const key of Object.keys(raw)) {
    if (logicalType === 'string' && key === 'format') {
      // Others than those that we know are context for people, such as "password".
      if (textFormat(scalarText(raw['format'])) === null) notChecked(input, key, 'warn');
    } else if (!known.includes(key)) notChecked(input, key, 'fail');
  }
  const applies = (key: string): unknown => (known.includes(key) ? raw[key] : undefined);
  const format = readFormat(input);
  return {
    minimum: readBound(input, 'minimum', 'exclusiveMinimum', applies, format),
    maximum: readBound(input, 'maximum', 'exclusiveMaximum', applies, format),
    multipleOf: readPositive(input, 'multipleOf', applies('multipleOf')),
    minLength: readLength(input, 'minLength', applies('minLength')),
    maxLength: readLength(input, 'maxLength', applies('maxLength')),
    pattern: readPattern(input, applies('pattern')),
    textFormat: readTextFormat(input),
    values: readValues(input, applies('enum')),
    format,
    timezone: readTimezone(input, format),
  };
}

/** An offset that the format asks for, or has no place for, is settled already. */
const OFFSET_LETTER = /^(?:[^']|'[^']*')*[XZ]/;

/** ODCS `timezone`: whether values state their offset. */
function readTimezone(input: OptionsInput, format: TimeFormat | null): boolean | null {
  const { logicalType, raw } = input;
  if ((logicalType !== 'timestamp' && logicalType !== 'time') || raw['timezone'] === undefined) return null;
  const { timezone } = raw;
  if (typeof timezone !== 'boolean') return problem(input, 'timezone', 'true or false');
  if (format === null || format === ISO[logicalType]) return timezone;
  const hasOffset = OFFSET_LETTER.test(format.pattern);
  if (hasOffset === timezone) return timezone;
  const expected = `${!timezone}, since the format ${format.pattern} has ${hasOffset ? 'an' : 'no'} offset`;
  return problem(input, 'timezone', expected);
}

function readTextFormat({ logicalType, raw }: OptionsInput): TextFormat | null {
  return logicalType === 'string' && raw['format'] !== undefined ? textFormat(scalarText(raw['format'])) : null;
}

function notChecked(input: OptionsInput, key: string, severity: 'warn' | 'fail', why = ''): void {
  const what = `option "${key}" of column "${input.column}"${why}`;
  input.notChecked.push({ what, line: input.lineOf(key), severity });
}

function problem(input: OptionsInput, key: string, expected: string): null {
  const message = `${key} of column "${input.column}": expected ${expected}, found ${shownValue(input.raw[key])}`;
  input.problems.push({ message, line: input.lineOf(key) });
  return null;
}

const INTEGER_RANGE: ReadonlyMap<string, readonly [low: bigint, high: bigint]> = new Map(
  [8n, 16n, 32n, 64n, 128n].flatMap((bits): [string, [bigint, bigint]][] => [
    [`i${bits}`, [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]],
    [`u${bits}`, [0n, 2n ** bits - 1n]],
  ]),
);

function readFormat(input: OptionsInput): TimeFormat | null {
  const { logicalType, raw } = input;
  const format = raw['format'];
  if (logicalType === 'date' || logicalType === 'timestamp' || logicalType === 'time') {
    if (raw['defaultTimezone'] !== undefined && !/^(Etc\/)?(UTC|GMT)$/.test(scalarText(raw['defaultTimezone']))) {
      notChecked(input, 'defaultTimezone', 'fail', ' (only UTC is)');
    }
    if (format === undefined) return ISO[logicalType];
    const compiled = typeof format === 'string' ? compileTimeFormat(format, logicalType) : null;
    if (compiled === null) notChecked(input, 'format', 'fail', ` (${shownValue(format)} is not supported)`);
    return compiled;
  }
  if (logicalType === 'integer' && format !== undefined && !INTEGER_RANGE.has(scalarText(format))) {
    notChecked(input, 'format', 'fail', ` (${shownValue(format)} is not supported)`);
  }
  // What a number's bits can't hold is rounded, so f32 and f64 forbid nothing that a finite number could be.
  if (logicalType === 'number' && format !== undefined && format !== 'f32' && format !== 'f64')
    notChecked(input, 'format', 'fail', ` (${shownValue(format)} is not supported)`);
  return null;
}

/** ODCS v3.1 gives exclusive bounds a value of their own; v3.0 tools write `exclusiveMinimum: true` beside `minimum`. */
function readBound(
  input: OptionsInput,
  inclusive: 'minimum' | 'maximum',
  exclusive: 'exclusiveMinimum' | 'exclusiveMaximum',
  applies: (key: string) => unknown,
  format: TimeFormat | null,
): Bound | null {
  const [plain, strict] = [applies(inclusive), applies(exclusive)];
  const flagged = typeof strict === 'boolean';
  const bounds = [
    plain === undefined ? null : boundOf(input, inclusive, plain, strict === true, format),
    strict === undefined || flagged ? null : boundOf(input, exclusive, strict, true, format),
    sizeBound(input, inclusive),
  ].filter((bound) => bound !== null);
  const sign = inclusive === 'minimum' ? -1 : 1;
  // The tightest one counts; an exclusive bound is tighter than an equal inclusive one.
  bounds.sort((a, b) => sign * compareBounds(a, b) || Number(b.exclusive) - Number(a.exclusive));
  return bounds[0] ?? null;
}

function compareBounds(a: Bound, b: Bound): number {
  if (a.exact !== null && b.exact !== null) return a.exact < b.exact ? -1 : Number(a.exact > b.exact);
  return a.value - b.value;
}

function sizeBound(input: OptionsInput, side: 'minimum' | 'maximum'): Bound | null {
  const range = input.logicalType === 'integer' ? INTEGER_RANGE.get(scalarText(input.raw['format'])) : undefined;
  if (range === undefined) return null;
  const exact = range[side === 'minimum' ? 0 : 1];
  const text = `${exact} (${scalarText(input.raw['format'])})`;
  return { text, value: Number(exact), exact, exclusive: false };
}

function boundOf(
  input: OptionsInput,
  key: string,
  raw: unknown,
  exclusive: boolean,
  format: TimeFormat | null,
): Bound | null {
  const { logicalType } = input;
  if (logicalType === 'date' || logicalType === 'timestamp' || logicalType === 'time') {
    if (format === null) return null;
    const value = typeof raw === 'string' ? timeOf(raw, format, logicalType) : null;
    if (typeof raw !== 'string' || value === null) return problem(input, key, `a quoted ${logicalType}`);
    return { text: raw, value, exact: null, exclusive };
  }
  if (typeof raw === 'bigint') return { text: String(raw), value: Number(raw), exact: raw, exclusive };
  if (typeof raw !== 'number' || !Number.isFinite(raw)) return problem(input, key, 'a number');
  return { text: String(raw), value: raw, exact: Number.isInteger(raw) ? BigInt(raw) : null, exclusive };
}

function timeOf(text: string, format: TimeFormat, type: 'date' | 'timestamp' | 'time'): number | null {
  const written = format.parse(text);
  if (written !== null || type === 'time') return written ?? ISO.time.parse(text);
  return ISO.date.parse(text) ?? ISO.timestamp.parse(text);
}

function readPositive(input: OptionsInput, key: string, raw: unknown): number | null {
  if (raw === undefined) return null;
  return typeof raw === 'number' && Number.isFinite(raw) && raw > 0 ? raw : problem(input, key, 'a number above 0');
}

function readLength(input: OptionsInput, key: string, raw: unknown): number | null {
  if (raw === undefined) return null;
  return typeof raw === 'number' && Number.isSafeInteger(raw) && raw >= 0 ? raw : problem(input, key, 'a whole number');
}

function readPattern(input: OptionsInput, raw: unknown): Pattern | null {
  if (raw === undefined || raw === null) return null;
  if (typeof raw !== 'string') return problem(input, 'pattern', 'a regular expression');
  const result = compilePattern(raw);
  if (result.ok) return result.pattern;
  notChecked(input, 'pattern', 'fail', ` (${result.reason})`);
  return null;
}

function readValues(input: OptionsInput, raw: unknown): readonly string[] | null {
  if (raw === undefined) return null;
  if (!Array.isArray(raw) || raw.length === 0) return problem(input, 'enum', 'a list of values');
  const values = raw.filter((value) => ['string', 'number', 'bigint'].includes(typeof value)).map(String);
  return values.length === raw.length ? values : problem(input, 'enum', 'a list of strings or numbers');
}

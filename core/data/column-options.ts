import type { Bound, ColumnOptions, ContractProblem, LogicalType, NotChecked } from './contract-model.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { FORMAT_PATTERNS } from './string-formats.ts';
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
};

/** Reads ODCS `logicalTypeOptions`. What can't be checked goes to `notChecked`, what is wrong to `problems`. */
export function readColumnOptions(input: OptionsInput): ColumnOptions {
  const { raw, logicalType } = input;
  const known = logicalType === null ? [] : KNOWN[logicalType];
  for (const key of Object.keys(raw)) {
    if (logicalType === 'string' && key === 'format') {
      // Of these we know a pattern; others are context for people, such as "password".
      if (formatPattern(raw) === null) notChecked(input, key, 'warn');
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
    pattern: readPattern(input, applies('pattern') ?? (logicalType === 'string' ? formatPattern(raw) : null)),
    values: readValues(input, applies('enum')),
    format,
  };
}

/** The pattern of a string's `format`; null where there is none, or where the contract has a pattern of its own. */
function formatPattern(raw: Readonly<Record<string, unknown>>): string | null {
  return raw['pattern'] === undefined ? (FORMAT_PATTERNS.get(String(raw['format'])) ?? null) : null;
}

function notChecked(input: OptionsInput, key: string, severity: 'warn' | 'fail', why = ''): void {
  const what = `option "${key}" of column "${input.column}"${why}`;
  input.notChecked.push({ what, line: input.lineOf(key), severity });
}

function problem(input: OptionsInput, key: string, expected: string): null {
  const message = `${key} of column "${input.column}": expected ${expected}, found ${JSON.stringify(input.raw[key])}`;
  input.problems.push({ message, line: input.lineOf(key) });
  return null;
}

const INTEGER_RANGE: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['i8', [-(2 ** 7), 2 ** 7 - 1]],
  ['i16', [-(2 ** 15), 2 ** 15 - 1]],
  ['i32', [-(2 ** 31), 2 ** 31 - 1]],
  ['i64', [-(2 ** 63), 2 ** 63]],
  ['u8', [0, 2 ** 8 - 1]],
  ['u16', [0, 2 ** 16 - 1]],
  ['u32', [0, 2 ** 32 - 1]],
  ['u64', [0, 2 ** 64]],
]);

function readFormat(input: OptionsInput): TimeFormat | null {
  const { logicalType, raw } = input;
  const format = raw['format'];
  if (logicalType === 'date' || logicalType === 'timestamp') {
    if (raw['defaultTimezone'] !== undefined && !/^(Etc\/)?(UTC|GMT)$/.test(String(raw['defaultTimezone']))) {
      notChecked(input, 'defaultTimezone', 'fail', ' (only UTC is)');
    }
    if (format === undefined) return ISO[logicalType];
    const compiled = typeof format === 'string' ? compileTimeFormat(format) : null;
    if (compiled === null) notChecked(input, 'format', 'fail', ` (${JSON.stringify(format)} is not supported)`);
    return compiled;
  }
  if (logicalType === 'integer' && format !== undefined && !INTEGER_RANGE.has(String(format))) {
    notChecked(input, 'format', 'fail', ` (${JSON.stringify(format)} is not supported)`);
  }
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
  bounds.sort((a, b) => sign * (a.value - b.value) || Number(b.exclusive) - Number(a.exclusive));
  return bounds[0] ?? null;
}

function sizeBound(input: OptionsInput, side: 'minimum' | 'maximum'): Bound | null {
  const range = input.logicalType === 'integer' ? INTEGER_RANGE.get(String(input.raw['format'])) : undefined;
  if (range === undefined) return null;
  const value = range[side === 'minimum' ? 0 : 1];
  return { text: `${value} (${String(input.raw['format'])})`, value, exclusive: false };
}

function boundOf(
  input: OptionsInput,
  key: string,
  raw: unknown,
  exclusive: boolean,
  format: TimeFormat | null,
): Bound | null {
  if (input.logicalType === 'date' || input.logicalType === 'timestamp') {
    if (format === null) return null;
    const value = typeof raw === 'string' ? timeOf(raw, format) : null;
    if (typeof raw !== 'string' || value === null) return problem(input, key, `a quoted ${input.logicalType}`);
    return { text: raw, value, exclusive };
  }
  if (typeof raw !== 'number' || !Number.isFinite(raw)) return problem(input, key, 'a number');
  return { text: String(raw), value: raw, exclusive };
}

function timeOf(text: string, format: TimeFormat): number | null {
  return format.parse(text) ?? ISO.date.parse(text) ?? ISO.timestamp.parse(text);
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
  const values = raw.filter((value) => typeof value === 'string' || typeof value === 'number').map(String);
  return values.length === raw.length ? values : problem(input, 'enum', 'a list of strings or numbers');
}

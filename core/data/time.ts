/**
 * Dates and timestamps as ODCS writes their formats: patterns of the JDK's DateTimeFormatter, of which the numeric
 * letters are read (y, u, M, d, H, m, s, S, X, Z, and quoted or plain literals). Without a pattern it is ISO 8601.
 */
export interface TimeFormat {
  readonly pattern: string;
  /** Milliseconds since 1970, of times since midnight, in UTC (a value without an offset is read as UTC); or null where the text doesn't fit. */
  parse(text: string): number | null;
}

const ISO_DATE = /^(?<y>\d{4})-(?<M>\d{2})-(?<d>\d{2})$/;
const ISO_TIMESTAMP =
  /^(?<y>\d{4})-(?<M>\d{2})-(?<d>\d{2})[T ](?<H>\d{2}):(?<m>\d{2})(?::(?<s>\d{2})(?:[.,](?<S>\d{1,9}))?)?(?<X>Z|[+-]\d{2}(?::?\d{2})?)?$/;

const ISO_TIME = /^(?<H>\d{2}):(?<m>\d{2})(?::(?<s>\d{2})(?:[.,](?<S>\d{1,9}))?)?(?<X>Z|[+-]\d{2}(?::?\d{2})?)?$/;

export const ISO: Readonly<Record<'date' | 'timestamp' | 'time', TimeFormat>> = {
  date: {
    pattern: 'ISO 8601 date',
    parse: (text) => (text.length === 10 ? plainIso(text) : null) ?? parseWith(ISO_DATE, text),
  },
  timestamp: {
    pattern: 'ISO 8601 timestamp',
    parse: (text) => (text.length === 19 ? plainIso(text) : null) ?? parseWith(ISO_TIMESTAMP, text),
  },
  time: { pattern: 'ISO 8601 time', parse: (text) => timeWith(ISO_TIME, text) },
};

const LETTERS = new Map([
  ['yyyy', '(?<y>\\d{4})'],
  ['uuuu', '(?<y>\\d{4})'],
  ['MM', '(?<M>\\d{2})'],
  ['M', '(?<M>\\d{1,2})'],
  ['dd', '(?<d>\\d{2})'],
  ['d', '(?<d>\\d{1,2})'],
  ['HH', '(?<H>\\d{2})'],
  ['H', '(?<H>\\d{1,2})'],
  ['mm', '(?<m>\\d{2})'],
  ['ss', '(?<s>\\d{2})'],
  ['X', '(?<X>Z|[+-]\\d{2}(?:\\d{2})?)'],
  ['XX', '(?<X>Z|[+-]\\d{4})'],
  ['XXX', '(?<X>Z|[+-]\\d{2}:\\d{2})'],
  ['Z', '(?<X>[+-]\\d{4})'],
]);

/** Null where the pattern uses a letter that we don't read, so that it can be reported as not checked. */
export function compileTimeFormat(
  pattern: string,
  type: 'date' | 'timestamp' | 'time' = 'timestamp',
): TimeFormat | null {
  if (pattern.length > 64) return null;
  const source = toRegExp(pattern, type === 'time' ? ['H', 'm'] : ['y', 'M', 'd']);
  if (source === null) return null;
  return { pattern, parse: (text) => (type === 'time' ? timeWith : parseWith)(source, text) };
}

/** Literals and counted digits only: nothing in it can backtrack. */
function toRegExp(pattern: string, needed: readonly string[]): RegExp | null {
  let source = '';
  const used = new Set<string>();
  for (const [token, quoted] of pattern.matchAll(/'((?:[^']|'')*)'|([A-Za-z])\2*|./gsu)) {
    if (quoted !== undefined) {
      source += literal(quoted === '' ? "'" : quoted.replaceAll("''", "'"));
    } else if (/[A-Za-z]/.test(token)) {
      const part = /^S{1,9}$/.test(token) ? `(?<S>\\d{${token.length}})` : LETTERS.get(token);
      const letter = token.replace(/^u/, 'y')[0] ?? '';
      if (part === undefined || used.has(letter)) return null;
      used.add(letter);
      source += part;
    } else {
      source += literal(token);
    }
  }
  return needed.every((letter) => used.has(letter)) ? new RegExp(`^${source}$`, 'u') : null;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function parseWith(pattern: RegExp, text: string): number | null {
  if (text.length > 64) return null;
  const parts = pattern.exec(text)?.groups;
  if (parts === undefined) return null;
  const part = (name: string): number => Number(parts[name] ?? '0');
  const [year, month, day] = [part('y'), part('M'), part('d')];
  const [hour, minute, second] = [part('H'), part('m'), part('s')];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const offset = offsetMinutes(parts['X']);
  if (offset === null) return null;
  const fraction = Number(`0.${parts['S'] ?? '0'}`) * 1000;
  // Date.UTC reads the years 0 to 99 as 1900 to 1999.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
}

/**
 * `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS` without a regular expression: hundreds of thousands of distinct times are read
 * in each check. Null for whatever is not plainly right, which the slow way then judges.
 */
function plainIso(text: string): number | null {
  if (text.charCodeAt(4) !== DASH || text.charCodeAt(7) !== DASH) return null;
  const year = digits(text, 0) * 100 + digits(text, 2);
  const month = digits(text, 5);
  const day = digits(text, 8);
  // NaN is neither less nor greater.
  if (!(year >= 100 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return null;
  const date = daysSince1970(year, month, day) * 86_400_000;
  if (text.length === 10) return date;
  const between = text.charCodeAt(10);
  if (between !== 32 && between !== 84) return null;
  if (text.charCodeAt(13) !== COLON || text.charCodeAt(16) !== COLON) return null;
  const hour = digits(text, 11);
  const minute = digits(text, 14);
  const second = digits(text, 17);
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return null;
  return date + ((hour * 60 + minute) * 60 + second) * 1000;
}

const [DASH, COLON] = [45, 58];

/** In the Gregorian calendar of all times, as JavaScript counts; a year begins in March here, so that leap days come last. */
function daysSince1970(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1;
  const months = month > 2 ? month - 3 : month + 9;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return shifted * 365 + leaps + Math.floor((months * 153 + 2) / 5) + day - 719_469;
}

/** The number of two digits; NaN where they are none. */
function digits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** A time of day as it is on the first day of 1970; a date in its text is part of the pattern and of nothing else. */
function timeWith(pattern: RegExp, text: string): number | null {
  if (text.length > 64) return null;
  const parts = pattern.exec(text)?.groups;
  if (parts === undefined) return null;
  const [hour, minute, second] = ['H', 'm', 's'].map((name) => Number(parts[name] ?? '0'));
  const offset = offsetMinutes(parts['X']);
  if (hour === undefined || minute === undefined || second === undefined || offset === null) return null;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const fraction = Number(`0.${parts['S'] ?? '0'}`) * 1000;
  return ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function offsetMinutes(text: string | undefined): number | null {
  if (text === undefined || text === 'Z') return 0;
  const digits = text.slice(1).replace(':', '');
  const [hours, minutes] = [Number(digits.slice(0, 2)), Number(digits.slice(2) || '0')];
  if (hours > 18 || minutes > 59) return null;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

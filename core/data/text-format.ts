import { compilePattern, type Pattern } from './pattern.ts';
import { ISO } from './time.ts';

/** What a text is, as a contract names it. */
export interface TextFormat {
  readonly name: TextFormatName;
  /** In words, for messages. */
  readonly expected: string;
  test(text: string): boolean;
  /** What decides alone, or beside what a pattern can't say. */
  readonly pattern: Pattern | null;
}

export const TEXT_FORMATS = [
  'email',
  'uuid',
  'uri',
  'url',
  'hostname',
  'ipv4',
  'ipv6',
  'byte',
  'date',
  'time',
  'timestamp',
  'json',
] as const;
export type TextFormatName = (typeof TEXT_FORMATS)[number];

const OCTET = '(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const IPV4 = `${OCTET}(\\.${OCTET}){3}`;
const LABEL = '[A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?';
/** RFC 5322 (section 3.2.3) and RFC 6531, which lets letters of all languages be; quoted and commented forms are not used. */
const ATOM = '[^@\\s.()<>\\[\\]:;,"\\\\]+';
const MAIL_LABEL = '[^@\\s.()<>\\[\\]:;,"\\\\/_\\-]([^@\\s.()<>\\[\\]:;,"\\\\/_]*[^@\\s.()<>\\[\\]:;,"\\\\/_\\-])?';
const HOUR = '([01]\\d|2[0-3])';

/** As many groups before `::` as `left`, and so many after it that there are seven at most in all (RFC 4291, section 2.2). */
function shortened(tail: string, most: number): string[] {
  const group = '[0-9A-Fa-f]{1,4}';
  return Array.from({ length: most + 1 }, (_, left) => {
    const before = left === 0 ? '' : `${group}(:${group}){${left - 1}}`;
    const after = most - left;
    if (tail !== '') return `${before}::(${group}:){0,${after}}${tail}`;
    return `${before}::${after === 0 ? '' : `(${group}(:${group}){0,${after - 1}})?`}`;
  });
}

const IPV6 = [
  '([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}',
  ...shortened('', 7),
  `(([0-9A-Fa-f]{1,4}:){6}|${shortened('@', 5).join('|').replaceAll('@', '')})${IPV4}`,
];

/**
 * Shapes that everybody agrees on; whether an address exists nobody can tell from a file. All are linear in the text, in
 * the syntax of `pattern.ts`.
 */
const PATTERNS: Readonly<Record<Exclude<TextFormatName, 'json'>, string>> = {
  email: `^${ATOM}(\\.${ATOM})*@${MAIL_LABEL}(\\.${MAIL_LABEL})+$`,
  uuid: '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$',
  uri: '^[A-Za-z][A-Za-z0-9+.\\-]*:[^\\s]+$',
  url: '^[Hh][Tt][Tt][Pp][Ss]?://[^\\s/?#]+[^\\s]*$',
  hostname: `^${LABEL}(\\.${LABEL})*$`,
  ipv4: `^${IPV4}$`,
  ipv6: `^(${IPV6.join('|')})$`,
  byte: '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
  date: '^\\d{4}-\\d{2}-\\d{2}$',
  time: `^${HOUR}:[0-5]\\d(:[0-5]\\d([.,]\\d{1,9})?)?(Z|[+\\-]\\d{2}(:?\\d{2})?)?$`,
  timestamp: '^\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d{1,9})?)?(Z|[+\\-]\\d{2}(:?\\d{2})?)?$',
};

/** Other names for the same: those of JSON Schema, and of the standard's own examples. */
const ALIASES: ReadonlyMap<string, TextFormatName> = new Map([
  ['date-time', 'timestamp'],
  ['datetime', 'timestamp'],
  ['base64', 'byte'],
  ['guid', 'uuid'],
  ['ip', 'ipv4'],
]);

const compiled = new Map<string, TextFormat>();

/** The format that a contract names; null for one that says nothing that could be checked, such as `password`. */
export function textFormat(name: string): TextFormat | null {
  const known = TEXT_FORMATS.find((one) => one === name) ?? ALIASES.get(name);
  if (known === undefined) return null;
  const format = compiled.get(known) ?? compile(known);
  compiled.set(known, format);
  return format;
}

function compile(name: TextFormatName): TextFormat {
  if (name === 'json') return { name, expected: 'JSON', test: isJson, pattern: null };
  const result = compilePattern(PATTERNS[name], PATTERNS[name].length);
  if (!result.ok) throw new Error(`${name}: ${result.reason}`);
  const { pattern } = result;
  const more = BEYOND.get(name);
  const test = (text: string): boolean => pattern.test(text) && more?.(text) !== false;
  return { name, expected: EXPECTED.get(name) ?? name, test, pattern };
}

const EXPECTED: ReadonlyMap<TextFormatName, string> = new Map([
  ['email', 'an e-mail address'],
  ['uuid', 'a UUID'],
  ['uri', 'a URI'],
  ['url', 'an http(s) URL'],
  ['hostname', 'a host name'],
  ['ipv4', 'an IPv4 address'],
  ['ipv6', 'an IPv6 address'],
  ['byte', 'Base64'],
  ['date', 'a date as YYYY-MM-DD'],
  ['time', 'a time as HH:MM:SS'],
  ['timestamp', 'a timestamp as in ISO 8601'],
]);

/** What no pattern says: days that exist, and lengths. */
const BEYOND: ReadonlyMap<TextFormatName, (text: string) => boolean> = new Map([
  ['date', (text: string) => ISO.date.parse(text) !== null],
  ['time', (text: string) => ISO.time.parse(text) !== null],
  ['timestamp', (text: string) => ISO.timestamp.parse(text) !== null],
  ['hostname', (text: string) => text.length <= 253],
]);

/** Half of a pair that stands for one character is no text to most readers (RFC 7493, section 2.1). */
const LONE_SURROGATE = /(?:^|[^\\])(?:\\\\)*\\ud[89a-f][0-9a-f]{2}/;

function isJson(text: string): boolean {
  try {
    return !LONE_SURROGATE.test(JSON.stringify(JSON.parse(text)));
  } catch {
    return false;
  }
}

import { faultAt } from './json-fault.ts';

/** Deeper than any table has use for; readers that recurse end their process not much further down. */
const MAX_DEPTH = 100;

/** One record of JSON: its keys in the order of the text, or what is wrong with it. */
export type JsonRecord =
  | { readonly ok: true; readonly keys: readonly string[] }
  | {
      readonly ok: false;
      readonly message: string;
      /** Line ends between the beginning of the record and what is wrong. */
      readonly lines: number;
    };

/**
 * Reads one object by RFC 8259 and, where it leaves a choice, refuses what readers take differently: a name twice (the
 * first, the last or an error), half a surrogate pair, a byte order mark.
 */
export function readRecord(text: string): JsonRecord {
  if (text.startsWith('\uFEFF'))
    return wrong('a byte order mark, which JSON may not have and readers refuse: save the file as UTF-8 without one');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const at = faultAt(text);
    // The parser quotes the text around the fault, which may be personal data, and counts from the record: its place is enough.
    const told = error instanceof SyntaxError ? error.message : String(error);
    const why = told.replace(/, (?:\.\.\.)?"[\s\S]*$|(?: in JSON)? at position \d[\s\S]*$/, '').slice(0, 200);
    const lines = linesBefore(text, at);
    const [from, of] =
      lines === 0 ? [text.length - text.trimStart().length, 'record'] : [text.lastIndexOf('\n', at - 1) + 1, 'line'];
    const place = `at character ${at - from + 1} of the ${of}`;
    return wrong(`expected a JSON object, found what is no JSON: ${why.toWellFormed()}, ${place}`, lines);
  }
  if (!isObject(value)) return wrong(`expected a JSON object, found ${nameOf(value)}`);
  const found = walk(value);
  if (found.depth > MAX_DEPTH) return wrong(`expected values nested ${MAX_DEPTH} deep at most, found more`);
  if (!found.wellFormed) return wrong('half a surrogate pair (\\ud800 to \\udfff), which is no character');
  // Each name is followed by a colon; text that holds such a pair as well only costs the look below.
  const repeated = (text.match(/"\s*:/g)?.length ?? 0) === found.names ? null : repeatedName(text);
  if (repeated !== null) {
    const name = JSON.stringify(repeated.name.slice(0, 100));
    return wrong(`the name ${name} twice in one object`, linesBefore(text, repeated.at));
  }
  return { ok: true, keys: Object.keys(value) };
}

function wrong(message: string, lines = 0): JsonRecord {
  return { ok: false, message, lines };
}

/** Blank lines before the record do not count. */
function linesBefore(text: string, end: number): number {
  return text.slice(0, end).trimStart().split('\n').length - 1;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}

interface Walked {
  names: number;
  depth: number;
  wellFormed: boolean;
}

/** Level by level, so that no depth is too deep to be looked at. */
function walk(root: object): Walked {
  const found: Walked = { names: 0, depth: 0, wellFormed: true };
  let level: unknown[] = [root];
  while (level.length > 0) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === 'string') found.wellFormed &&= value.isWellFormed();
      if (typeof value !== 'object' || value === null) continue;
      if (Array.isArray(value)) for (const item of value) next.push(item);
      else
        for (const [name, item] of Object.entries(value)) {
          found.names += 1;
          found.wellFormed &&= name.isWellFormed();
          next.push(item);
        }
    }
    level = next;
    found.depth += 1;
  }
  return found;
}

/** The first name that an object of the text, which is JSON, has twice, and where it is there again. */
function repeatedName(text: string): { readonly name: string; readonly at: number } | null {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '{') open.push(new Set());
    else if (char === '[') open.push(null);
    else if (char === '}' || char === ']') open.pop();
    if (char !== '"') continue;
    const end = endOfString(text, at);
    const names = open.at(-1);
    if (names != null && /^\s*:/.test(text.slice(end, end + 1000))) {
      const name = String(JSON.parse(text.slice(at, end)));
      if (names.has(name)) return { name, at };
      names.add(name);
    }
    at = end - 1;
  }
  return null;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

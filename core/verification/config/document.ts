import { Lexer, parseDocument } from 'yaml';
import { ScanError } from '../format.ts';

/** Tokens of YAML, each of which takes some 700 bytes to be read: a list of nothing but commas would take a gigabyte. */
const MAX_TOKENS = 60_000;

/**
 * Text as JSON or YAML, as Python's readers take it: with `NaN` and `Infinity`, the last of equal keys, and the rules
 * of YAML 1.1. Null where it is neither, or several documents, which no loader of models takes.
 *
 * @throws ScanError `too_large` for YAML of more tokens than are read
 * @param tolerant whether of broken YAML what could be read is given: other readers take some of what this one does not
 */
export function parseConfig(text: string, tolerant = false): unknown {
  const source = text.replace(/^\uFEFF/, '');
  if (/^\s*[[{]/.test(source)) {
    const json = parseJson(source);
    if (json !== undefined) return json;
  }
  return parseYaml(source, tolerant);
}

function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    if (!/NaN|Infinity/.test(source)) return undefined;
    try {
      return JSON.parse(withoutNaN(source));
    } catch {
      return undefined;
    }
  }
}

/** What JSON does not have and Python reads becomes null, outside of strings. By hand: a pattern would go back and forth. */
function withoutNaN(source: string): string {
  const parts: string[] = [];
  let at = 0;
  while (at < source.length) {
    const quote = source.indexOf('"', at);
    const end = quote < 0 ? source.length : quote;
    parts.push(source.slice(at, end).replace(/-?\b(?:NaN|Infinity)\b/g, 'null'));
    const close = endOfString(source, end);
    parts.push(source.slice(end, close));
    at = close;
  }
  return parts.join('');
}

function endOfString(source: string, quote: number): number {
  for (let at = quote + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '"') return at + 1;
  }
  return source.length;
}

function parseYaml(source: string, tolerant: boolean): unknown {
  let tokens = 0;
  for (const _ of new Lexer().lex(source)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) throw new ScanError('too_large', `YAML of more than ${MAX_TOKENS} tokens`, 0);
  }
  try {
    const document = parseDocument(source, { uniqueKeys: false, version: '1.1', logLevel: 'silent', strict: false });
    if (document.errors.length > 0 && !tolerant) return null;
    // An alias is the value itself, not a copy, so that many cost nothing; readers of models set no limit, either.
    return document.toJS({ maxAliasCount: -1 });
  } catch {
    return null;
  }
}

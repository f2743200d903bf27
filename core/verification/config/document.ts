import { type Document, isScalar, Lexer, type Node, parseAllDocuments, Scalar, visit } from 'yaml';
import { repeatedPairs } from '../../repeated-keys.ts';
import { ScanError } from '../format.ts';
import { sourceOf } from '../pickle/nested.ts';
import { readByFirst } from './json-mappings.ts';

/** Tokens of YAML, each of which takes some 700 bytes to be read: a list of nothing but commas would take a gigabyte. */
const MAX_TOKENS = 60_000;

/** What text says as JSON or YAML. */
export interface Parsed {
  /** Of each document in it, by the last of equal keys. */
  readonly values: readonly unknown[];
  /** Of each that has a key twice, by the first: readers go by either. */
  readonly byFirst: readonly unknown[];
  /** Tags of YAML on any value, in full where they are YAML's own or of Python. */
  readonly tags: readonly string[];
  /** Whether nothing in it is wrong. */
  readonly whole: boolean;
}

const NOTHING: Parsed = { values: [], byFirst: [], tags: [], whole: false };

/**
 * Text as JSON or YAML, as Python's readers take it: with `NaN` and `Infinity`, the last of equal keys, and the rules
 * of YAML 1.1; comments and commas too many in JSON, which other readers take. Of broken YAML what could be read is given.
 *
 * @throws ScanError `too_large` for YAML of more tokens than are read
 */
export function parseConfig(text: string): Parsed {
  const source = text.replace(/^\uFEFF/, '');
  if (/^\s*(?:[[{]|\/[/*])/.test(source)) {
    const json = parseJson(source);
    if (json !== null) return json;
  }
  return parseYaml(source);
}

function parseJson(source: string): Parsed | null {
  for (const read of [() => source, () => asJson(source)]) {
    try {
      const text = read();
      const last: unknown = JSON.parse(text);
      const first = readByFirst(sourceOf('json', Buffer.from(text)));
      return { values: [last], byFirst: first === undefined ? [] : [first], tags: [], whole: true };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return null;
}

/** What JSON does not have and others read becomes null or nothing, outside of strings. By hand: a pattern would go back and forth. */
function asJson(source: string): string {
  const parts: string[] = [];
  for (let at = 0; at < source.length; ) {
    const end = nextOf(source, at);
    parts.push(source.slice(at, end).replace(/-?\b(?:NaN|Infinity)\b/g, 'null'));
    const close = source[end] === '"' ? endOfString(source, end) : endOfComment(source, end);
    if (source[end] === '"') parts.push(source.slice(end, close));
    at = close;
  }
  return parts.map((part) => (part.startsWith('"') ? part : part.replace(/,(\s*[\]}])/g, '$1'))).join('');
}

/** Where the next string or comment begins. */
function nextOf(source: string, start: number): number {
  for (let at = start; at < source.length; at += 1)
    if (source[at] === '"' || (source[at] === '/' && /[/*]/.test(source[at + 1] ?? ''))) return at;
  return source.length;
}

function endOfComment(source: string, start: number): number {
  const long = source[start + 1] === '*';
  const end = source.indexOf(long ? '*/' : '\n', start + 2);
  return end < 0 ? source.length : end + (long ? 2 : 1);
}

function endOfString(source: string, quote: number): number {
  for (let at = quote + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '"') return at + 1;
  }
  return source.length;
}

function parseYaml(source: string): Parsed {
  let tokens = 0;
  for (const _ of new Lexer().lex(source)) {
    tokens += 1;
    if (tokens > MAX_TOKENS) throw new ScanError('too_large', `YAML of more than ${MAX_TOKENS} tokens`, 0);
  }
  try {
    const documents = parseAllDocuments(source, {
      uniqueKeys: false,
      version: '1.1',
      logLevel: 'silent',
      strict: false,
    });
    if (!Array.isArray(documents)) return NOTHING;
    const tags = new Set<string>();
    for (const document of documents)
      visit(document, {
        Node: (_, node) => {
          if (node.tag !== undefined && !isExclamation(node, node.tag)) tags.add(node.tag);
        },
      });
    // An alias is the value itself, not a copy, so that many cost nothing; readers of models set no limit, either.
    const values = documents.map((document): unknown => document.toJS({ maxAliasCount: -1 }));
    const repeating = documents.filter((document) => withoutRepeats(document));
    const byFirst = repeating.map((document): unknown => document.toJS({ maxAliasCount: -1 }));
    return { values, byFirst, tags: [...tags], whole: documents.every(({ errors }) => errors.length === 0) };
  } catch {
    return NOTHING;
  }
}

/** Whether a key stood there twice: each but the first has then a name that nobody asks for. What is merged in adds up. */
function withoutRepeats(document: Document.Parsed): boolean {
  const repeated = repeatedPairs(document).filter(({ key }) => !isScalar(key) || key.value !== '<<');
  for (const [index, pair] of repeated.entries()) {
    const name = `\0${index}`;
    // In its place, for an alias may name it.
    if (isScalar(pair.key)) pair.key.value = name;
    else pair.key = new Scalar(name);
  }
  return repeated.length > 0;
}

/** A word behind an exclamation mark and nothing more, as in a note of prose. */
function isExclamation(node: Node, tag: string): boolean {
  return /^!\w*$/.test(tag) && isScalar(node) && node.source === '';
}

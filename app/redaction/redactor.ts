import { knownSecrets } from './known.ts';
import { type Plain, plain } from './plain.ts';
import { hasShape, isSecretName, KEYS, REDACTED, type Span, shapesIn, TOKENS } from './shapes.ts';

/** Hides secrets. Pure: what goes in stays as it is. */
export interface Redactor {
  text(text: string): string;
  /** Anything as plain JSON without secrets, also such as are split over its fields. */
  value(value: unknown): Plain;
  /** The same error without secrets, causes and what libraries hang on it: for what keeps errors, as the durable engine does. */
  error(error: unknown): Error;
}

/** @param secrets values that must never be seen: keys, the webhook secret, a password of the database */
export function redactor(secrets: readonly string[]): Redactor {
  const known = knownSecrets(secrets);
  const text = (given: string): string => mask(given, [...known(given), ...shapesIn(given)]);
  const isClean = (leaves: readonly string[], names: readonly string[]): boolean =>
    !hasShape([...leaves, ...names].join('\n')) &&
    !hasShape(leaves.join(''), TOKENS) &&
    known(`${leaves.join('')}\n${names.join('\n')}`).length === 0;
  const value = (given: unknown): Plain => {
    const tree = plain(given);
    const leaves: string[] = [];
    const names: string[] = [];
    collect(tree, leaves, names);
    // Nearly every line holds none: looked at as a whole, it costs a tenth.
    if (isClean(leaves, names)) return rebuild(tree, leaves.values(), (name) => name);
    const masked = spansIn(leaves, known).map((leaf) => mask(leaf.text, leaf.spans));
    return rebuild(tree, masked.values(), text);
  };
  return {
    text,
    value,
    error: (given) => cleanError(given, text),
  };
}

/** Properties by which our errors are told apart. */
const TOLD = ['code', 'status', 'until'];

function cleanError(given: unknown, text: (text: string) => string): Error {
  if (!(given instanceof Error)) return new Error(text(String(given)));
  // Of the same class, as callers ask for it; its constructor may want anything.
  const clean: Error = Object.create(Object.getPrototypeOf(given));
  const keep = (name: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(clean, name, { value, enumerable, writable: true, configurable: true });
  };
  keep('message', text(given.message), false);
  keep('name', text(given.name), false);
  keep('stack', text(given.stack ?? ''), false);
  for (const [name, value] of Object.entries(given))
    if (TOLD.includes(name) && (value === null || ['string', 'number'].includes(typeof value)))
      keep(name, typeof value === 'string' ? text(value) : value, true);
  return clean;
}

interface Leaf {
  readonly text: string;
  readonly spans: readonly Span[];
}

/** What each text shows, also what only shows when those that follow each other are read as one: halves, lines of a key. */
function spansIn(leaves: readonly string[], known: (text: string) => readonly Span[]): readonly Leaf[] {
  const joined = leaves.join('');
  const asLines = leaves.join('\n');
  const spans = [...known(joined), ...shapesIn(joined, TOKENS)];
  const lines = shapesIn(asLines, KEYS);
  let at = 0;
  return leaves.map((text, index) => {
    const found = [...within(spans, at, text.length), ...within(lines, at + index, text.length), ...shapesIn(text)];
    at += text.length;
    return { text, spans: found };
  });
}

function within(spans: readonly Span[], from: number, length: number): readonly Span[] {
  return spans
    .map(([start, end]): Span => [Math.max(0, start - from), Math.min(length, end - from)])
    .filter(([start, end]) => start < end);
}

function mask(text: string, spans: readonly Span[]): string {
  if (spans.length === 0) return text;
  const sorted = spans.toSorted(([a], [b]) => a - b);
  let result = '';
  let done = 0;
  for (const [from, to] of sorted) {
    // Begins inside or right behind the one before: one mask stands for both.
    if (from > done || done === 0) result += `${text.slice(done, from)}${REDACTED}`;
    done = Math.max(done, to);
  }
  return result + text.slice(done);
}

function collect(tree: Plain, leaves: string[], names: string[]): void {
  if (typeof tree === 'string') leaves.push(tree);
  if (typeof tree !== 'object' || tree === null) return;
  if (!isList(tree)) names.push(...Object.keys(tree));
  for (const inner of Object.values(tree)) collect(inner, leaves, names);
}

function rebuild(tree: Plain, leaves: Iterator<string>, text: (given: string) => string): Plain {
  if (typeof tree === 'string') return leaves.next().value ?? REDACTED;
  if (typeof tree !== 'object' || tree === null) return tree;
  if (isList(tree)) {
    const items = tree.map((item) => rebuild(item, leaves, text));
    // Headers as a list of names and values.
    return items.map((item, index) => (namesSecret(tree[index - 1]) ? hide(item) : item));
  }
  const told = namesSecret(tree['name'] ?? tree['key'] ?? tree['header']);
  return Object.fromEntries(
    Object.entries(tree).map(([name, item]) => {
      const inner = rebuild(item, leaves, text);
      return [text(name), isSecretName(name) || (told && name === 'value') ? hide(inner) : inner];
    }),
  );
}

function isList(tree: Plain): tree is readonly Plain[] {
  return Array.isArray(tree);
}

function namesSecret(value: Plain | undefined): boolean {
  return typeof value === 'string' && isSecretName(value);
}

/** All text in it; numbers and truth values are no secrets. */
function hide(tree: Plain): Plain {
  if (typeof tree === 'string') return REDACTED;
  if (typeof tree !== 'object' || tree === null) return tree;
  if (isList(tree)) return tree.map(hide);
  return Object.fromEntries(Object.entries(tree).map(([name, item]) => [name, hide(item)]));
}

import type { Tag, Token } from './jinja-tags.ts';

/** A number that no chat template counts to, and loops in one another that come to more. */
const MANY = 1_000_000;

export interface Unbounded {
  readonly message: string;
  readonly at: number;
}

/** What in a template would have its renderer compute or fill memory without end, sandbox or not. */
export function unbounded(tags: readonly Tag[]): readonly Unbounded[] {
  return [
    ...tags.flatMap(({ tokens }) => [...numbers(tokens), ...doubled(tokens)]),
    ...multiplied(tags),
    ...loops(tags),
    ...calls(tags),
  ];
}

/** Filters and methods that fill a text up to a length. */
const FILLS = new Set(['center', 'ljust', 'rjust', 'zfill', 'indent', 'expandtabs']);

/** Texts and lists that are repeated or filled up, each perhaps what the one before it made. */
function multiplied(tags: readonly Tag[]): readonly Unbounded[] {
  let product = 1;
  for (const { tokens } of tags)
    for (const [index, { kind, text, at }] of tokens.entries()) {
      if (kind !== 'number') continue;
      const [before, after] = [tokens[index - 1]?.text, tokens[index + 1]?.text];
      const fills = before === '(' && FILLS.has(tokens[index - 2]?.text ?? '');
      if (before !== '*' && after !== '*' && !fills) continue;
      product *= Math.max(1, Number(text.replaceAll('_', '')) || 1);
      if (product >= MANY) return [{ message: 'texts or lists that are repeated over a million times', at }];
    }
  return [];
}

function numbers(tokens: readonly Token[]): readonly Unbounded[] {
  return tokens.flatMap(({ kind, text, at }, index) => {
    if (kind === 'mark' && text === '**') return [{ message: 'a power, which may be of any size', at }];
    if (kind !== 'number') return [];
    const next = tokens[index + 1];
    // `1e9` and `0xff` go on as a name.
    const goesOn = next?.kind === 'name' && next.at === at + text.length;
    return goesOn || Number(text.replaceAll('_', '')) >= MANY ? [{ message: 'a number of over a million', at }] : [];
  });
}

/** A text that is put together of itself has twice the size each time. */
function doubled(tokens: readonly Token[]): readonly Unbounded[] {
  return tokens.flatMap(({ kind, text, at }, index) => {
    if (kind !== 'mark' || !['~', '+', '*'].includes(text)) return [];
    const [before, after] = [chain(tokens, index - 1, -1), chain(tokens, index + 1, 1)];
    return before !== '' && before === after ? [{ message: 'a value that is put together of itself', at }] : [];
  });
}

/** Names with dots between them, from a place on in one direction. */
function chain(tokens: readonly Token[], start: number, step: 1 | -1): string {
  const parts: string[] = [];
  for (let at = start; ; at += step) {
    const token = tokens[at];
    const isPart = parts.length % 2 === 0 ? token?.kind === 'name' : token?.kind === 'mark' && token.text === '.';
    if (token === undefined || !isPart) break;
    parts.push(token.text);
  }
  return (step < 0 ? parts.reverse() : parts).join('');
}

/** Loops over ranges of numbers that are given, in one another. */
function loops(tags: readonly Tag[]): readonly Unbounded[] {
  const open: number[] = [];
  const found: Unbounded[] = [];
  for (const { kind, tokens } of tags) {
    const [first] = tokens;
    if (kind !== 'statement' || first === undefined) continue;
    if (first.text === 'endfor') open.pop();
    if (first.text !== 'for') continue;
    const isRange = tokens.some(({ text }, at) => text === 'range' && tokens[at + 1]?.text === '(');
    const counts = isRange ? tokens.flatMap(({ kind: of, text }) => (of === 'number' ? [Number(text)] : [])) : [];
    open.push((open.at(-1) ?? 1) * Math.max(1, ...counts));
    if ((open.at(-1) ?? 1) >= MANY) found.push({ message: 'loops that count to over a million', at: first.at });
  }
  return found;
}

/** A macro that calls itself with nothing that could end it; with arguments, ordinary ones do for nested types. */
function calls(tags: readonly Tag[]): readonly Unbounded[] {
  const open: string[] = [];
  const found: Unbounded[] = [];
  for (const { tokens } of tags) {
    const [first, second] = tokens;
    if (first?.text === 'endmacro') open.pop();
    else if (first?.text === 'macro') open.push(second?.text ?? '');
    else
      for (const [index, { kind, text, at }] of tokens.entries())
        if (
          kind === 'name' &&
          open.includes(text) &&
          tokens[index + 1]?.text === '(' &&
          tokens[index + 2]?.text === ')'
        )
          found.push({ message: `the macro ${text} calls itself without an end`, at });
  }
  return found;
}

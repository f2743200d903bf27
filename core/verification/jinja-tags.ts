export type Token =
  | { readonly kind: 'name' | 'number' | 'mark'; readonly text: string; readonly at: number }
  | { readonly kind: 'string'; readonly text: string; readonly at: number };

export interface Tag {
  readonly kind: 'statement' | 'expression';
  readonly tokens: readonly Token[];
}

/** Where reading stopped, and why. */
export interface Broken {
  readonly message: string;
  readonly at: number;
}

/** Brackets in brackets. */
const MAX_DEPTH = 50;
const TOKEN =
  /\s*(?:([A-Za-z_\u0080-\uFFFF][\w\u0080-\uFFFF]*)|(\d[\d_.]*)|("(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*')|(\*\*|\/\/|[=!<>]=|[-+*/%~|.,:;=<>()[\]{}]))/y;

/** Splits as Jinja's lexer does: raw blocks and comments are passed over, a tag ends outside of its strings and braces. */
export function readTags(template: string): { readonly tags: readonly Tag[]; readonly broken: Broken | null } {
  const tags: Tag[] = [];
  const open = /\{%[-+]?\s*raw\s*[-+]?%\}|\{#|\{%[-+]?|\{\{[-+]?/g;
  for (let start = open.exec(template); start !== null; start = open.exec(template)) {
    const at = start.index;
    const body = open.lastIndex;
    if (start[0].startsWith('{#') || /raw/.test(start[0])) {
      const close = start[0].startsWith('{#') ? /#\}/g : /\{%[-+]?\s*endraw\s*[-+]?%\}/g;
      close.lastIndex = body;
      if (close.exec(template) === null)
        return { tags, broken: { message: 'a comment or raw block without an end', at } };
      open.lastIndex = close.lastIndex;
      continue;
    }
    const kind = start[0].startsWith('{%') ? 'statement' : 'expression';
    const tag = readTag(template, body, kind);
    if (tag === null) return { tags, broken: { message: 'a tag that can’t be read', at } };
    tags.push({ kind, tokens: tag.tokens });
    open.lastIndex = tag.end;
  }
  return { tags, broken: null };
}

function readTag(template: string, start: number, kind: Tag['kind']): { tokens: Token[]; end: number } | null {
  const close = kind === 'statement' ? /\s*[-+]?%\}/y : /\s*-?\}\}/y;
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = start; ; ) {
    close.lastIndex = at;
    if (depth === 0 && close.test(template)) return { tokens, end: close.lastIndex };
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(template);
    if (match === null) return null;
    const [, name, number, string, mark] = match;
    const text = name ?? number ?? string ?? mark ?? '';
    const where = TOKEN.lastIndex - text.length;
    if (string !== undefined) addString(tokens, withoutEscapes(string.slice(1, -1)), where);
    else tokens.push({ kind: name !== undefined ? 'name' : number !== undefined ? 'number' : 'mark', text, at: where });
    if (mark !== undefined && '([{'.includes(mark)) depth += 1;
    if (mark !== undefined && ')]}'.includes(mark)) depth -= 1;
    if (depth < 0 || depth > MAX_DEPTH) return null;
    at = TOKEN.lastIndex;
  }
}

/** Jinja makes one text of strings that follow one another. */
function addString(tokens: Token[], text: string, at: number): void {
  const before = tokens.at(-1);
  if (before?.kind === 'string') tokens[tokens.length - 1] = { ...before, text: before.text + text };
  else tokens.push({ kind: 'string', text, at });
}

/** Python's escapes, as far as they write letters. */
function withoutEscapes(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{1,3})|N\{[^}]*\}|([\s\S]))/gi,
    (...parts) => {
      const [, byte, unit, point, octal, other] = parts;
      const hex = byte ?? unit ?? point;
      const code =
        typeof hex === 'string'
          ? Number.parseInt(hex, 16)
          : typeof octal === 'string'
            ? Number.parseInt(octal, 8)
            : null;
      if (code !== null) return code <= 0x10ffff ? String.fromCodePoint(code) : '';
      // A character given by its name may be an underscore.
      return typeof other === 'string' ? other : '_';
    },
  );
}

/** Words of Jinja that stand beside values; between all others stands a mark. */
const BESIDE = new Set(
  'and or not in is if else elif import as with without context ignore missing scoped required recursive'.split(' '),
);

/**
 * How far text may be one tag that Jinja reads: to where it closes, or Jinja raises at a character that it does not know
 * or at two values that follow one another. Vocabularies and prose have braces, too, and names far behind them.
 *
 * @param open where the braces stand
 */
export function reachOfTag(text: string, open: number): number {
  const close = text[open + 1] === '%' ? '%}' : '}}';
  const named = /\{%[-+]?\s*\w+/y;
  named.lastIndex = open;
  let at = named.test(text) ? named.lastIndex : open + 2;
  let [depth, last, tested] = [0, '', false];
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match === null) return at;
    const [, name, number, string, mark] = match;
    const start = TOKEN.lastIndex - (name ?? number ?? string ?? mark ?? '').length;
    if (mark !== undefined) {
      if (depth === 0 && text.startsWith(close, start)) return start;
      depth += '([{'.includes(mark) ? 1 : ')]}'.includes(mark) ? -1 : 0;
      if (depth < 0) return start;
    }
    const word = name ?? (string === undefined ? '' : '"');
    // A number may go on as a name, texts may follow one another, and tests take a value: `x is divisibleby 3`.
    const parted = last === '' || word === '' || word === '"' || BESIDE.has(last) || BESIDE.has(word) || tested;
    if (!parted) return start;
    tested = name !== undefined && !BESIDE.has(name) ? last === 'is' || last === 'not' : tested && mark === '.';
    last = word;
    at = TOKEN.lastIndex;
  }
}

/** The tokens between a bracket and the one that closes it. */
export function within(tokens: readonly Token[], open: number): readonly Token[] {
  if (!['(', '[', '{'].includes(tokens[open]?.text ?? '')) return [];
  let depth = 0;
  for (let index = open; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (token?.kind !== 'mark') continue;
    if ('([{'.includes(token.text)) depth += 1;
    if (')]}'.includes(token.text)) depth -= 1;
    if (depth === 0) return tokens.slice(open + 1, index);
  }
  return tokens.slice(open + 1);
}

/** Whether a bracket after this token takes an item, and begins no list. */
export function follows(before: Token | undefined): boolean {
  if (before === undefined) return false;
  if (before.kind === 'mark') return [')', ']', '}'].includes(before.text);
  return before.kind !== 'name' || !/^(?:in|and|or|not|if|else|elif|is|set|for|return|do|print)$/.test(before.text);
}

/** Words between values. */
export function isOperator(text: string | undefined): boolean {
  return text !== undefined && /^(?:in|and|or|not|if|else|is)$/.test(text);
}

/** The parts between marks that stand in no bracket. */
export function splitAt(tokens: readonly Token[], marks: readonly string[]): readonly (readonly Token[])[] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token.kind === 'mark' && '([{'.includes(token.text)) depth += 1;
    if (token.kind === 'mark' && ')]}'.includes(token.text)) depth -= 1;
    if (depth === 0 && token.kind === 'mark' && marks.includes(token.text)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

const MAX_CODE_POINT = 0x10ffff;

/** The pattern is wrong, or uses what an automaton can't do. */
export class PatternError extends Error {}

/** Code points from low to high, both included. */
export type Range = readonly [low: number, high: number];

/** A pattern as a tree; a `set` is one character. */
export type PatternNode =
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number };

const DIGIT: readonly Range[] = [[48, 57]];
const WORD: readonly Range[] = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACE: readonly Range[] = [
  [9, 13],
  [32, 32],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_END: readonly Range[] = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];
const CLASS_ESCAPES = new Map<string, readonly Range[]>([
  ['d', DIGIT],
  ['w', WORD],
  ['s', SPACE],
  ['D', complement(DIGIT)],
  ['W', complement(WORD)],
  ['S', complement(SPACE)],
]);
const CONTROL_ESCAPES = new Map([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
  ['0', 0],
]);

function complement(ranges: readonly Range[]): Range[] {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const result: Range[] = [];
  let from = 0;
  for (const [low, high] of sorted) {
    if (low > from) result.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= MAX_CODE_POINT) result.push([from, MAX_CODE_POINT]);
  return result;
}

/** Reads the syntax of ECMA-262 as far as an automaton can follow it. @throws PatternError with the reason */
export class PatternParser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#chars = Array.from(source);
  }

  parse(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#chars.length) throw new PatternError(`unexpected "${this.#peek()}" at ${this.#at + 1}`);
    return node;
  }

  #peek(): string | undefined {
    return this.#chars[this.#at];
  }

  #take(): string {
    const char = this.#chars[this.#at];
    if (char === undefined) throw new PatternError('the pattern ends too early');
    this.#at += 1;
    return char;
  }

  #accept(char: string): boolean {
    if (this.#peek() !== char) return false;
    this.#at += 1;
    return true;
  }

  #choice(): PatternNode {
    this.#depth += 1;
    if (this.#depth > 50) throw new PatternError('groups are nested too deeply');
    const items = [this.#sequence()];
    while (this.#accept('|')) items.push(this.#sequence());
    this.#depth -= 1;
    return { kind: 'choice', items };
  }

  #sequence(): PatternNode {
    const items: PatternNode[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#quantified());
    }
    return { kind: 'sequence', items };
  }

  #quantified(): PatternNode {
    const item = this.#atom();
    const bounds = this.#quantifier();
    if (bounds === null) return item;
    if (item.kind === 'start' || item.kind === 'end') throw new PatternError('an anchor cannot be repeated');
    // A lazy quantifier finds the same texts.
    this.#accept('?');
    return { kind: 'repeat', item, ...bounds };
  }

  #quantifier(): { min: number; max: number } | null {
    if (this.#accept('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#accept('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#accept('?')) return { min: 0, max: 1 };
    if (this.#peek() !== '{') return null;
    const close = this.#chars.indexOf('}', this.#at);
    const text = this.#chars.slice(this.#at, close + 1).join('');
    const match = /^\{(\d{1,4})(,(\d{0,4}))?\}$/.exec(text);
    if (match === null) throw new PatternError('"{" must be escaped or hold a count such as {2} or {1,3}');
    this.#at = close + 1;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === '' ? Number.POSITIVE_INFINITY : Number(match[3]);
    if (max < min) throw new PatternError(`the count ${text} is out of order`);
    return { min, max };
  }

  #atom(): PatternNode {
    const char = this.#take();
    switch (char) {
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '.':
        return { kind: 'set', ranges: complement(LINE_END) };
      case '[':
        return { kind: 'set', ranges: this.#class() };
      case '(':
        return this.#group();
      case '\\':
        return { kind: 'set', ranges: this.#escape() };
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
      case ']':
        throw new PatternError(`"${char}" must be escaped here`);
      default:
        return { kind: 'set', ranges: [single(char)] };
    }
  }

  #group(): PatternNode {
    if (this.#accept('?') && !this.#accept(':'))
      throw new PatternError('look-around and named groups are not supported');
    const node = this.#choice();
    if (!this.#accept(')')) throw new PatternError('a group is not closed');
    return node;
  }

  #escape(): readonly Range[] {
    const char = this.#take();
    const ranges = CLASS_ESCAPES.get(char);
    if (ranges !== undefined) return ranges;
    const control = CONTROL_ESCAPES.get(char);
    if (control !== undefined) return [[control, control]];
    if (char === 'x') return [this.#hex(2)];
    if (char === 'u') return [this.#hex(4)];
    if (/[A-Za-z0-9]/.test(char)) throw new PatternError(`"\\${char}" is not supported`);
    return [single(char)];
  }

  #hex(digits: number): Range {
    const text = this.#chars.slice(this.#at, this.#at + digits).join('');
    if (!/^[0-9a-fA-F]+$/.test(text) || text.length !== digits)
      throw new PatternError('a hexadecimal escape is cut short');
    this.#at += digits;
    const code = Number.parseInt(text, 16);
    return [code, code];
  }

  #class(): readonly Range[] {
    const negated = this.#accept('^');
    const ranges: Range[] = [];
    while (!this.#accept(']')) {
      const from = this.#classItem();
      const [low] = from;
      if (this.#peek() !== '-' || this.#chars[this.#at + 1] === ']' || from.length !== 1 || low === undefined) {
        ranges.push(...from);
        continue;
      }
      this.#take();
      const [high, ...rest] = this.#classItem();
      if (high === undefined || rest.length > 0 || low[0] !== low[1] || high[0] !== high[1] || high[0] < low[0]) {
        throw new PatternError('a range in a character class is out of order');
      }
      ranges.push([low[0], high[0]]);
    }
    return negated ? complement(ranges) : ranges;
  }

  #classItem(): readonly Range[] {
    const char = this.#take();
    if (char !== '\\') return [single(char)];
    if (this.#accept('b')) return [[8, 8]];
    return this.#accept('-') ? [[45, 45]] : this.#escape();
  }
}

function single(char: string): Range {
  const code = char.codePointAt(0) ?? 0;
  return [code, code];
}

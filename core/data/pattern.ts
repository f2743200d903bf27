/**
 * Regular expressions in time linear in the text. A contract comes from a pull request, and one backtracking pattern in
 * it could hold a job for hours, so patterns run on an automaton. Look-around, back references, `\b` and `\p` can't.
 * Syntax is ECMA-262's otherwise; matching is by code point and unanchored, as ODCS and JSON Schema mean it.
 */

export interface Pattern {
  readonly source: string;
  /** Whether the pattern occurs anywhere in the text. */
  test(text: string): boolean;
}

export type PatternResult =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly reason: string };

const MAX_SOURCE = 1000;
const MAX_STATES = 5000;
const MAX_CACHED = 1000;
const MAX_CODE_POINT = 0x10ffff;

/** Compiles a pattern, or says why it can't be checked. */
export function compilePattern(source: string): PatternResult {
  if (source.length > MAX_SOURCE) return { ok: false, reason: `longer than ${MAX_SOURCE} characters` };
  try {
    const tree = new PatternParser(source).parse();
    return { ok: true, pattern: new Automaton(source, tree) };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, reason: error.message };
    throw error;
  }
}

class PatternError extends Error {}

type Range = readonly [low: number, high: number];

type Node =
  | { readonly kind: 'set'; readonly ranges: readonly Range[] }
  | { readonly kind: 'start' | 'end' }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number };

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

class PatternParser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#chars = Array.from(source);
  }

  parse(): Node {
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

  #choice(): Node {
    this.#depth += 1;
    if (this.#depth > 50) throw new PatternError('groups are nested too deeply');
    const items = [this.#sequence()];
    while (this.#accept('|')) items.push(this.#sequence());
    this.#depth -= 1;
    return { kind: 'choice', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek()) {
      items.push(this.#quantified());
    }
    return { kind: 'sequence', items };
  }

  #quantified(): Node {
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

  #atom(): Node {
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

  #group(): Node {
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

type State =
  | { readonly kind: 'set'; readonly ranges: readonly Range[]; readonly next: number }
  | { readonly kind: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'split'; next: number[] }
  | { readonly kind: 'match' };

interface CachedState {
  readonly sets: readonly number[];
  readonly matched: boolean;
  readonly matchedAtEnd: boolean;
  readonly next: Map<number, CachedState>;
}

/** Thompson's construction, with the subset construction done as texts need it and bounded in memory. */
class Automaton implements Pattern {
  readonly source: string;
  readonly #states: State[] = [];
  readonly #first: number;
  readonly #initial: CachedState;
  #cache = new Map<string, CachedState>();

  constructor(source: string, tree: Node) {
    this.source = source;
    this.#first = this.#build(tree, this.#add({ kind: 'match' }));
    this.#initial = this.#cached([this.#first], true);
  }

  test(text: string): boolean {
    let state = this.#initial;
    for (let at = 0; at < text.length; at += 1) {
      if (state.matched) return true;
      const code = text.codePointAt(at) ?? 0;
      if (code > 0xffff) at += 1;
      state = state.next.get(code) ?? this.#step(state, code);
    }
    return state.matched || state.matchedAtEnd;
  }

  #add(state: State): number {
    if (this.#states.length >= MAX_STATES) throw new PatternError('the pattern is too large');
    return this.#states.push(state) - 1;
  }

  /** Adds the states of a node in front of `next`, and returns the first of them. */
  #build(node: Node, next: number): number {
    switch (node.kind) {
      case 'set':
        return this.#add({ kind: 'set', ranges: node.ranges, next });
      case 'start':
      case 'end':
        return this.#add({ kind: node.kind, next });
      case 'sequence':
        return node.items.reduceRight((after, item) => this.#build(item, after), next);
      case 'choice':
        return this.#add({ kind: 'split', next: node.items.map((item) => this.#build(item, next)) });
      case 'repeat':
        return this.#repeat(node.item, node.min, node.max, next);
    }
  }

  #repeat(item: Node, min: number, max: number, next: number): number {
    let after = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop: State = { kind: 'split', next: [next] };
      after = this.#add(loop);
      loop.next.push(this.#build(item, after));
    } else {
      for (let count = min; count < max; count += 1) {
        after = this.#add({ kind: 'split', next: [next, this.#build(item, after)] });
      }
    }
    for (let count = 0; count < min; count += 1) after = this.#build(item, after);
    return after;
  }

  #step(state: CachedState, code: number): CachedState {
    // The first state is added at each character: a match may start anywhere.
    const targets = new Set<number>([this.#first]);
    for (const id of state.sets) {
      const set = this.#states[id];
      if (set?.kind === 'set' && set.ranges.some(([low, high]) => code >= low && code <= high)) targets.add(set.next);
    }
    const next = this.#cached(
      [...targets].sort((a, b) => a - b),
      false,
    );
    if (state.next.size < MAX_CACHED) state.next.set(code, next);
    return next;
  }

  #cached(targets: readonly number[], atStart: boolean): CachedState {
    const key = `${atStart}${targets.join(',')}`;
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const here = this.#closure(targets, atStart, false);
    const state: CachedState = {
      sets: [...here].filter((id) => this.#states[id]?.kind === 'set'),
      matched: this.#hasMatch(here),
      matchedAtEnd: this.#hasMatch(this.#closure(targets, atStart, true)),
      next: new Map(),
    };
    if (this.#cache.size >= MAX_CACHED) this.#forget();
    this.#cache.set(key, state);
    return state;
  }

  /** States point at each other, so all of them go, or none could be freed. */
  #forget(): void {
    for (const state of this.#cache.values()) state.next.clear();
    this.#cache = new Map();
  }

  #hasMatch(ids: ReadonlySet<number>): boolean {
    for (const id of ids) if (this.#states[id]?.kind === 'match') return true;
    return false;
  }

  #closure(targets: readonly number[], atStart: boolean, atEnd: boolean): Set<number> {
    const seen = new Set<number>();
    const open = [...targets];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      const state = this.#states[id];
      if (state === undefined || state.kind === 'set' || state.kind === 'match') continue;
      if (state.kind === 'split') open.push(...state.next);
      else if (state.kind === 'start' ? atStart : atEnd) open.push(state.next);
    }
    return seen;
  }
}

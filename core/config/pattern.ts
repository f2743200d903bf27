/**
 * Patterns of string parameters: a small subset of regular expressions, matched in linear time against the whole value.
 * The engine's own RegExp backtracks, and a pattern comes from a file that anyone may propose to change.
 *
 * Syntax: literals, `.`, classes `[a-z_]` and `[^…]`, `\d \w \s` and their opposites, groups `(…)` and `(?:…)`, `|`,
 * and the quantifiers `* + ? {n} {n,} {n,m}`. `^` and `$` may stand at the ends, where they change nothing.
 */

const MAX_STATES = 2000;

export type Pattern =
  | { readonly ok: true; readonly test: (value: string) => boolean }
  | { readonly ok: false; readonly reason: string };

type Matcher = (letter: string) => boolean;
type Syntax =
  | { readonly kind: 'empty' }
  | { readonly kind: 'letter'; readonly matches: Matcher }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'repeat'; readonly part: Syntax; readonly min: number; readonly max: number | null };
type State =
  | { readonly kind: 'letter'; readonly matches: Matcher }
  | { readonly kind: 'split'; first: number; second: number }
  | { readonly kind: 'end' };

class PatternError extends Error {}

/** Never throws: a pattern outside of the subset yields its reason. */
export function compilePattern(source: string): Pattern {
  try {
    const program = compile(new PatternReader(source).read());
    return { ok: true, test: (value) => run(program, value) };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, reason: error.message };
    throw error;
  }
}

class PatternReader {
  readonly #letters: readonly string[];
  #at = 0;

  constructor(source: string) {
    const start = source.startsWith('^') ? 1 : 0;
    const end = /(^|[^\\])(\\\\)*\$$/.test(source) ? source.length - 1 : source.length;
    this.#letters = [...source.slice(start, end)];
  }

  read(): Syntax {
    const syntax = this.#choice(0);
    if (this.#at < this.#letters.length) throw new PatternError('")" without its "("');
    return syntax;
  }

  #choice(depth: number): Syntax {
    if (depth > 20) throw new PatternError('groups are nested deeper than 20');
    const parts = [this.#sequence(depth)];
    while (this.#letters[this.#at] === '|') {
      this.#at++;
      parts.push(this.#sequence(depth));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts };
  }

  #sequence(depth: number): Syntax {
    const parts: Syntax[] = [];
    for (
      let letter = this.#letters[this.#at];
      letter !== undefined && letter !== '|' && letter !== ')';
      letter = this.#letters[this.#at]
    ) {
      parts.push(this.#quantified(this.#atom(depth)));
    }
    return { kind: 'sequence', parts };
  }

  #atom(depth: number): Syntax {
    const letter = this.#next();
    if (letter === '(') return this.#group(depth);
    if (letter === '[') return { kind: 'letter', matches: this.#set() };
    if (letter === '.') return { kind: 'letter', matches: (other) => other !== '\n' };
    if (letter === '\\') return { kind: 'letter', matches: this.#escape() };
    if ('*+?{}^$]'.includes(letter))
      throw new PatternError(`"${letter}" has no meaning here; write "\\${letter}" for the character`);
    return { kind: 'letter', matches: (other) => other === letter };
  }

  #group(depth: number): Syntax {
    if (this.#letters[this.#at] === '?') {
      if (this.#letters[this.#at + 1] !== ':')
        throw new PatternError('only plain groups, "(…)" or "(?:…)", are supported');
      this.#at += 2;
    }
    const syntax = this.#choice(depth + 1);
    if (this.#letters[this.#at] !== ')') throw new PatternError('"(" without its ")"');
    this.#at++;
    return syntax;
  }

  #quantified(part: Syntax): Syntax {
    const bounds = this.#bounds();
    if (bounds === null) return part;
    if (this.#bounds() !== null) throw new PatternError('two quantifiers follow one another');
    return { kind: 'repeat', part, ...bounds };
  }

  #bounds(): { min: number; max: number | null } | null {
    const rest = this.#letters.slice(this.#at, this.#at + 12).join('');
    const counted = /^\{(\d{1,4})(,(\d{1,4})?)?\}/.exec(rest);
    if (counted !== null) {
      this.#at += counted[0].length;
      const min = Number(counted[1]);
      const max = counted[2] === undefined ? min : counted[3] === undefined ? null : Number(counted[3]);
      if (max !== null && max < min) throw new PatternError(`"${counted[0]}" counts backwards`);
      return { min, max };
    }
    const simple = { '*': { min: 0, max: null }, '+': { min: 1, max: null }, '?': { min: 0, max: 1 } };
    const letter = rest[0];
    if (letter !== '*' && letter !== '+' && letter !== '?') return null;
    this.#at++;
    return simple[letter];
  }

  #set(): Matcher {
    const negated = this.#letters[this.#at] === '^';
    if (negated) this.#at++;
    const members: Matcher[] = [];
    for (let letter = this.#next('"[" without its "]"'); letter !== ']'; letter = this.#next('"[" without its "]"')) {
      if (letter === '\\') members.push(this.#escape());
      else if (this.#letters[this.#at] === '-' && this.#letters[this.#at + 1] !== ']')
        members.push(this.#range(letter));
      else members.push((other) => other === letter);
    }
    return (other) => members.some((member) => member(other)) !== negated;
  }

  #range(from: string): Matcher {
    this.#at++;
    const to = this.#next('"[" without its "]"');
    const [low, high] = [codePoint(from), codePoint(to)];
    if (to === '\\' || low > high) throw new PatternError(`"${from}-${to}" is no range`);
    return (other) => codePoint(other) >= low && codePoint(other) <= high;
  }

  #escape(): Matcher {
    const letter = this.#next('"\\" at the end');
    const classes: Record<string, RegExp> = { d: /^\d$/, D: /^\D$/su, w: /^\w$/, W: /^\W$/su, s: /^\s$/, S: /^\S$/su };
    const known = classes[letter];
    if (known !== undefined) return (other) => known.test(other);
    if (/[A-Za-z0-9]/.test(letter)) throw new PatternError(`"\\${letter}" is not supported`);
    return (other) => other === letter;
  }

  #next(missing = 'the pattern ends too early'): string {
    const letter = this.#letters[this.#at++];
    if (letter === undefined) throw new PatternError(missing);
    return letter;
  }
}

function codePoint(letter: string): number {
  return letter.codePointAt(0) ?? -1;
}

/** Thompson's construction: a split state has two ways on, every other goes to the next state. */
function compile(syntax: Syntax): readonly State[] {
  const states: State[] = [];
  emit(syntax, states);
  states.push({ kind: 'end' });
  return states;
}

function emit(syntax: Syntax, states: State[]): void {
  if (states.length > MAX_STATES) throw new PatternError('the pattern is too large');
  switch (syntax.kind) {
    case 'empty':
      return;
    case 'letter':
      states.push(syntax);
      return;
    case 'sequence':
      for (const part of syntax.parts) emit(part, states);
      return;
    case 'choice':
      emitChoice(syntax.parts, states);
      return;
    case 'repeat':
      emitRepeat(syntax.part, syntax.min, syntax.max, states);
      return;
  }
}

function emitChoice(parts: readonly Syntax[], states: State[]): void {
  const [first = { kind: 'empty' } as const, ...rest] = parts;
  if (rest.length === 0) {
    emit(first, states);
    return;
  }
  const split = pushSplit(states);
  split.first = states.length;
  emit(first, states);
  const jump = pushSplit(states);
  split.second = states.length;
  emitChoice(rest, states);
  jump.first = states.length;
  jump.second = states.length;
}

function emitRepeat(part: Syntax, min: number, max: number | null, states: State[]): void {
  for (let count = 0; count < min; count++) emit(part, states);
  if (max === null) {
    const split = pushSplit(states);
    const start = states.length - 1;
    split.first = states.length;
    emit(part, states);
    const back = pushSplit(states);
    back.first = start;
    back.second = start;
    split.second = states.length;
    return;
  }
  const skips = Array.from({ length: max - min }, () => {
    const split = pushSplit(states);
    split.first = states.length;
    emit(part, states);
    return split;
  });
  for (const skip of skips) skip.second = states.length;
}

function pushSplit(states: State[]): { kind: 'split'; first: number; second: number } {
  const split = { kind: 'split' as const, first: 0, second: 0 };
  states.push(split);
  return split;
}

/** Follows all ways at once: time is at most letters × states, whatever the pattern. */
function run(states: readonly State[], value: string): boolean {
  let current = closure([0], states);
  for (const letter of value) {
    const next: number[] = [];
    for (const index of current) {
      const state = states[index];
      if (state?.kind === 'letter' && state.matches(letter)) next.push(index + 1);
    }
    if (next.length === 0) return false;
    current = closure(next, states);
  }
  return [...current].some((index) => states[index]?.kind === 'end');
}

function closure(start: readonly number[], states: readonly State[]): Set<number> {
  const reached = new Set<number>();
  const open = [...start];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const state = states[index];
    if (state?.kind === 'split') open.push(state.first, state.second);
  }
  return reached;
}

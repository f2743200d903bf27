import { PatternError, type PatternNode, PatternParser, type Range } from './pattern-syntax.ts';

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

/** Compiles a pattern, or says why it can't be checked. @param longest in characters; more only for patterns of our own */
export function compilePattern(source: string, longest = MAX_SOURCE): PatternResult {
  if (source.length > longest) return { ok: false, reason: `longer than ${longest} characters` };
  try {
    const tree = new PatternParser(source).parse();
    return { ok: true, pattern: new Automaton(source, tree) };
  } catch (error) {
    if (error instanceof PatternError) return { ok: false, reason: error.message };
    throw error;
  }
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

  constructor(source: string, tree: PatternNode) {
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
  #build(node: PatternNode, next: number): number {
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

  #repeat(item: PatternNode, min: number, max: number, next: number): number {
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

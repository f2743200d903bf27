import { type Global, listedGlobals } from './globals.ts';
import { placeOf } from './words.ts';

const LISTED: readonly Global[] = [...listedGlobals()].map(([module, name, grade]) => ({ module, name, grade }));
const UNKNOWN: Global = { module: '?', name: '?', grade: null };
const WORDS = 1 << 16;
const BY_WORDS: ReadonlyMap<number, number> = new Map(
  LISTED.map(({ module, name }, place) => [placeOf(module) * WORDS + placeOf(name), place]),
);

/** Imports of one scan that are on no list and known by name; more are all one. */
const MAX_UNLISTED = 1000;

/** What a stream of pickles imports, each with a place by which a value names it. */
export class Imports {
  readonly #unlisted: Global[] = [UNKNOWN];
  readonly #places = new Map<string, number>([[keyOf(UNKNOWN), LISTED.length]]);

  /** The place of a listed name by the places of its words, or -1. */
  listed(module: number, name: number): number {
    return BY_WORDS.get(module * WORDS + name) ?? -1;
  }

  add(found: Global): number {
    const known = this.listed(placeOf(found.module), placeOf(found.name));
    if (known >= 0) return known;
    const key = keyOf(found);
    const place = this.#places.get(key);
    if (place !== undefined) return place;
    if (this.#unlisted.length > MAX_UNLISTED) return LISTED.length;
    const next = LISTED.length + this.#unlisted.push(found) - 1;
    this.#places.set(key, next);
    return next;
  }

  at(place: number): Global {
    return LISTED[place] ?? this.#unlisted[place - LISTED.length] ?? UNKNOWN;
  }
}

/** `a.b` of `c` is not `a` of `b.c`. */
function keyOf({ module, name, grade }: Global): string {
  return `${module.length} ${grade} ${module}.${name}`;
}

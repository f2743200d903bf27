import type { ColumnProfile } from '../report/profile.ts';

/** Fewer different values have a shape in common by chance. */
const ENOUGH_VALUES = 10;
const LONGEST = 40;
const CLASSES: readonly (readonly [string, RegExp])[] = [
  ['[0-9]', /^[0-9]$/],
  ['[A-Z]', /^[A-Z]$/],
  ['[a-z]', /^[a-z]$/],
];

/**
 * The pattern of codes such as `N-0042`: texts of one length, with the same kind of character at each place. Null where the
 * values that are shown have none, or are words. A guess from some of the values, to be tried on all.
 */
export function codePattern({ top, min, max, minLength, maxLength, pii }: ColumnProfile): string | null {
  if (pii !== null || minLength === null || minLength !== maxLength || minLength > LONGEST) return null;
  const seen = new Set([...top.map(({ value }) => value), min, max].filter((value) => value !== null));
  if (seen.size < ENOUGH_VALUES) return null;
  const places = Array.from({ length: minLength }, (_, at) => placeOf([...seen].map((value) => value[at] ?? '')));
  // Small letters alone are words, of which the next may be written otherwise.
  if (places.includes(null) || !places.some((place) => place === '[0-9]' || place === '[A-Z]')) return null;
  return `^${runs(places.filter((place) => place !== null))}$`;
}

/** What stands at one place: a kind of character, or one punctuation mark; null where that differs. */
function placeOf(characters: readonly string[]): string | null {
  const kind = CLASSES.find(([, is]) => characters.every((character) => is.test(character)));
  if (kind !== undefined) return kind[0];
  const [first = ''] = characters;
  if (!/^[ -/:-@[-`{-~]$/.test(first) || characters.some((character) => character !== first)) return null;
  return /^[-_ #%&'",:;<=>@!~`]$/.test(first) ? first : `\\${first}`;
}

/** `[0-9][0-9]` as `[0-9]{2}`. */
function runs(places: readonly string[]): string {
  let text = '';
  for (let at = 0; at < places.length; ) {
    const place = places[at] ?? '';
    let end = at + 1;
    while (places[end] === place) end += 1;
    text += end - at === 1 ? place : `${place}{${end - at}}`;
    at = end;
  }
  return text;
}

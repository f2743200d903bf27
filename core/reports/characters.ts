/**
 * Which characters of foreign text are shown at all. What follows in `markdown.ts`, `terminal.ts`, `workflow-log.ts` and
 * `git-text.ts` builds on this, one escape for each place that text goes to.
 */

/**
 * Controls (ANSI escapes among them), lone surrogates, characters that reorder, hide, join or tag text, the separators that
 * some readers take for line ends, and what XML can't hold.
 */
export const UNSHOWN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Noncharacter_Code_Point}\u2800]/gu;

/** Everything that some reader ends a line at. */
export const LINE_ENDS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

/** No script stacks more marks on a letter; beyond that they run over the lines around. */
const STACKED = /(\p{M}{4})\p{M}+/gu;

/** The text without what is not to be shown: U+FFFD stands in its place, so that it is seen that something was there. */
export function replaceUnshown(text: string): string {
  return text.replace(STACKED, '$1').replace(UNSHOWN, '\uFFFD');
}

/**
 * One line of visible characters, cut to a length in UTF-16 code units at a whole code point. Never longer than `length`,
 * never with a line end; a cut shows as "…". It is no escape.
 */
export function cleanLine(text: string, length = 500): string {
  const read = text.slice(0, length * 4);
  const clean = replaceUnshown(read.replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')).trim();
  return clean.length > length || read.length < text.length ? `${upTo(clean, length - 1)}…` : clean;
}

/**
 * As `cleanLine`, for titles and annotations: GitHub shows them as plain text and pings nobody, but chat programs and mail
 * that they are passed on to may, so `@name` and `@everyone` are cut by a joiner that does not show.
 */
export function plainLine(text: string, length = 500): string {
  return cutText(cleanLine(text, length).replace(/(?<![\w.-])@(?=[a-z0-9])/gi, '@\u2060'), length);
}

/** The text itself, or its beginning up to a length in UTF-16 code units that ends in "…" at a whole code point. */
export function cutText(text: string, length: number): string {
  return text.length <= length ? text : `${upTo(text, length - 1)}…`;
}

function upTo(text: string, length: number): string {
  return text.slice(0, Math.max(0, length)).replace(/[\ud800-\udbff]$/, '');
}

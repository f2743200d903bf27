/** East Asian Width W and F (Unicode Standard Annex 11) as far as it is no emoji, which have a property of their own. */
const WIDE =
  /[\u{1100}-\u{115F}\u{2329}\u{232A}\u{2E80}-\u{303E}\u{3041}-\u{3247}\u{3250}-\u{A4CF}\u{A960}-\u{A97F}\u{AC00}-\u{D7A3}\u{F900}-\u{FAFF}\u{FE10}-\u{FE19}\u{FE30}-\u{FE6F}\u{FF01}-\u{FF60}\u{FFE0}-\u{FFE6}\u{16FE0}-\u{1B2FF}\u{1F200}-\u{1F265}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}|\p{Emoji}\u{FE0F}/u;
/** What stands on another character, or is not seen. */
const NOTHING = /^[\p{M}\p{Cf}\p{Cc}]+$/u;
/** Sound marks of half-width kana: part of a character, and a column of their own. */
const HALF_MARKS = /[\u{FF9E}\u{FF9F}]/gu;
const PLAIN = /^[\x20-\x7E]*$/;

const characters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many columns of a terminal a text takes: two for what is written in East Asia, and for emoji. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const { segment } of characters.segment(text)) {
    if (WIDE.test(segment)) width += 2;
    else if (!NOTHING.test(segment)) width += 1 + (segment.match(HALF_MARKS)?.length ?? 0);
  }
  return width;
}

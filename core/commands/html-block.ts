/** HTML blocks of CommonMark (section 4.6): what begins one, and what ends it. */

export interface HtmlBlock {
  /** The block ends with the first line that this fits, itself included; `blank`: before the next blank line. */
  readonly until: RegExp | 'blank';
  readonly interruptsParagraph: boolean;
}

const PAIRED: readonly (readonly [RegExp, RegExp])[] = [
  [/^<(?:pre|script|style|textarea)(?=[\s>]|$)/i, /<\/(?:pre|script|style|textarea)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [/^<![A-Za-z]/, />/],
];

const BLOCK_TAGS =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|' +
  'fieldset|figcaption|figure|footer|form|frame|frameset|h1|h2|h3|h4|h5|h6|head|header|hr|html|iframe|legend|li|link|' +
  'main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|source|summary|table|tbody|td|tfoot|th|' +
  'thead|title|tr|track|ul';
const BLOCK_TAG = new RegExp(`^</?(?:${BLOCK_TAGS})(?=[ \\t]|/?>|$)`, 'i');

const ATTRIBUTE = `[ \\t]+[A-Za-z_:][A-Za-z0-9_.:-]*(?:[ \\t]*=[ \\t]*(?:[^\\s"'=<>\`]+|'[^']*'|"[^"]*"))?`;
const LONE_TAG = new RegExp(
  `^(?:<[A-Za-z][A-Za-z0-9-]*(?:${ATTRIBUTE})*[ \\t]*/?>|</[A-Za-z][A-Za-z0-9-]*[ \\t]*>)[ \\t]*$`,
);

/** @param content a line without its indentation */
export function htmlBlockAt(content: string): HtmlBlock | null {
  if (!content.startsWith('<')) return null;
  const paired = PAIRED.find(([begins]) => begins.test(content));
  if (paired !== undefined) return { until: paired[1], interruptsParagraph: true };
  if (BLOCK_TAG.test(content)) return { until: 'blank', interruptsParagraph: true };
  return LONE_TAG.test(content) ? { until: 'blank', interruptsParagraph: false } : null;
}

/**
 * Text for GitHub's markdown. Whatever did not come from us may try to ping people, forge a table row, a marker or a
 * green tick, or plant HTML, so it passes through one of these functions, always.
 */

/** GitHub's limit of a check's summary and text; a comment may have one character more. */
export const MAX_TEXT = 65_535;

/** Joins without showing and without a line break: cuts `@name`, `#1`, commit ids and URLs, which GitHub links in rendered text. */
const JOINER = '\u2060';

/** Controls, lone surrogates, and characters that reorder, hide or join text. Our own joiner is added later. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** One line without control or invisible characters, cut to a length in UTF-16 code units. */
export function cleanLine(text: string, length = 500): string {
  const clean = text
    .slice(0, length * 4)
    .replace(/[\t\n\v\f\r\u0085\u2028\u2029]+/g, ' ')
    .replace(INVISIBLE, '\uFFFD')
    .trim();
  return clean.length > length ? `${clean.slice(0, length - 1).replace(/[\ud800-\udbff]$/, '')}…` : clean;
}

/**
 * Text that reads as itself in a paragraph, heading, list item or table cell: no markup, link, mention, reference or
 * emoji code. Only what could have a meaning is escaped, so that the source stays readable, too.
 */
export function escapeMarkdown(text: string, length?: number): string {
  return cleanLine(text, length)
    .replace(/[\\`*[\]~$|]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/^[#+\-=]/, '\\$&')
    .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
    .replace(/@/g, `@${JOINER}`)
    .replace(/#(?=\d)/g, `#${JOINER}`)
    .replace(/(GH-)(?=\d)/gi, `$1${JOINER}`)
    .replace(/:(?=\/\/|[a-z0-9_+-]+:)/gi, `:${JOINER}`)
    .replace(/www\./gi, (www) => `${www.slice(0, 3)}${JOINER}.`)
    .replace(/[0-9a-f]{7,}/gi, (id) => id.replace(/.{6}(?=.)/g, `$&${JOINER}`));
}

/**
 * Text as `escapeMarkdown` gives it, but for what stands between backticks: that is shown as code, so that a command or
 * a commit id in it can be copied as it is. Whoever wrote the text, what they gain by a backtick is code.
 */
export function escapeProse(text: string, length?: number): string {
  return cleanLine(text, length)
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? codeSpan(part.slice(1, -1)) : escapeInside(part)))
    .join('');
}

/** Escapes, and keeps the spaces around, which part the text from the code beside it. */
function escapeInside(part: string): string {
  const [before = ''] = /^ */.exec(part) ?? [];
  const [after = ''] = /(?<! ) *$/.exec(part.slice(before.length)) ?? [];
  return before + escapeMarkdown(part, part.length) + after;
}

/**
 * Text as code, on one line. GitHub pings nobody and links nothing inside code. A bar would end a table cell even there,
 * so it becomes a look-alike.
 */
export function codeSpan(text: string, length?: number): string {
  const clean = cleanLine(text, length).replaceAll('|', '∣').replaceAll('<!--', `<${JOINER}!--`) || ' ';
  const fence = '`'.repeat(longestRun(clean) + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') || clean === ' ' ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** Lines as a code block, which hostile lines can't close. */
export function codeBlock(text: string, length = 10_000): string {
  const lines = text.slice(0, length).split(/\r\n|[\n\r]/);
  const clean = lines
    .map((line) => line.replaceAll('\t', '    ').replace(INVISIBLE, '\uFFFD').replaceAll('<!--', `<${JOINER}!--`))
    .join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(clean) + 1));
  return `${fence}text\n${clean}${text.length > length ? '\n…' : ''}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}

/** For raw HTML and SVG: element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Whether an address is http or https and can't break out of a markdown link. */
export function isPlainUrl(url: string): boolean {
  return /^https?:\/\/[^\s<>()\\"'`[\]{}|^]+$/.test(url);
}

/** A link whose text is escaped; only the text where the address is not plain. */
export function link(text: string, url: string): string {
  const label = escapeMarkdown(text);
  return isPlainUrl(url) ? `[${label}](${url})` : label;
}

/** A table; cells are markdown already. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, index) => (align[index] === 'right' ? '---:' : '---'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** A folded section. */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

/** Joins blocks with empty lines and, past the limit, leaves out whole blocks from the end and says so: never half a table. */
export function joinBlocks(blocks: readonly string[], limit = MAX_TEXT): string {
  const used = blocks.filter((block) => block !== '');
  const whole = used.join('\n\n');
  if (whole.length <= limit) return whole;
  const kept: string[] = [];
  let length = 0;
  for (const block of used) {
    if (length + block.length + 2 > limit - 200) break;
    kept.push(block);
    length += block.length + 2;
  }
  const left = used.length - kept.length;
  return [
    ...kept,
    `> [!NOTE]\n> Cut here: ${left} more ${left === 1 ? 'section' : 'sections'} did not fit into GitHub's limit of ${limit} characters.`,
  ].join('\n\n');
}

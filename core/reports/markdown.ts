import { cleanLine, replaceUnshown } from './characters.ts';

export { cleanLine, cutText } from './characters.ts';
export { joinBlocks, joinSections, MAX_TEXT } from './limits.ts';

/**
 * Text for GitHub's Markdown. Whatever did not come from us may try to ping people, forge a table row, a marker, a command
 * or a green tick, or plant HTML, so it passes through one of these functions, always. Each says where its result may stand.
 */

/** Joins without showing and without a line break: cuts `@name`, `#1`, commit ids and URLs, which GitHub links in rendered text. */
const JOINER = '\u2060';

/** Instead of nothing: an empty item below a line of text would make that line a heading. */
const NOTHING = '(empty)';

/**
 * Text that reads as itself in a paragraph, heading, list item, quote or table cell, also at the start of a line, before
 * or after other text: no markup, HTML, link, mention, reference, emoji code, formula or command, and no sign of a
 * verdict, which are ours alone. Never empty and never with a line end. Only what could have a meaning is escaped, so that
 * the source stays readable, too. Not for code spans, `<summary>`, addresses or anything that is not Markdown.
 */
export function escapeMarkdown(text: string, length?: number): string {
  return escapeClean(cleanLine(text, length)) || NOTHING;
}

function escapeClean(text: string): string {
  return (
    text
      .replace(/[\\`*[\]~|]/g, '\\$&')
      .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/^(?:[#+\-=/.!]|:(?=-))|!$/g, '\\$&')
      .replace(/^(\d+)([.)])(?=\s|$)/, '$1\\$2')
      // GitHub finds formulas after backslashes are gone, too; its documentation names this element as the way out.
      .replace(/\$/g, '<span>\\$$</span>')
      .replace(/[✅☑✔]/gu, '✓')
      .replace(/[❌❎✖]/gu, '✗')
      .replace(/[🟢🟡🟠🔴⚪⚫🔵]/gu, '●')
      .replace(AUTOLINKS, (found, hex?: string) =>
        hex === undefined ? `${found}${JOINER}` : hex.replace(/.{6}(?=.)/g, `$&${JOINER}`),
      )
  );
}

/**
 * Where GitHub begins a link, mention or emoji of its own, from just before what follows: `@name`, `#1`, `GH-1`, advisories,
 * `http://`, `www.`, `:emoji:`, also where our own text follows; and commit ids as whole words, so that a run's id, which
 * may hold as many hex digits, can be copied. What is searched is escaped already: an underscore may have its backslash.
 */
const AUTOLINKS =
  /@|#(?=\d|$)|\b(?:GH|GHSA|CVE)-(?=[0-9a-z]|$)|:(?=\/\/|[a-z0-9_+\\-]+(?::|$))|www(?=\.|$)|(?<![0-9a-z])([0-9a-f]{7,})(?![0-9a-z])/gi;

/**
 * The words that `escapeMarkdown`, `escapeProse` and `codeSpan` were given, as far as they kept them: for a reader that
 * has no renderer, such as a terminal. What comes out is foreign text again.
 */
export function shownText(markdown: string): string {
  return markdown
    .replaceAll(JOINER, '')
    .replace(/<br>/g, '\n')
    .replace(/<\/?(?:span|sub)>/g, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}

/**
 * Text as `escapeMarkdown` gives it, but for what stands between backticks: that is shown as code, so that a command or
 * a commit id in it can be copied as it is. Whoever wrote the text, what they gain by a backtick is code.
 */
export function escapeProse(text: string, length?: number): string {
  const prose = cleanLine(text, length)
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? codeSpan(part.slice(1, -1)) : escapeInside(part)))
    .join('');
  return prose || NOTHING;
}

/** Escapes, and keeps the spaces around, which part the text from the code beside it. */
function escapeInside(part: string): string {
  const [before = ''] = /^ */.exec(part) ?? [];
  const [after = ''] = /(?<! ) *$/.exec(part.slice(before.length)) ?? [];
  return before + escapeClean(part.trim()) + after;
}

/** GitHub mentions nobody inside code; bots that read the source do, so a name is cut there, and a commit id is not. */
function quietCode(line: string): string {
  return line
    .replaceAll('<!--', `<${JOINER}!--`)
    .replace(/(?<![\w.-])@(?=[a-z])(?![0-9a-f]{7,64}(?![\w-]))/gi, `@${JOINER}`);
}

/**
 * Text as code, on one line, also in a table cell. GitHub pings nobody and links nothing inside code. A bar would end a
 * cell even there, so it becomes a look-alike. Never empty.
 */
export function codeSpan(text: string, length?: number): string {
  const clean = quietCode(cleanLine(text, length)).replaceAll('|', '∣') || ' ';
  const fence = '`'.repeat(longestRun(clean) + 1);
  const pad = clean.startsWith('`') || clean.endsWith('`') || clean === ' ' ? ' ' : '';
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/**
 * Lines as a code block of its own, which hostile lines can't close. A line in it that begins like `/command`,
 * `!command` or `.command` is none to a bot that reads the source line by line.
 */
export function codeBlock(text: string, length = 10_000): string {
  const cut = text.length > length;
  const clean = (cut ? text.slice(0, length).replace(/[\ud800-\udbff]$/, '') : text)
    .split(/\r\n|[\n\r]/)
    .map((line) => quietCode(replaceUnshown(line.replaceAll('\t', '    '))).replace(/^(\s*)(?=[/!.]\w)/, `$1${JOINER}`))
    .join('\n');
  const fence = '`'.repeat(Math.max(3, longestRun(clean) + 1));
  return `${fence}text\n${clean}${cut ? '\n…' : ''}\n${fence}`;
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** For raw HTML and SVG: element content and quoted attributes. Clean the text first: XML can't hold every character. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** Whether an address is http or https, can't break out of a Markdown link, and has no login before its host that poses as one. */
export function isPlainUrl(url: string): boolean {
  return /^https?:\/\/[A-Za-z0-9.:-]+(?:[/?#][!#$%&*+,./0-9:;=?@A-Z_a-z~-]*)?$/.test(url);
}

/** A link whose text is escaped; only the text where the address is not plain. */
export function link(text: string, url: string): string {
  const label = escapeMarkdown(text);
  return isPlainUrl(url) ? `[${label}](${url})` : label;
}

/** A table; cells are Markdown already, escaped one by one. */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[] = [],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, index) => (align[index] === 'right' ? '---:' : '---'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

/** A folded section. @param summary HTML of ours: Markdown is not read there, so foreign text would need `escapeHtml` */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${summary}</summary>\n\n${body}\n\n</details>`;
}

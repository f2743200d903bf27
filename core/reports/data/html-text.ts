import { cleanLine } from '../characters.ts';
import { escapeHtml } from '../markdown.ts';

/** Markup of ours. Only `html` makes it, so that no foreign text gets into a page but through its escape. */
export interface Html {
  readonly markup: string;
}

type Part = string | number | Html | readonly Html[];

/** A page's markup: what is written stays, what is filled in is text (on one line, escaped) unless it is markup of ours. */
export function html(written: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const filled = parts.map((part, index) => `${markupOf(part)}${written[index + 1] ?? ''}`);
  return { markup: `${written[0] ?? ''}${filled.join('')}` };
}

/** Markup where the condition holds, else nothing. */
export function when(condition: boolean, markup: () => Html): Html {
  return condition ? markup() : { markup: '' };
}

function markupOf(part: Part): string {
  if (typeof part === 'string') return escapeHtml(cleanLine(part, 1000));
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

/** A value from the data as it is, to its last space: controls as signs of their own, null told from empty text. */
export function valueHtml(value: string | null, length = 200): Html {
  if (value === null) return html`<em>null</em>`;
  if (value === '') return html`<em>empty</em>`;
  const [, before = '', inner = '', after = ''] = /^( *)(.*?)( *)$/s.exec(signs(value)) ?? [];
  return html`<code>${dots(before)}${cleanLine(inner, length)}${dots(after)}</code>`;
}

/** Each control character as its sign (U+2400 and on), so that what is wrong with a value can be seen. */
function signs(value: string): string {
  return value.slice(0, 2000).replace(/\p{Cc}/gu, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '\u2421' : char;
  });
}

/** Spaces at the ends are what nobody sees and everybody looks for. */
function dots(spaces: string): Html {
  return spaces === '' ? html`` : html`<span class="muted">${'·'.repeat(Math.min(spaces.length, 20))}</span>`;
}

/** Markup that is safe to send: built by `html`, or by a sanitizer that says so with `trusted`. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | null | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that turn the reading direction make text show other than it is (file names, diffs), so they are shown by number. */
const DIRECTION = /[\u202a-\u202e\u2066-\u2069]/g;

/** Text as HTML, for element content and quoted attribute values alike. The one place where the page escapes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
    .replaceAll(DIRECTION, (character) => `[U+${character.charCodeAt(0).toString(16).toUpperCase()}]`);
}

function render(value: Content): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof Html) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
  return value.map(render).join('');
}

/** Builds markup; every value is escaped unless it is `Html` itself. Attribute values must stand in double quotes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, index) => part + render(values[index])).join(''));
}

/** Marks markup as safe. Only for constants of this folder and for the output of the Markdown sanitizer. */
export function trusted(text: string): Html {
  return new Html(text);
}

/** An address for `href`: http, https or a path of this server. Anything else (`javascript:`, `data:`) becomes `#`. */
export function safeHref(address: string | null | undefined): string {
  const text = (address ?? '').trim();
  if (/^\/(?![/\\])/.test(text)) return text;
  try {
    const { protocol, href } = new URL(text);
    return protocol === 'http:' || protocol === 'https:' ? href : '#';
  } catch {
    return '#';
  }
}

/** A path whose segments are encoded; `parts` beyond the first may hold slashes, which stay. */
export function path(...parts: readonly (string | number)[]): string {
  return `/${parts.map((part) => String(part).split('/').map(encodeURIComponent).join('/')).join('/')}`;
}

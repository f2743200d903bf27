import { Lexer, Marked, type Tokens } from 'marked';
import sanitizeHtml from 'sanitize-html';
import { escapeHtml, type Html, trusted } from './html.ts';

/** GitHub's list of elements that Markdown may produce. */
const TAGS = [
  ...[
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'p',
    'br',
    'hr',
    'div',
    'span',
    'blockquote',
    'pre',
    'code',
    'kbd',
    'samp',
    'var',
    'tt',
  ],
  ...[
    'b',
    'i',
    'strong',
    'em',
    'ins',
    'del',
    's',
    'strike',
    'sub',
    'sup',
    'q',
    'cite',
    'dfn',
    'mark',
    'small',
    'abbr',
    'time',
    'wbr',
  ],
  ...[
    'ul',
    'ol',
    'li',
    'dl',
    'dt',
    'dd',
    'table',
    'caption',
    'thead',
    'tbody',
    'tfoot',
    'tr',
    'th',
    'td',
    'details',
    'summary',
  ],
  ...['a', 'img', 'picture', 'source', 'figure', 'figcaption', 'input', 'ruby', 'rt', 'rp'],
];

const ALERTS: Readonly<Record<string, string>> = {
  NOTE: 'Note',
  TIP: 'Tip',
  IMPORTANT: 'Important',
  WARNING: 'Warning',
  CAUTION: 'Caution',
};
const ALERT = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\][ \t]*(?:\n|$)/;

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    blockquote({ tokens }: Tokens.Blockquote): string | false {
      const first = tokens[0];
      const kind = first?.type === 'paragraph' ? ALERT.exec(first.raw)?.[1] : undefined;
      if (first === undefined || kind === undefined) return false;
      const rest = first.raw.replace(ALERT, '').trim();
      const opening = rest === '' ? '' : `<p>${this.parser.parseInline(Lexer.lexInline(rest, marked.defaults))}</p>`;
      const body = opening + this.parser.parse(tokens.slice(1));
      return `<div class="alert alert-${kind.toLowerCase()}"><p class="alert-title">${ALERTS[kind]}</p>${body}</div>\n`;
    },
  },
});

/** The path of an image that this server itself serves from a repository; undefined for every other image. */
function ownImage(source: string | undefined, server: URL): string | undefined {
  if (source === undefined || !URL.canParse(source, server.href)) return undefined;
  const url = new URL(source, server);
  const here = url.protocol === 'http:' && url.port === server.port && OWN_HOSTS.has(url.hostname);
  return here && /^\/[^/]+\/[^/]+\/(raw|releases\/download)\//.test(url.pathname)
    ? url.pathname + url.search
    : undefined;
}

const OWN_HOSTS = new Set(['127.0.0.1', 'localhost', 'github.localhost']);

function options(server: URL): sanitizeHtml.IOptions {
  return {
    allowedTags: TAGS,
    selfClosing: ['img', 'br', 'hr', 'input', 'source', 'wbr'],
    allowedAttributes: {
      '*': ['align', 'dir', 'lang', 'title'],
      a: ['href', 'rel'],
      img: ['src', 'alt', 'width', 'height'],
      source: ['srcset', 'media'],
      code: ['class'],
      div: ['class'],
      p: ['class'],
      details: ['open'],
      input: ['type', 'checked', 'disabled'],
      ol: ['start', 'reversed'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan', 'scope'],
      time: ['datetime'],
    },
    allowedClasses: { code: ['language-*'], div: ['alert', 'alert-*'], p: ['alert-title'] },
    allowedSchemes: ['http', 'https', 'mailto'],
    allowProtocolRelative: false,
    // `img` and `source` have been reduced to paths of this server by then.
    allowedSchemesByTag: { img: [], source: [] },
    transformTags: {
      a: (_, attributes) => ({ tagName: 'a', attribs: { ...attributes, rel: 'nofollow noopener noreferrer' } }),
      input: (_, { checked }) => ({
        tagName: 'input',
        attribs: { type: 'checkbox', disabled: '', ...(checked === undefined ? {} : { checked }) },
      }),
      source: (_, { srcset, media }) => {
        const own = ownImage(srcset, server);
        return {
          tagName: 'source',
          attribs: own === undefined ? {} : { srcset: own, ...(media === undefined ? {} : { media }) },
        };
      },
      img: (_, { src, alt, ...rest }) => {
        const own = ownImage(src, server);
        if (own !== undefined) return { tagName: 'img', attribs: { ...rest, src: own, alt: alt ?? '' } };
        const text = escapeHtml(`[image from elsewhere, not loaded: ${alt ?? src ?? ''}]`);
        return { tagName: 'a', attribs: { href: src ?? '#', rel: 'nofollow noopener noreferrer' }, text };
      },
    },
    exclusiveFilter: ({ tag, attribs }) => tag === 'source' && attribs['srcset'] === undefined,
  };
}

/** Live pages render the same texts every second or two. */
const CACHED = 500;
const cache = new Map<string, Html>();

/**
 * GitHub-flavoured Markdown as safe markup: GitHub's elements only, no script, style, id or event handler, HTML comments dropped.
 * @param text anybody's: comments, check summaries, release notes
 * @param server what people see (`http://github.localhost:PORT`); only its own images are shown, others become links
 */
export function markdown(text: string, server: string): Html {
  const key = `${server}\n${text}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const rendered = trusted(
    `<div class="markdown">${sanitizeHtml(marked.parse(text, { async: false }), options(new URL(server)))}</div>`,
  );
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value ?? '');
  cache.set(key, rendered);
  return rendered;
}

import fc from 'fast-check';
import { marked } from 'marked';
import { describe, expect, test } from 'vitest';
import {
  cleanLine,
  codeBlock,
  codeSpan,
  details,
  escapeMarkdown,
  escapeProse,
  isPlainUrl,
  link,
  shownText,
  table,
} from '../../../core/reports/markdown.ts';
import { HOSTILE } from './samples.ts';

const render = (source: string): string => marked.parse(source, { async: false, gfm: true });
/** What a reader sees, without our joiner. */
const plain = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('\u2060', '')
    .replace(
      /&(lt|gt|quot|#39|amp);/g,
      (_, name: string) => ({ lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' })[name] ?? '',
    )
    .trim();

const pieces = fc.constantFrom(
  ...'<>&[]()!*_`~|#@:$\\"\'=-+.{}^/ \n1aZ'.split(''),
  'http://x.y',
  'https://',
  'www.x.yz',
  '<b>',
  '<!--',
  '-->',
  '```',
  '@ada',
  '#12',
  'GH-1',
  ':tada:',
  'ftp://a.bc',
  'a@b.cd',
  '![',
  '](',
  '&#64;',
  '\\|',
  '1. ',
  '- ',
  '> ',
  '    ',
  '\t',
  '\u202e',
  '\u0000',
  '😀',
  'é',
);
const text = fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join(''));

describe('escaped text', () => {
  test('renders as itself in a paragraph, with no element of its own', () => {
    fc.assert(
      fc.property(text, (value) => {
        const html = render(`before ${escapeMarkdown(value)} after`);
        expect(html.replace(/<\/?p>|<br>|<span>\$<\/span>/g, '')).not.toMatch(/<[a-z!/]/i);
        const words = cleanLine(value) || '(empty)';
        expect(plain(html).replace(/\s+/g, ' ')).toBe(`before ${words} after`.replace(/\s+/g, ' '));
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['', '- ', '> ', '## ', '1. '])('stays one block after "%s"', (prefix) => {
    fc.assert(
      fc.property(text, (value) => {
        const html = render(`${prefix}${escapeMarkdown(value)}\n\nnext`);
        expect(html.replace(/<\/?(p|ul|ol|li|blockquote|h2|br|span)>/g, '')).not.toMatch(/<[a-z!/]/i);
      }),
      { numRuns: 500 },
    );
  });

  test('stays in its table cell', () => {
    fc.assert(
      fc.property(text, (value) => {
        const html = render(
          table(
            ['a', 'b'],
            [
              [escapeMarkdown(value), codeSpan(value)],
              ['x', 'y'],
            ],
          ),
        );
        expect(html.match(/<tr>/g)).toHaveLength(3);
        expect(html.match(/<td/g)).toHaveLength(4);
        expect(html.replace(/<\/?(table|thead|tbody|tr|td|th|code|br|span)>/g, '')).not.toMatch(/<[a-z!/]/i);
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['a mention', 'hello @ada', /@[a-z]/],
    ['an issue', 'see #12 and acme/flights#3', /#\d/],
    ['an issue by prefix', 'see GH-12', /GH-\d/],
    ['a commit', 'in 0123456789abcdef', /[0-9a-f]{7}/],
    ['a link', 'at https://evil.example', /:\/\//],
    ['a link without scheme', 'at www.evil.example', /www\./],
    ['an address', 'mail a@b.example', /@b/],
    ['an emoji code', 'all good :white_check_mark:', /:[a-z_]+:/],
  ])('holds no %s that GitHub would link', (_, value, pattern) => {
    expect(escapeMarkdown(value)).not.toMatch(pattern);
  });

  test('stays readable in the source', () => {
    expect(escapeMarkdown('flight-delay: roc_auc 0.741 ≥ min 0.7 (production v1.0.0)')).toBe(
      'flight-delay: roc_auc 0.741 ≥ min 0.7 (production v1.0.0)',
    );
  });
});

describe('code', () => {
  test('a span shows the text and nothing else', () => {
    fc.assert(
      fc.property(text, (value) => {
        const html = render(`x ${codeSpan(value)} y`);
        expect(html).toMatch(/^<p>x <code>[^<]*<\/code> y<\/p>\n$/);
      }),
      { numRuns: 2000 },
    );
  });

  test('a block cannot be closed from inside', () => {
    fc.assert(
      fc.property(text, (value) => {
        const html = render(`${codeBlock(value)}\n\nnext`);
        expect(html).toMatch(/^<pre><code class="language-text">[^<]*<\/code><\/pre>\n<p>next<\/p>\n$/);
      }),
      { numRuns: 1000 },
    );
  });

  test('a marker in code is broken up', () => {
    expect(codeSpan('<!-- trainyard:pr -->')).not.toContain('<!--');
    expect(codeBlock('<!-- trainyard:pr -->')).not.toContain('<!--');
  });
});

describe('prose', () => {
  test('shows what stands between backticks as code that can be copied', () => {
    const id = '0123456789abcdef';
    expect(escapeProse(`look at ${id} and repeat with \`@${id}\` at its end`)).toBe(
      `look at 012345\u20606789ab\u2060cdef and repeat with \`@${id}\` at its end`,
    );
  });

  test('is escaped around it, and where a backtick stands alone', () => {
    expect(escapeProse('a `b` *c* `')).toBe('a `b` \\*c\\* \\`');
  });

  test('renders with no element but code', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(render(`x ${escapeProse(value)} y`)).toMatch(
          /^<p>x(?:[^<]|<span>\$<\/span>|<code>[^<]*<\/code>)* y<\/p>\n$/,
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe('words for a reader without a renderer', () => {
  test('are what was escaped', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(shownText(escapeMarkdown(value))).toBe(cleanLine(value) || '(empty)');
      }),
      { numRuns: 2000 },
    );
  });

  test.each(['01JD7F8A0B1C2D3E4F5A6B7C8D', '01JD0000000000000000000001'])(
    'the id of a run, %s, can be copied',
    (id) => {
      expect(escapeMarkdown(`run ${id} trains flight-delay`)).toBe(`run ${id} trains flight-delay`);
    },
  );

  test.each([
    ['a\u2060b &lt;c&gt; \\_d', 'ab <c> _d'],
    ['one<br>two', 'one\ntwo'],
    ['100 <span>\\$</span>', '100 $'],
    ['&amp;lt;', '&lt;'],
  ])('%j is %j', (markdown, words) => {
    expect(shownText(markdown)).toBe(words);
  });
});

test.each([
  ['https://ada@evil.example/x'],
  ['https://evil.example\u202e/x'],
  ['https://évil.example/'],
  ['https://x.y/"onload'],
  ['HTTPS://x.y/'],
])('%j is no plain address', (url) => {
  expect(isPlainUrl(url)).toBe(false);
});

test.each(['✅ passed', '🟢 passed', '☑ passed'])('the sign in %j is not ours', (value) => {
  expect(escapeMarkdown(value)).toMatch(/^[✓●] passed$/);
});

test('nothing is said of nothing: an empty item would make a heading of the line above', () => {
  expect([escapeMarkdown(''), escapeMarkdown(' \n'), escapeProse('')]).toEqual(['(empty)', '(empty)', '(empty)']);
});

test('a slash at the start of a line is no command in the source', () => {
  expect(escapeMarkdown('/promote it')).toBe('\\/promote it');
  expect(codeBlock('a\n/lgtm\n  /hold')).not.toMatch(/^\s*\//m);
});

test('a name in code is cut for bots that read the source, and a commit or a version is not', () => {
  expect(codeSpan('@dependabot merge')).toBe('`@\u2060dependabot merge`');
  expect(codeSpan(`/train @${'a1'.repeat(20)}`)).toBe(`\`/train @${'a1'.repeat(20)}\``);
  expect(codeSpan('flight-delay@v1.2.0')).toBe('`flight-delay@v1.2.0`');
});

test.each([
  [`Z${'\u0310'.repeat(40)}`, `Z${'\u0310'.repeat(4)}`],
  ['a\u2028b\u0085c\u2029d', 'a b c d'],
  ['\ufffe', '\ufffd'],
  [' '.repeat(5000), '…'],
])('%j is cleaned to %j', (value, clean) => {
  expect(cleanLine(value)).toBe(clean);
});

test('a clean line has no character that hides, reorders or controls', () => {
  expect(cleanLine(HOSTILE)).not.toMatch(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u);
});

test('a clean line is cut at its length, never inside a character', () => {
  expect(cleanLine('😀'.repeat(10), 6)).toBe('😀😀…');
});

test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'https://x.y/a)b',
  'https://x.y/ a',
  'https://x.y/<b>',
  '//x.y',
  '',
])('no link is made to %j', (url) => {
  expect(link('text', url)).toBe('text');
});

test('a link keeps its address', () => {
  expect(render(link('a [b]', 'http://github.localhost:1/acme/flights/pull/1#c'))).toBe(
    '<p><a href="http://github.localhost:1/acme/flights/pull/1#c">a [b]</a></p>\n',
  );
});

test('a folded section holds markdown', () => {
  expect(render(details('More', '**x**'))).toContain('<strong>x</strong>');
});

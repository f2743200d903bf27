import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { markdown } from '../../../local/page/markdown.ts';

const server = 'http://github.localhost:4000';
const render = (text: string): string => markdown(text, server).text;

describe('what GitHub renders is rendered', () => {
  test.each([
    ['a table', '| a | b |\n|---|---:|\n| 1 | 2 |', ['<table>', '<td align="right">2</td>']],
    [
      'a fold',
      '<details><summary>More</summary>\n\n**bold**\n\n</details>',
      ['<details><summary>More</summary>', '<strong>bold</strong>'],
    ],
    ['code with its language', '```python\nx < 1\n```', ['<code class="language-python">x &lt; 1']],
    ['a task list', '- [x] done\n- [ ] open', ['<input type="checkbox" disabled', 'checked']],
    [
      'an alert',
      '> [!WARNING]\n> Mind **this**.\n>\n> And that.',
      ['alert alert-warning', 'Warning', '<strong>this</strong>', 'And that.'],
    ],
    ['a line break', 'one\ntwo', ['one<br />two']],
    ['an ordinary quote', '> quoted', ['<blockquote>']],
    [
      'an image of this server',
      '![chart](/acme/flights/raw/abc/chart.svg)',
      ['<img src="/acme/flights/raw/abc/chart.svg" alt="chart" />'],
    ],
    [
      'one by its whole address',
      `<img src="${server}/acme/flights/raw/abc/c.png" width="300">`,
      ['<img width="300" src="/acme/flights/raw/abc/c.png"'],
    ],
  ])('%s', (_, text, parts) => {
    for (const part of parts) expect(render(text)).toContain(part);
  });

  test('a picture for light and dark', () => {
    const source =
      '<picture><source media="(prefers-color-scheme: dark)" srcset="/a/b/raw/c/d.svg"><img src="/a/b/raw/c/l.svg"></picture>';
    expect(render(source)).toContain('<source srcset="/a/b/raw/c/d.svg" media="(prefers-color-scheme: dark)" />');
  });
});

test('HTML comments are hidden', () => {
  expect(render('before\n\n<!-- trainyard: {"run":"x"} -->\n\nafter <!-- y -->')).not.toMatch(/<!--|trainyard|-->/);
});

describe('what could act is taken out', () => {
  test.each([
    ['a script', '<script>alert(1)</script>', /script|alert/i],
    ['a script inside a fold', '<details><script>alert(1)</script></details>', /script|alert/i],
    ['an event handler', '<b onclick="alert(1)">x</b>', /onclick|alert/i],
    ['an event handler on an own image', '<img src="/a/b/raw/c" onerror="alert(1)">', /onerror|alert/i],
    ['a javascript: link', '[x](javascript:alert(1))', /href|javascript/i],
    ['a javascript: link in disguise', '<a href="jav&#x09;ascript:alert(1)">x</a>', /href|alert/i],
    ['a data: link', '<a href="data:text/html,<script>alert(1)</script>">x</a>', /href|data:/i],
    ['a link to wherever the page is', '<a href="//evil.example/x">x</a>', /href/i],
    ['a style element', '<style>body{display:none}</style>', /style|display/i],
    ['a style attribute', '<p style="position:fixed;top:0">x</p>', /style|position/i],
    ['a class of the page', '<div class="merge-box">x</div>', /merge-box/],
    ['an id of the page', '<div id="checks">x</div>', /id="checks"/],
    ['a mark of a live part', '<div data-live="merge">x</div>', /data-live/],
    [
      'a form',
      '<form action="/login" method="post"><input name="login" value="ada"><button>Go</button></form>',
      /<form|<button|name="login"|value=/i,
    ],
    ['a text field', '<input type="password" name="p">', /password/],
    ['a frame', '<iframe src="/login"></iframe>', /iframe|src/i],
    ['a drawing', '<svg onload="alert(1)"><a href="javascript:1">x</a></svg>', /svg|onload|javascript/i],
    ['mathematics', '<math><mi xlink:href="javascript:1">x</mi></math>', /math|javascript/i],
    ['a base', '<base href="https://evil.example/">', /base|evil/i],
    ['a refresh', '<meta http-equiv="refresh" content="0;url=https://evil.example">', /meta|evil/i],
    ['an unfinished tag', '<img src=x onerror=alert(1) ', /<img/i],
    ['an attribute in code', '`<img src=x onerror=alert(1)>`', /<img/i],
    ['a language that is none', '```"><script>alert(1)</script>\nx\n```', /<script/i],
  ])('%s', (_, text, forbidden) => {
    expect(render(text)).not.toMatch(forbidden);
  });

  test('an image from elsewhere becomes a link, so nobody learns who reads', () => {
    const rendered = render('![track](https://evil.example/pixel.gif)');
    expect(rendered).not.toContain('<img');
    expect(rendered).toContain('[image from elsewhere, not loaded: track]');
    expect(rendered).toContain('href="https://evil.example/pixel.gif"');
  });

  test.each([
    'http://github.localhost:4001/a/b/raw/c/d.svg',
    'http://evil.example:4000/a/b/raw/c/d.svg',
    '/logout',
    '//evil.example/a/b/raw/c',
    'data:image/svg+xml,<svg/>',
    '/a/b/../../x/logout',
  ])('the image %s is not loaded', (source) => {
    expect(render(`![x](${source})`)).not.toContain('<img');
  });

  test('the text in place of an image is escaped', () => {
    expect(render('<img src="https://e.example/x" alt="<script>alert(1)</script>">')).not.toMatch(/<script/i);
  });

  test('no text yields an element outside the list', () => {
    const pieces = fc.constantFrom(
      '<script>',
      '<img src=x onerror=1>',
      '<a href="javascript:1">',
      '</div>',
      '<!--',
      '-->',
      '`',
      '\n> ',
      '[x](',
      ')',
      '<svg/onload=1>',
      '&lt;',
      '"',
      "'",
      '<details>',
      '\\',
      '| a |\n|--|\n',
      '<style>',
      '<b x="',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 6 })), { maxLength: 14 }), (parts) => {
        const tags = [...render(parts.join('')).matchAll(/<\/?([a-z][a-z0-9]*)([^>]*)>/gi)];
        for (const [whole, name, attributes] of tags) {
          expect(name, whole).not.toMatch(
            /^(script|style|svg|iframe|form|button|textarea|meta|base|object|embed|link)$/i,
          );
          const names = attributes?.replace(/"[^"]*"/g, '""');
          expect(names, whole).not.toMatch(/\son\w+=|style=/i);
          // Within the path of an address it is a word like any other.
          expect(attributes, whole).not.toMatch(/=\s*["']?\s*javascript:/i);
        }
      }),
      { numRuns: 300 },
    );
  });
});

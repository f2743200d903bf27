import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeHtml, html, path, safeHref, trusted } from '../../../local/page/html.ts';

describe('html', () => {
  test('escapes every value', () => {
    expect(html`<p title="${'"><script>'}">${'<b>&</b>'}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&lt;/b&gt;</p>',
    );
  });

  test('takes markup, lists and nothing', () => {
    expect(html`${[html`<i>${1}</i>`, trusted('<hr>')]}${null}${undefined}${false}`.text).toBe('<i>1</i><hr>');
  });

  test('leaves no character with which text could end an element or attribute', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[<>"']/.test(escapeHtml(text))));
  });

  test('keeps text readable back', () => {
    const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
    const read = (text: string): string => text.replaceAll(/&([^;]+);/g, (_, name: string) => entities[name] ?? '');
    fc.assert(fc.property(fc.string(), (text) => read(escapeHtml(text)) === text));
  });

  test('shows characters that turn the reading direction', () => {
    expect(escapeHtml('safe\u202egnp.exe')).toBe('safe[U+202E]gnp.exe');
  });
});

test.each([
  ['https://example.com/a?b=1', 'https://example.com/a?b=1'],
  ['/acme/flights', '/acme/flights'],
  ['javascript:alert(1)', '#'],
  [' java\nscript:alert(1)', '#'],
  ['JAVASCRIPT:alert(1)', '#'],
  ['data:text/html,<script>', '#'],
  ['//evil.example', '#'],
  ['/\\evil.example', '#'],
  ['vbscript:x', '#'],
  ['', '#'],
  [null, '#'],
])('the address %j links to %j', (address, expected) => {
  expect(safeHref(address)).toBe(expected);
});

test('a path encodes its segments and keeps slashes of later parts', () => {
  expect(path('acme', 'flights', 'blob', 'main', 'a b/c#?<.md')).toBe('/acme/flights/blob/main/a%20b/c%23%3F%3C.md');
});

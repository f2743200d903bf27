import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isFormattedText } from '../../../core/verification/markup.ts';
import { scanFiles } from '../../../core/verification/scan.ts';
import { fileOf } from './samples.ts';

const verdictOf = (text: string) => scanFiles([fileOf('README.md', text)]).verdict;

test.each([
  ['a centred title', '<h1 align="center">A model</h1>\n\nIt predicts.\n'],
  [
    'a picture that links',
    '<p align=center>\n<a href="https://example.org/a?b=c&d=e"><img src="./a.png" width=\'50%\' /></a></p>\n',
  ],
  ['a comment', '<!-- made by hand - mostly -->\n# A model\n'],
  ['a table with styles', '<table style="width: 100%; color:#fff"><tr><td colspan=2>1 < 2</td></tr></table>'],
  ['words in brackets', '<p>Put <mask> or <s> where <|endoftext|> is, see <https://example.org/x>.</p>'],
  [
    'pictures for dark pages',
    '<picture><source media="(prefers-color-scheme: dark)" srcset="https://a.b/c.png 2x"></picture>',
  ],
  [
    'a badge of its own folder',
    '<a href="#use"><b>Use</b></a> <a href="mailto:a@b.c">ask</a> <a href="docs/a b.md#c">read</a>',
  ],
])('a card that begins with %s is text', (_, text) => {
  expect(verdictOf(text)).toBe('clean');
});

describe('what a browser would run or ask for is not scanned', () => {
  test.each([
    ['a script', '<p>a</p><script>alert(1)</script>'],
    ['a script in other letters', '<p>a</p><ScRiPt src=//x>'],
    ['a handler', '<img src="a.png" onerror="alert(1)">'],
    ['a handler behind a slash', '<img src="a.png"/onerror=alert(1)>'],
    ['a handler within a link', '<p>a</p><https://x/onclick=alert(1)>'],
    ['a handler of an element that nobody knows', '<p>a</p><mask onclick="alert(1)">'],
    ['a handler of an end', '<p></p onclick="alert(1)">'],
    ['an address that runs', '<a href="javascript:alert(1)">a</a>'],
    ['one behind blanks', '<a href=" javascript:alert(1)">a</a>'],
    ['one in references', '<a href="java&#115;cript:alert(1)">a</a>'],
    ['one with a line break', '<a href="java\nscript:alert(1)">a</a>'],
    ['data as a page', '<a href="data:text/html,<script>">a</a>'],
    ['a drawing', '<p>a</p><svg><p>b</p></svg>'],
    ['a style sheet', '<p>a</p><style>p { background: url(//x) }</style>'],
    ['a style that loads', '<p style="background: url(//x)">a</p>'],
    ['a frame', '<p>a</p><iframe src="https://x">'],
    ['a form', '<p>a</p><form action="https://x">'],
    ['a comment that ends before its end', '<p>a</p><!--><script>--><p>'],
    ['a comment with another end', '<!-- a --!> <script> -->'],
    ['a comment without an end', '<p>a</p><!-- <script>alert(1)</script>'],
    ['a comment that has not begun', '<p>a</p><!-script>'],
    ['a declaration', '<!doctype html><p>a</p>'],
    ['an instruction', '<?xml version="1.0"?><p>a</p>'],
    ['a quote without its end', '<p title="a>b</p>'],
    ['an element without its end', '<p>a</p><p'],
  ])('%s', (_, text) => {
    expect(scanFiles([fileOf('README.md', text)])).toMatchObject({
      verdict: 'unscanned',
      findings: [{ rule: 'markup' }],
    });
  });
});

test('any text is read in one pass, and what is put into a tag in brackets is never text', () => {
  const piece = fc.constantFrom(
    '<',
    '>',
    '"',
    "'",
    ' ',
    '/',
    '!--',
    '--',
    '-->',
    'p',
    'a href=',
    'script',
    'onclick=',
    'x',
    '=',
    '\n',
    '&',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('');
      if (isFormattedText(text))
        expect(text.replace(/<!--.*?-->/gs, '')).not.toMatch(/<script(?![\w-])|<[a-z/][^>]*[\s/"']onclick=/);
    }),
    { numRuns: 5000 },
  );
});

test('a page of a million brackets is told at once', () => {
  const text = `<p>${'<p '.repeat(1_000_000)}`;
  expect(isFormattedText(text)).toBe(false);
  expect(isFormattedText('<!-- '.repeat(200_000))).toBe(false);
});

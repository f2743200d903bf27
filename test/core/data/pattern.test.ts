import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compilePattern, type Pattern } from '../../../core/data/pattern.ts';

function compiled(source: string): Pattern {
  const result = compilePattern(source);
  if (!result.ok) throw new Error(result.reason);
  return result.pattern;
}

test.each([
  ['^[A-Z]{2}[0-9]{2}[A-Z0-9]{4}[0-9]{7}([A-Z0-9]?){0,16}$', 'GB82WEST12345698765432', true],
  ['^[A-Z]{3}$', 'EWRX', false],
  ['a|b$', 'xb', true],
  ['a|b$', 'bx', false],
  ['^$', '', true],
  ['^$', 'x', false],
  ['^.$', '😀', true],
  ['^.$', '\n', false],
  ['^[^a-c]+$', 'xyz', true],
  ['^[\\d\\-x]+$', '1-x', true],
  ['^\\u00e9\\x41$', 'éA', true],
  ['^(?:ab){2,}?$', 'ababab', true],
  ['[]', 'a', false],
  ['^[^]$', 'a', true],
])('%s on %j is %s', (source, text, expected) => {
  expect(compiled(source).test(text)).toBe(expected);
});

test.each([
  '(?=a)',
  '(?<n>a)',
  '(?<!a)',
  '\\bword',
  '\\1',
  '\\p{L}',
  'a{',
  '(a',
  'a)',
  '[z-a]',
  '[a',
  '*a',
  '^*',
  'a{3,1}',
  '((((a{99}){99}){99}){99})',
  '\\',
])('says why it cannot check %s', (source) => {
  expect(compilePattern(source)).toMatchObject({ ok: false, reason: expect.stringMatching(/./) });
});

test('takes linear time where backtracking takes forever', () => {
  const text = `${'a'.repeat(20_000)}b`;
  for (const source of ['^(a+)+$', '^(a|a)*$', '^(a*)*$', 'a*a*a*a*a*c', '(.*)*x$'])
    expect(compiled(source).test(text)).toBe(false);
});

test('keeps its memory bounded however many states a text visits', () => {
  const words = Array.from({ length: 3000 }, (_, index) => index.toString(2).replaceAll('0', 'b').replaceAll('1', 'a'));
  expect(compiled('(a|b)*a(a|b){12}c').test(words.join(''))).toBe(false);
});

const piece = fc.constantFrom(
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\d',
  'a?',
  'b*',
  '(a|b)',
  '(?:ab)+',
  'a{2}',
  '[a-c]{1,2}',
  'x|',
  '1',
);
const source = fc
  .tuple(fc.boolean(), fc.array(piece, { maxLength: 6 }), fc.boolean())
  .map(([start, pieces, end]) => `${start ? '^' : ''}${pieces.join('')}${end ? '$' : ''}`);
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', '1', '😀', '\n'), maxLength: 10 });

test("agrees with the engine's own regular expressions", () => {
  fc.assert(
    fc.property(source, text, (pattern, value) => {
      expect(compiled(pattern).test(value)).toBe(new RegExp(pattern, 'u').test(value));
    }),
    { numRuns: 1000 },
  );
});

test('never throws, whatever the pattern', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'()[]{}|*+?^$.\\-,1a:=<'), maxLength: 12 }),
      text,
      (pattern, value) => {
        const result = compilePattern(pattern);
        if (result.ok) expect(typeof result.pattern.test(value)).toBe('boolean');
      },
    ),
    { numRuns: 1000 },
  );
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compilePattern } from '../../../core/config/pattern.ts';

function accepts(source: string, value: string): boolean {
  const pattern = compilePattern(source);
  if (!pattern.ok) throw new Error(pattern.reason);
  return pattern.test(value);
}

test.each<[string, string, boolean]>([
  ['abc', 'abc', true],
  ['abc', 'abcd', false],
  ['abc', 'xabc', false],
  ['^abc$', 'abc', true],
  ['a|bc', 'bc', true],
  ['(a|b)c', 'bc', true],
  ['(?:ab)+', 'abab', true],
  ['(?:ab)+', 'aba', false],
  ['a*', '', true],
  ['a+', '', false],
  ['a?b', 'b', true],
  ['a{2}', 'aa', true],
  ['a{2}', 'aaa', false],
  ['a{2,}', 'aaaa', true],
  ['a{1,2}', 'aaa', false],
  ['[a-c_]+', 'ab_c', true],
  ['[^a]', 'a', false],
  ['[a-]', '-', true],
  ['\\d{4}-\\d\\d', '2026-11', true],
  ['\\w+', 'a_1', true],
  ['\\W', 'a', false],
  ['\\.', '.', true],
  ['\\.', 'a', false],
  ['.', '\n', false],
  ['', '', true],
  ['a|', '', true],
  ['😀+', '😀😀', true],
  ['\\$', '$', true],
])('%s against %j: %s', (source, value, expected) => {
  expect(accepts(source, value)).toBe(expected);
});

describe('is refused with a reason', () => {
  test.each([
    ['an unclosed group', '(a'],
    ['an unopened group', 'a)'],
    ['an unclosed class', '[a'],
    ['a lone quantifier', '*a'],
    ['two quantifiers', 'a**'],
    ['a lazy quantifier', 'a*?'],
    ['a lookahead', '(?=a)'],
    ['a named group', '(?<n>a)'],
    ['a backreference', '(a)\\1'],
    ['a word boundary', 'a\\b'],
    ['a property escape', '\\p{L}'],
    ['a range that runs backwards', '[z-a]'],
    ['a count that runs backwards', 'a{3,2}'],
    ['a count beyond the limit', '(?:a{1000}){1000}'],
    ['an anchor within', 'a^b'],
    ['a backslash at the end', 'a\\'],
    ['groups nested too deep', '('.repeat(200) + ')'.repeat(200)],
  ])('%s', (_, source) => {
    expect(compilePattern(source)).toMatchObject({ ok: false, reason: expect.any(String) });
  });
});

test.each(['(a*)*b', '(a|a)*b', '(a|aa)+b', 'a*a*a*a*a*a*a*b', '(?:(?:a?){30}){30}b'])(
  '%s is matched without backtracking',
  (source) => {
    const start = performance.now();
    expect(accepts(source, 'a'.repeat(256))).toBe(false);
    expect(performance.now() - start).toBeLessThan(5000);
  },
);

test('agrees with the engine wherever both know a pattern', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '.', '\\d', '\\w');
  const part = fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{0,2}')).map((pair) => pair.join(''));
  const sequence = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(''));
  const source = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((parts) => `(?:${parts.join('|')})`);
  fc.assert(
    fc.property(source, fc.string({ unit: fc.constantFrom('a', 'b', '1', ' '), maxLength: 8 }), (text, value) => {
      expect(accepts(text, value)).toBe(new RegExp(`^${text}$`, 'u').test(value));
    }),
    { numRuns: 500 },
  );
});

test('never throws, whatever the pattern', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 20 }), (source, value) => {
      const pattern = compilePattern(source);
      expect(typeof (pattern.ok ? pattern.test(value) : pattern.reason)).toMatch(/boolean|string/);
    }),
  );
});

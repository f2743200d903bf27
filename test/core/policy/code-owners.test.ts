import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern, parseCodeOwners, rulesFor } from '../../../core/policy/code-owners.ts';

describe('a pattern', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    // pattern, matches, does not match
    ['*', ['a', 'a/b', 'a/b/c.txt', '.github/x'], []],
    ['*.py', ['a.py', 'src/a.py', 'src/deep/a.py', '.py'], ['a.pyc', 'a.py.txt']],
    ['a.py', ['a.py', 'src/a.py', 'a.py/below'], ['b.py', 'xa.py']],
    ['/a.py', ['a.py'], ['src/a.py']],
    ['/build/logs/', ['build/logs/x', 'build/logs/deep/x'], ['build/logs', 'src/build/logs/x', 'build/x']],
    ['build/logs', ['build/logs', 'build/logs/x'], ['src/build/logs']],
    ['apps/', ['apps/x', 'src/apps/x', 'src/apps/deep/x'], ['apps', 'src/apps', 'xapps/x']],
    ['/apps/', ['apps/x'], ['src/apps/x']],
    ['docs/*', ['docs/a.md', 'docs/.hidden'], ['docs/build/a.md', 'docs', 'src/docs/a.md']],
    ['/docs/*', ['docs/a.md'], ['docs/build/a.md']],
    ['docs/*/', ['docs/build/a.md', 'docs/build/deep/a.md'], ['docs/a.md']],
    ['docs/*.md', ['docs/a.md'], ['docs/build/a.md', 'a.md']],
    ['docs/**', ['docs/a.md', 'docs/build/a.md'], ['docs', 'src/docs/a.md']],
    ['/*', ['a', '.gitignore'], ['a/b']],
    ['/**', ['a', 'a/b/c'], []],
    ['**/logs', ['logs', 'logs/x', 'a/logs', 'a/b/logs/x'], ['a/logsx']],
    ['**/logs/', ['logs/x', 'a/logs/x'], ['logs', 'a/logs']],
    ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z', 'a/z/below'], ['z', 'x/a/z', 'a/zz']],
    ['a/**/*.py', ['a/x.py', 'a/b/c/x.py'], ['x.py', 'b/x.py']],
    ['**', ['a', 'a/b'], []],
    ['**/', ['a/b'], ['a']],
    ['a?c', ['abc', 'x/abc'], ['ac', 'abbc', 'a/c']],
    ['a*c*e', ['ace', 'abcde', 'accee'], ['abcd', 'a/ce']],
    ['/src/*/x', ['src/a/x', 'src/a/x/y'], ['src/x', 'src/a/b/x']],
    ['Src', ['Src/x'], ['src/x']],
    ['a\\ b.txt', ['a b.txt', 'x/a b.txt'], ['a', 'b.txt']],
    ['a.b', ['a.b'], ['axb']],
    ['(a|b)+$', ['(a|b)+$'], ['a', 'ab']],
    ['/', [], ['a', 'a/b']],
    ['//a', [], ['a', 'x/a']],
    ['a//b', [], ['a/b']],
  ])('%s', (pattern, yes, no) => {
    expect(yes.filter((path) => !matchesPattern(pattern, path))).toEqual([]);
    expect(no.filter((path) => matchesPattern(pattern, path))).toEqual([]);
  });
});

describe('a file of owners', () => {
  test('names for each line pattern and owners, without comments and empty lines', () => {
    const text = '\uFEFF# all\r\n\r\n*   @ada\t@acme/ml ada@example.com # ours\r\n  docs/ @ben\n*.lock\n';
    expect(parseCodeOwners(text)).toEqual({
      rules: [
        { line: 3, pattern: '*', owners: ['@ada', '@acme/ml', 'ada@example.com'] },
        { line: 4, pattern: 'docs/', owners: ['@ben'] },
        { line: 5, pattern: '*.lock', owners: [] },
      ],
      skipped: [],
    });
  });

  test.each([
    ['a negation', '!src @ada'],
    ['a range', 'src/[ab] @ada'],
    ['an escaped number sign', '\\#src @ada'],
    ['a backslash', 'src\\a @ada'],
    ['three stars', 'src/*** @ada'],
    ['an owner without @', 'src ada'],
    ['an owner that is no login', 'src @-ada'],
    ['an owner of three parts', 'src @a/b/c'],
    ['an address without a domain', 'src ada@'],
    ['a good owner and a bad one', 'src @ada bad'],
    ['a section of another host’s format', '[Models] @ada'],
  ])('%s is skipped, and the rule before it counts', (_, line) => {
    const owners = parseCodeOwners(`* @ben\n${line}`);
    expect(owners.skipped).toEqual([2]);
    expect(rulesFor(['src/a'], owners)?.[0]?.owners).toEqual(['@ben']);
  });

  test.each<[string, string, readonly string[] | null]>([
    ['the last line that matches decides', '* @ada\n*.py @ben\nsrc/ @cleo', ['@cleo']],
    ['also where it is the wider one', 'src/ @cleo\n* @ada', ['@ada']],
    ['also where it names nobody', '* @ada\nsrc/', []],
    ['no line that matches', '*.md @ada', null],
    ['owners are never of two lines', '*.py @ben\nsrc/a.py @ada', ['@ada']],
    ['a comment ends the line', 'src/ @ada #@ben', ['@ada']],
    ['a number sign inside a name does not', 'src/a.py @ada\n#src/a.py @ben', ['@ada']],
  ])('%s', (_, text, owners) => {
    expect(rulesFor(['src/a.py'], parseCodeOwners(text))?.[0]?.owners ?? null).toEqual(owners);
  });
});

test('whatever the text, it is read without an error and every line is a rule, skipped or empty', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, path) => {
      const owners = parseCodeOwners(text);
      expect(owners.rules.length + owners.skipped.length).toBeLessThanOrEqual(text.split('\n').length);
      expect(() => rulesFor([path], owners)).not.toThrow();
    }),
  );
});

test('a pattern without wildcards matches itself and what is below it', () => {
  const name = fc.stringMatching(/^[a-z.]{1,6}$/);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), fc.array(name, { maxLength: 3 }), (parts, below) => {
      expect(matchesPattern(`/${parts.join('/')}`, [...parts, ...below].join('/'))).toBe(true);
    }),
  );
});

test('many stars take no long time', () => {
  const path = `${'a/'.repeat(1000)}${'a'.repeat(1000)}b`;
  const started = performance.now();
  expect(matchesPattern(`${'**/a/'.repeat(40)}${'a*'.repeat(100)}c`, path)).toBe(false);
  expect(performance.now() - started).toBeLessThan(2000);
});

test('of many rules the one is found that reading them one after the other finds', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '*', '**', 'a*', '?');
  const pattern = fc.tuple(
    fc.constantFrom('', '/'),
    fc.array(part, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('', '/'),
  );
  const path = fc.array(fc.constantFrom('a', 'b', 'ab', 'c'), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 12 }), fc.array(path, { maxLength: 5 }), (patterns, all) => {
      const owners = parseCodeOwners(
        patterns.map(([root, parts, end]) => `${root}${parts.join('/')}${end} @ada`).join('\n'),
      );
      const paths = all.map((segments) => segments.join('/'));
      const slow = paths.map((one) => owners.rules.findLast((rule) => matchesPattern(rule.pattern, one)) ?? null);
      expect(rulesFor(paths, owners)).toEqual(slow);
    }),
  );
});

test('thousands of rules are read for thousands of files, but not stars without end', () => {
  const files = Array.from({ length: 3000 }, (_, number) => `services/s${number}/src/main/model.py`);
  const rules = files.map((_, number) => `/services/s${number}/ @acme/t${number}`);
  const found = rulesFor(files, parseCodeOwners([...rules, '*.md @ada', '**/docs/* @ada'].join('\n')));
  expect(found?.map((rule) => rule?.line)).toEqual(files.map((_, number) => number + 1));
  expect(rulesFor(files, parseCodeOwners('**/*z @ada\n'.repeat(250_000)))).toBeNull();
});

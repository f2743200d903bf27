import { expect, test } from 'vitest';
import { diff, parsePatch } from '../../../local/page/views/diff.ts';

const place = { owner: 'acme', name: 'flights', sha: 'abc' };
const file = { filename: 'a.py', status: 'modified', additions: 1, deletions: 1 };

test('lines carry their numbers in the old and the new file', () => {
  const lines = parsePatch('@@ -3,3 +3,3 @@ def f\n a\n-b\n+c\n d\n\\ No newline at end of file');
  expect(lines.map(({ kind, before, after, text }) => [kind, before, after, text])).toEqual([
    ['hunk', undefined, undefined, '@@ -3,3 +3,3 @@ def f'],
    ['same', 3, 3, 'a'],
    ['remove', 4, undefined, 'b'],
    ['add', undefined, 4, 'c'],
    ['same', 5, 5, 'd'],
    ['note', undefined, undefined, '\\ No newline at end of file'],
  ]);
});

test('file names and lines are shown as text', () => {
  const shown = diff(
    [{ ...file, filename: '"><img src=x onerror=alert(1)>.py', patch: '@@ -1 +1 @@\n+<script>alert(1)</script>' }],
    place,
  ).text;
  expect(shown).not.toMatch(/<script|<img/);
  expect(shown).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
});

test('a file without a patch says why', () => {
  expect(diff([file], place).text).toContain('the file is binary or its change is too large');
});

test('a long diff is cut and says how much is missing', () => {
  const patch = ['@@ -0,0 +1,2000 @@', ...Array.from({ length: 2000 }, () => '+x')].join('\n');
  expect(diff([{ ...file, patch }], place).text).toContain('501 more lines are not shown');
});

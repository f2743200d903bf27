import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmFromMarkdown } from 'mdast-util-gfm';
import { gfm } from 'micromark-extension-gfm';
import { expect, test } from 'vitest';
import { joinBlocks, joinSections } from '../../../core/reports/limits.ts';
import { codeBlock, cutText, details, table } from '../../../core/reports/markdown.ts';

const rows = (count: number, text = 'row'): string =>
  table(
    ['a', 'b'],
    Array.from({ length: count }, (_, index) => [`${text} ${index}`, 'x']),
  );
const types = (markdown: string): string[] =>
  fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }).children.map(
    (node) => node.type,
  );

test('what fits is joined as it is', () => {
  expect(joinBlocks(['a', '', 'b'])).toBe('a\n\nb');
  expect(joinSections([['a', ''], [], ['b']])).toBe('a\n\nb');
});

test('a table past the limit keeps its first rows, and says how many are not shown', () => {
  const text = joinBlocks(['before', rows(100), 'after'], 700);
  expect(text).toMatch(/\| row 0 \| x \|[\s\S]*\| x \|\n\nCut here: \d+ more rows did not fit\.\n\nafter$/);
  expect(types(text)).toEqual(['paragraph', 'table', 'paragraph', 'paragraph']);
});

test('a table in a folded section is cut inside, and the section is closed', () => {
  const text = joinBlocks([details('More', rows(100)), 'after'], 700);
  expect(text).toMatch(/Cut here: \d+ more rows did not fit\.\n\n<\/details>\n\nafter$/);
  expect(types(text)).toEqual(['html', 'table', 'paragraph', 'html', 'paragraph']);
});

test.each(['- ', '> - '])('a list of "%s" past the limit keeps its first items', (mark) => {
  const list = ['> [!NOTE]', ...Array.from({ length: 100 }, (_, index) => `${mark}item ${index}`)];
  const text = joinBlocks([list.join('\n')], 700);
  expect(text).toContain(`${mark}item 0\n`);
  expect(text).toMatch(/Cut here: \d+ more items did not fit\.$/);
});

test('what can’t be cut is left out whole, it is said, and what comes after stays', () => {
  const text = joinBlocks(['before', codeBlock('x\n'.repeat(2000)), 'after'], 700);
  expect(text).toBe(
    "before\n\nafter\n\n> [!NOTE]\n> Cut here: 1 more section did not fit into GitHub's limit of 700 characters.",
  );
});

test('one row longer than the limit does not take the others’ place', () => {
  expect(joinBlocks([table(['a'], [['x'.repeat(1000)]]), 'after'], 700)).toMatch(/^after\n\n> \[!NOTE\]/);
});

test('a long section does not crowd out a short one', () => {
  const text = joinSections(
    [['head'], Array.from({ length: 50 }, () => rows(50)), ['the plan'], [rows(50, 'end')]],
    4000,
  );
  expect(text).toContain('\n\nthe plan\n\n');
  expect(text).toContain('| end 0 |');
  expect(text.length).toBeLessThanOrEqual(4000);
});

test('no text of blocks is longer than its limit', () => {
  const block = fc.oneof(
    fc.integer({ min: 0, max: 60 }).map((count) => rows(count)),
    fc.string({ maxLength: 400 }).map((text) => codeBlock(text)),
    fc.integer({ min: 1, max: 30 }).map((count) => details('More', rows(count))),
  );
  fc.assert(
    fc.property(
      fc.array(fc.array(block, { maxLength: 8 }), { maxLength: 6 }),
      fc.integer({ min: 1500, max: 4000 }),
      (sections, limit) => {
        expect(joinSections(sections, limit).length).toBeLessThanOrEqual(limit);
        expect(joinBlocks(sections.flat(), limit).length).toBeLessThanOrEqual(limit);
      },
    ),
  );
});

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'ab…'],
  ['😀😀😀', 6, '😀😀😀'],
  ['😀😀😀', 5, '😀😀…'],
  ['😀😀😀', 4, '😀…'],
])('%j cut to %i is %j', (text, length, cut) => {
  expect(cutText(text, length)).toBe(cut);
});

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

/**
 * Work is counted, not timed: V8 counts how often each block of the parser runs, and twice the text may cost about twice
 * as much. Inside of a regular expression nothing is counted; one that backtracked would run into the test's time limit.
 */
const SIZE = 65_536;
const names = (count: number) => Array.from({ length: count }, (_, n) => n.toString(36));

const TEXTS: readonly (readonly [string, (size: number) => string])[] = [
  ['plain text', (size) => 'x'.repeat(size)],
  ['empty lines', (size) => '\n'.repeat(size)],
  ['slashes', (size) => '/\n'.repeat(size / 2)],
  ['foreign commands', (size) => '/lgtm\n'.repeat(size / 6)],
  ['list markers', (size) => '- '.repeat(size / 2)],
  ['nested lists', (size) => Array.from({ length: size / 64 }, (_, n) => `${' '.repeat(n % 60)}- a`).join('\n')],
  ['ordered markers', (size) => '1. '.repeat(size / 3)],
  ['quotes', (size) => '> '.repeat(size / 2)],
  ['lines of quotes', (size) => '> a\nb\n'.repeat(size / 6)],
  ['backquotes', (size) => '`a\n'.repeat(size / 3)],
  ['fences', (size) => '```\n\n'.repeat(size / 5)],
  [
    'runs of backquotes of growing length',
    (size) =>
      Array.from({ length: Math.sqrt(2 * size) }, (_, n) => '`'.repeat(n))
        .join(' ')
        .slice(0, size),
  ],
  ['tags', (size) => '<a\n'.repeat(size / 3)],
  ['tags with spaces', (size) => `<a${' '.repeat(size - 2)}`],
  ['tags with attributes', (size) => `<a${' b=c'.repeat(size / 4 - 1)}`],
  ['quotes in tags', (size) => `<a ${'"'.repeat(size - 3)}`],
  ['comments', (size) => '<!--'.repeat(size / 4)],
  ['ends of comments', (size) => '-->'.repeat(size / 3)],
  ['brackets', (size) => '['.repeat(size)],
  ['links', (size) => '[a](b\n'.repeat(size / 6)],
  ['formulas', (size) => '$$a\n'.repeat(size / 4)],
  ['table rows', (size) => '| - |\n'.repeat(size / 6)],
  ['rules', (size) => '* '.repeat(size / 2)],
  ['hyphens', (size) => '-'.repeat(size)],
  ['backslashes', (size) => `/hold ${'\\'.repeat(size - 6)}`],
  [
    'models',
    (size) =>
      `/train ${names(size / 4)
        .join(' ')
        .slice(0, size - 7)}`,
  ],
  [
    'settings',
    (size) =>
      `/train ${names(size / 11)
        .map((name) => `--set ${name}=1`)
        .join(' ')
        .slice(0, size - 7)}`,
  ],
  [
    'datasets',
    (size) =>
      `/validate ${names(size / 4)
        .map((name) => `a${name}`)
        .join(' ')
        .slice(0, size - 10)}`,
  ],
  ['words of a reason', (size) => `/hold ${'a '.repeat(size / 2 - 3)}`],
  ['spaces of a line', (size) => `/hold${' '.repeat(size - 5)}`],
  ['spaces between words', (size) => `/hold "${' '.repeat(size - 8)}"`],
  ['a quoted word', (size) => `/hold "${'a'.repeat(size - 8)}"`],
  ['a quote that never ends', (size) => `/hold "${'a'.repeat(size - 7)}`],
  ['quotes one after the other', (size) => `/hold ${"''".repeat(size / 2 - 3)}`],
  ['unknown flags', (size) => `/hold ${'--a '.repeat(size / 4 - 2)}`],
  ['a very long flag', (size) => `/train --${'a-'.repeat(size / 2 - 5)}`],
  ['a very long name', (size) => `/train${'n'.repeat(size - 6)}`],
  ['emoji', (size) => `/hold ${'⚠️'.repeat(size / 2 - 3)}`],
];

const work: number[] = [];

beforeAll(async () => {
  const bodies = TEXTS.flatMap(([, make]) => [make(SIZE / 2), make(SIZE)]);
  const worker = new Worker(new URL('./work-counter.ts', import.meta.url), { workerData: bodies });
  const [counts] = await once(worker, 'message');
  work.push(...z.array(z.number()).parse(counts));
  await worker.terminate();
}, 120_000);

test.each(TEXTS.map(([what], index) => [what, index] as const))(
  'twice as much of %s costs about twice as much',
  (_, index) => {
    const [half = 0, whole = 0] = work.slice(2 * index, 2 * index + 2);
    expect(half).toBeGreaterThan(0);
    expect(whole).toBeLessThan(2.5 * half + 1000);
  },
);

test('the count sees the work: text of many parts costs many times their number', () => {
  const index = TEXTS.findIndex(([what]) => what === 'backquotes');
  expect(work[2 * index + 1]).toBeGreaterThan(SIZE / 3);
});

test('no text is longer than a comment may be', () => {
  expect(TEXTS.filter(([, make]) => make(SIZE).length > SIZE)).toEqual([]);
});

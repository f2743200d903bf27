import { Session } from 'node:inspector/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseComment } from '../../../core/commands/parse.ts';

/**
 * Work is counted, not timed: V8 counts how often each block of the parser runs, and twice the text may cost about twice
 * as much. Inside of a regular expression nothing is counted; one that backtracked would run into the test's time limit.
 */
const session = new Session();

beforeAll(async () => {
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
});

afterAll(() => session.disconnect());

async function workOf(body: string): Promise<number> {
  await session.post('Profiler.takePreciseCoverage');
  parseComment(body);
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return result
    .filter(({ url }) => url.includes('/core/'))
    .flatMap(({ functions }) => functions.flatMap(({ ranges }) => ranges.map(({ count }) => count)))
    .reduce((sum, count) => sum + count, 0);
}

const SIZE = 65_536;
const names = (count: number) => Array.from({ length: count }, (_, n) => n.toString(36));

test.each<[string, (size: number) => string]>([
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
])('twice as much of %s costs about twice as much', async (_, make) => {
  const half = await workOf(make(SIZE / 2));
  const whole = await workOf(make(SIZE));
  expect(make(SIZE).length).toBeLessThanOrEqual(SIZE);
  expect(whole).toBeLessThan(2.5 * half + 1000);
});

test('the count sees the work', async () => {
  expect(await workOf('`a\n'.repeat(1000))).toBeGreaterThan(1000);
});

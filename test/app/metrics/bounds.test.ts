import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { atMost, routeTemplate, STEP_KINDS, statusClass, stepKind } from '../../../app/metrics/bounds.ts';

const source = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(`${folder}/${path}`, 'utf8'))
    .join('\n');

describe('the kind of a step', () => {
  const texts = (pattern: RegExp): readonly string[] =>
    [...source('flows').matchAll(pattern)].map(([, text = '']) => text);
  // Steps that several flows share are told apart by what each adds to their names.
  const suffixes = texts(/\bsuffix: ['`]([^'`]*)['`]/g);
  const written = texts(/steps\s*\.run\(\s*['`]([^'`]*)['`]/g).flatMap((name) =>
    name.endsWith('${suffix}') ? suffixes.map((suffix) => name.replace('${suffix}', suffix)) : [name],
  );

  test('is known for every step that a flow takes', () => {
    const fixed = written.map((name) => name.replace(/\s*\$\{.*$/, ''));
    expect([...new Set(fixed)].sort()).toEqual([...STEP_KINDS].sort());
  });

  test('is in front of what names a run or a commit, so that nothing of it gets into the label', () => {
    for (const name of written) expect(name).toMatch(/^[a-z][a-z ]*( \$\{[^}]*\})?$/);
  });

  test.each([
    ['show 0f3a', 'show'],
    ['show', 'show'],
    ['decide line 7', 'decide line'],
    ['stage tag delay:prod', 'stage tag'],
    ['showing', 'other'],
    ['', 'other'],
  ])('of %j is %j', (name, kind) => {
    expect(stepKind(name)).toBe(kind);
  });

  test('is one of the list for any text', () => {
    fc.assert(fc.property(fc.string(), (name) => new Set<string>([...STEP_KINDS, 'other']).has(stepKind(name))));
  });
});

test.each([
  ['GET /repos/{owner}/{repo}/git/ref/{ref}', true],
  ['POST /app/hook/deliveries/{delivery_id}/attempts', true],
  ['GET /repos/ada/delay/git/ref/heads/v1', false],
  ['GET /repositories/17/issues', false],
  ['GET https://api.github.com/app', false],
  ['GET /a?b=c', false],
  [`GET ${'/a'.repeat(100)}`, false],
])('%s is a route as our code writes it: %s', (route, ours) => {
  expect(routeTemplate(route)).toBe(ours ? route : 'other');
});

test.each([
  [200, '2xx'],
  [304, '3xx'],
  [404, '4xx'],
  [503, '5xx'],
  [null, 'none'],
  [0, 'none'],
  [999, 'none'],
] as const)('status %s is of class %s', (status, name) => {
  expect(statusClass(status)).toBe(name);
});

test('no more values get through than the limit', () => {
  const bounded = atMost(2);
  expect(['a', 'b', 'c', 'a', 'd'].map(bounded)).toEqual(['a', 'b', 'other', 'a', 'other']);
});

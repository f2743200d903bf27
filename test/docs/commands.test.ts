import { describe, expect, test } from 'vitest';
import { parseComment } from '../../core/commands/parse.ts';
import { COMMANDS } from '../../core/commands/registry.ts';
import { withBlock } from '../../scripts/docs-block.ts';
import { commandReference } from '../../scripts/docs-commands.ts';
import { fencesOf, textOf } from './pages.ts';

const PAGE = 'docs/commands.md';

test('the reference is what its script makes', () => {
  const page = textOf(PAGE);
  expect(withBlock(page, commandReference())).toBe(page);
});

describe('what the page shows as a comment', () => {
  test.each(fencesOf(PAGE).filter(({ mark }) => mark === 'comment'))('is read: line $line', ({ text }) => {
    const lines = parseComment(text);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter(({ kind }) => kind !== 'command')).toEqual([]);
  });
});

test('what it calls a near miss is answered, and what it calls others’ is not', () => {
  for (const near of ['/trian', '/Train', '/train-all', '/train:x', '／train', ' /train', '/hold cancel'])
    expect(parseComment(near)).toMatchObject([{ kind: 'error' }]);
  for (const other of ['/lgtm', '/retest', '/approve', '/close', '/usr/bin']) expect(parseComment(other)).toEqual([]);
});

test('commands that are bound to a head are those that take @sha', () => {
  const bound = ['train', 'validate', 'evaluate', 'retry', 'override'];
  expect(COMMANDS.filter(({ usage }) => usage.includes('[@sha]')).map(({ name }) => name)).toEqual(bound);
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Trust } from '../../../core/data/sources/trust.ts';
import { checkout, contents } from './place.ts';

const here = checkout();
const trust: Trust = { kind: 'pull_request', prefixes: [] };

beforeAll(() => {
  here.put('data/a.csv', 'a\n1\n');
  here.put('.git/config', '[core]\n');
  writeFileSync(join(here.root, 'secret.csv'), 'secret\n');
  mkdirSync(join(here.root, 'outside'));
  writeFileSync(join(here.root, 'outside', 'b.csv'), 'secret\n');
  symlinkSync('../../secret.csv', join(here.directory, 'data', 'link.csv'));
  symlinkSync(join(here.root, 'outside'), join(here.directory, 'folder'));
  symlinkSync('data', join(here.directory, 'inside'));
  symlinkSync('../.git/config', join(here.directory, 'data', 'git.csv'));
  execFileSync('mkfifo', [join(here.directory, 'pipe.csv')]);
});
afterAll(() => here.remove());

describe('a path from a pull request', () => {
  test('is read within the checkout, also through links that stay there', async () => {
    const files = here.open({ trust });
    expect(contents(await files.list('inside/a.csv'))).toEqual([['inside/a.csv', 'a\n1\n']]);
    await files.close();
  });

  test.each([
    ['a link to a file outside', 'data/link.csv'],
    ['a glob with such a link', 'data/*.csv'],
    ['a link to a folder outside', 'folder/b.csv'],
    ['a glob through such a link', 'folder/*.csv'],
    ['a link to git’s own files', 'data/git.csv'],
    ['..', '../secret.csv'],
    ['a glob with ..', '{data,..}/*.csv'],
    ['an absolute path', join(here.root, 'secret.csv')],
    ['a DVC file outside', '../x.dvc'],
  ])('is refused for %s', async (_, path) => {
    const files = here.open({ trust });
    await expect(files.list(path)).rejects.toThrow(/leads? out of|within the repository/);
    await files.close();
  });

  test.each(['pipe.csv', 'p*.csv'])('never waits for a pipe, named as %s', async (path) => {
    const files = here.open({ trust });
    await expect(files.list(path)).rejects.toThrow(/found a pipe/);
    await files.close();
  });
});

test('a person’s own paths lead where they want', async () => {
  const files = here.open();
  expect(contents(await files.list('../secret.csv'))).toEqual([['../secret.csv', 'secret\n']]);
  await files.close();
});

test('a query is nothing for a pull request', async () => {
  const files = here.open({ trust });
  await expect(files.list('snowflake:t')).rejects.toThrow(/can’t come from a pull request/);
  await files.close();
});

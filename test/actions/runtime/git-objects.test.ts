import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { GitId } from '../../../core/names.ts';
import { openStage } from '../stage.ts';

const stage = openStage();
afterAll(() => stage.close());

const binary = String.fromCharCode(0, 10, 13, 10, 65);
const { directory, commit } = stage.repository({
  '.gitattributes': '*.txt text eol=crlf export-ignore\n',
  'a.txt': 'one\ntwo\n',
  'a/tab\tand "quote".bin': binary,
  'a/empty': '',
  'b/link': { link: '../a.txt' },
});
const objects = openObjects(directory, process.env);

test('the tree lists every entry with its mode and size, whatever its name', async () => {
  const { entries, truncated } = await objects.tree(commit);
  expect(truncated).toBe(false);
  expect(entries.map(({ path, mode, size }) => `${mode} ${size ?? '-'} ${path}`)).toEqual([
    '100644 34 .gitattributes',
    '100644 8 a.txt',
    '040000 - a',
    '100644 0 a/empty',
    '100644 5 a/tab\tand "quote".bin',
    '040000 - b',
    '120000 8 b/link',
  ]);
});

test('blobs come in the order asked for, byte by byte, without any filter', async () => {
  const { entries } = await objects.tree(commit);
  const id = (path: string): string => entries.find((entry) => entry.path === path)?.id ?? '';
  const blobs = await Array.fromAsync(objects.blobs([id('a/tab\tand "quote".bin'), id('a/empty'), id('a.txt')]));
  expect(blobs.map((blob) => Buffer.from(blob).toString('latin1'))).toEqual([binary, '', 'one\ntwo\n']);
});

test('a large blob arrives whole', async () => {
  const large = stage.repository({ large: 'x'.repeat(3_000_000) });
  const reader = openObjects(large.directory, process.env);
  const { entries } = await reader.tree(large.commit);
  const [blob] = await Array.fromAsync(reader.blobs([entries[0]?.id ?? '']));
  expect(blob?.length).toBe(3_000_000);
});

test('the work tree is not looked at', async () => {
  rmSync(join(directory, 'a.txt'), { force: true });
  expect((await objects.tree(commit)).entries.some(({ path }) => path === 'a.txt')).toBe(true);
});

test('replaced objects have no say', async () => {
  const git = (...args: string[]) => execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8' }).trim();
  const { entries } = await objects.tree(commit);
  const id = entries.find(({ path }) => path === 'a.txt')?.id ?? '';
  const other = execFileSync('git', ['-C', directory, 'hash-object', '-w', '--stdin'], {
    input: 'forged',
    encoding: 'utf8',
  }).trim();
  git('replace', id, other);
  const [blob] = await Array.fromAsync(objects.blobs([id]));
  expect(Buffer.from(blob ?? []).toString()).toBe('one\ntwo\n');
});

test.each([['a commit that is not there', GitId.parse('1'.repeat(40))]])('%s fails clearly', async (_what, missing) => {
  await expect(objects.tree(missing)).rejects.toMatchObject({ code: 'git_failed' });
});

test('an id that is no blob fails clearly', async () => {
  await expect(Array.fromAsync(objects.blobs([commit]))).rejects.toMatchObject({ code: 'git_failed' });
});

test('a directory without a checkout fails clearly', async () => {
  await expect(openObjects(stage.base, process.env).tree(commit)).rejects.toMatchObject({ code: 'git_failed' });
});

test('blobs that nobody reads keep no process waiting', () => {
  const module = JSON.stringify(new URL('../../../actions/runtime/git-objects.ts', import.meta.url).href);
  const script = `const { openObjects } = await import(${module}); openObjects(process.argv[1], process.env).blobs([]);`;
  const args = ['--input-type=module', '-e', script, directory];
  // It is killed, and the call fails, where it does not end by itself.
  expect(execFileSync(process.execPath, args, { timeout: 30_000, encoding: 'utf8' })).toBe('');
});

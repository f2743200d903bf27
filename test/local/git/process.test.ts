import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { GitError, runGit } from '../../../local/git/process.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'local-git-'));
  await runGit(directory, ['init', '--quiet', '--bare', '.']);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const store = async (content: Buffer | string): Promise<string> =>
  (await runGit(directory, ['hash-object', '-w', '--stdin'], { input: content })).stdout.toString().trim();

test('a command gets its input and gives its output, byte for byte', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256));
  const { stdout } = await runGit(directory, ['cat-file', 'blob', await store(bytes)]);
  expect(stdout.equals(bytes)).toBe(true);
});

test('commands that run at once get each their own answer', async () => {
  const texts = Array.from({ length: 12 }, (_, index) => `text ${index}`);
  const ids = await Promise.all(texts.map(store));
  const read = await Promise.all(ids.map((id) => runGit(directory, ['cat-file', 'blob', id])));
  expect(read.map(({ stdout }) => stdout.toString())).toEqual(texts);
});

test('a command that does not read its input is no failure', async () => {
  expect((await runGit(directory, ['--version'], { input: 'x'.repeat(1_000_000) })).code).toBe(0);
});

test('a failure says which command it was and what git said', async () => {
  const failed = await runGit(directory, ['cat-file', 'blob', 'nothing']).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(GitError);
  expect(failed).toMatchObject({ exitCode: 128, stderr: expect.stringContaining('nothing') });
});

test('an exit code that is an answer is none', async () => {
  const { code } = await runGit(directory, ['config', '--get', 'no.such'], { accept: [1] });
  expect(code).toBe(1);
});

test('a folder that is not there is told, and the next command runs', async () => {
  await expect(runGit(join(directory, 'gone'), ['--version'])).rejects.toThrow('ENOENT');
  expect((await runGit(directory, ['--version'])).stdout.toString()).toContain('git version');
});

test('git sees nothing of the environment but what it needs', async () => {
  const { stdout } = await runGit(directory, ['-c', 'alias.vars=!env', 'vars'], { env: { EXTRA: 'given' } });
  const names = stdout
    .toString()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names).toContain('EXTRA');
  expect(names).not.toContain('VITEST');
});

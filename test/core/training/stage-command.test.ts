import { type StdioOptions, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { RepoPath } from '../../../core/names.ts';
import { stageCommand } from '../../../core/training/stage-command.ts';

const place = mkdtempSync(join(tmpdir(), 'stage-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

/** Runs it as engines do, and tells what lies in the output. */
function ran(
  command: string,
  outs: readonly string[],
  more: { metrics?: string[]; plots?: string[]; committed?: string } = {},
) {
  const base = mkdtempSync(join(place, 'run-'));
  const [tree, output] = [join(base, 'tree'), join(base, 'output')];
  for (const folder of [tree, output]) mkdirSync(folder);
  if (more.committed !== undefined) writeFileSync(join(tree, more.committed), 'of an earlier training');
  const paths = (all: readonly string[] = []) => all.map((path) => RepoPath.parse(path));
  const stage = { outs: paths(outs), metrics: paths(more.metrics), plots: paths(more.plots) };
  // With its input from a pipe, bash takes itself for one at the end of a network, and reads its owner's .bashrc.
  const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
  const how = {
    stdio,
    cwd: tree,
    env: { PATH: process.env['PATH'], TRAINYARD_OUTPUT: output },
    encoding: 'utf8',
  } as const;
  const { status, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', stageCommand(command, stage)], how);
  const left = readdirSync(output, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(
      (entry) => `${join(entry.parentPath, entry.name).slice(output.length + 1)}${entry.isSymbolicLink() ? '@' : ''}`,
    );
  return { status, stderr, left: left.sort(), read: (path: string) => readFileSync(join(output, path), 'utf8') };
}

test.each<[string, string, readonly string[], readonly string[]]>([
  ['a file', 'echo x > model.bin', ['model.bin'], ['model.bin']],
  ['a file in a folder', 'mkdir -p a/b; echo x > a/b/m', ['a/b/m'], ['a/b/m']],
  ['a folder, hidden files too', 'mkdir -p m/n; echo x > m/n/a; echo x > m/.b', ['m'], ['m/.b', 'm/n/a']],
  ['a folder and a file of it', 'mkdir m; echo x > m/a', ['m', 'm/a'], ['m/a']],
  ['a name that a shell would read', `echo x > "it's \\$HOME; x"`, [`it's $HOME; x`], [`it's $HOME; x`]],
  ['a name that begins with a hyphen', 'echo x > ./-rf', ['-rf'], ['-rf']],
  ['what a command left that ends by itself', 'echo x > m; exit 0', ['m'], ['m']],
  ['what a command left that goes elsewhere', 'echo x > m; cd /', ['m'], ['m']],
  ['what a command left that ends with a comment', 'echo x > m # done', ['m'], ['m']],
  [
    'a link as a link, which whoever packs refuses',
    'ln -s /etc/hosts m; mkdir n; ln -s /etc/hosts n/o',
    ['m', 'n'],
    ['m@', 'n/o@'],
  ],
])('hands over %s', (_, command, outs, left) => {
  expect(ran(command, outs)).toMatchObject({ status: 0, left });
});

test('hands over metrics and plots beside outputs, each once', () => {
  const { left, read } = ran('mkdir p; echo 1 > m; echo 2 > p/a; echo 3 > r.json', ['m', 'r.json'], {
    metrics: ['r.json'],
    plots: ['p'],
  });
  expect([left, read('r.json')]).toEqual([['m', 'p/a', 'r.json'], '3\n']);
});

test('hands over what there is where one of them is missing, and the log names that', () => {
  const { status, stderr, left } = ran('echo x > a; mkdir c; echo x > c/d', ['a', 'b', 'c']);
  expect([status, left]).toEqual([0, ['a', 'c/d']]);
  expect(stderr).toContain('The stage left no b, which dvc.yaml names');
});

test('hands over nothing that lay there before', () => {
  const { stderr, left } = ran('echo x > b', ['a', 'b'], { committed: 'a' });
  expect([left, stderr]).toEqual([['b'], expect.stringContaining('The stage left no a, which dvc.yaml names')]);
});

test.each<[string, string, number, RegExp]>([
  ['fails', 'echo x > a; echo x > b; exit 3', 3, /^$/],
  ['fails in a pipe', 'echo x > a; echo x > b; false | true', 1, /^$/],
])('fails where the stage %s', (_, command, status, stderr) => {
  expect(ran(command, ['a', 'b'])).toMatchObject({ status, stderr: expect.stringMatching(stderr) });
});

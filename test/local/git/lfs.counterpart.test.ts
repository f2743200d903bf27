import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatasets } from '../../../actions/runtime/dataset.ts';
import { openObjects } from '../../../actions/runtime/git-objects.ts';
import { GitId, RepoPath } from '../../../core/names.ts';
import { NO_ACCESS, openStage } from '../../actions/stage.ts';
import { COMPILING, goTool, hasGo } from '../../deploy/go-tool.ts';
import { startWorld, type World } from '../world.ts';

const ROWS = `id,word\n${Array.from({ length: 2000 }, (_, id) => `${id},word`).join('\n')}\n`;

/** The client that everybody uses, against the local GitHub; and what it pushed, read as a pull request's job reads it. */
describe.skipIf(!hasGo('git-lfs'))('git-lfs', () => {
  let world: World;
  let program: string;
  const places: string[] = [];
  beforeAll(async () => {
    program = await goTool('github.com/git-lfs/git-lfs/v3', 'v3.7.1');
    world = await startWorld();
  }, COMPILING);
  afterAll(async () => {
    await world?.close();
    for (const place of places) rmSync(place, { recursive: true, force: true });
  });

  function gitIn(directory: string) {
    const env = {
      PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}`,
      HOME: directory,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
    };
    return (...args: string[]): Promise<string> =>
      new Promise((resolve, reject) => {
        execFile('git', args, { cwd: directory, env }, (error, stdout, stderr) =>
          error === null ? resolve(stdout.trim()) : reject(new Error(`git ${args[0]}: ${stderr}`)),
        );
      });
  }

  async function workTree() {
    const directory = mkdtempSync(join(tmpdir(), 'git-lfs-'));
    places.push(directory);
    const git = gitIn(directory);
    const { owner, repo } = world.at;
    await git('init', '-q', '-b', 'lfs');
    for (const [key, value] of Object.entries({ 'user.name': 'ada', 'user.email': 'ada@example.com' }))
      await git('config', key, value);
    await git('remote', 'add', 'origin', world.github.urls.git(owner, repo).replace('//', `//ada:${world.ada.token}@`));
    await git('lfs', 'install', '--local');
    return { directory, git };
  }

  test('pushes an object that a pull request’s job reads by its pointer, and pulls it again', async () => {
    const { directory, git } = await workTree();
    await git('lfs', 'track', '*.csv');
    writeFileSync(join(directory, 'rows.csv'), ROWS);
    await git('add', '.');
    await git('commit', '-q', '-m', 'rows');
    await git('push', '-q', 'origin', 'lfs');

    const stage = openStage();
    const objects = openObjects(directory, process.env);
    const { owner, repo } = world.at;
    const authorization = `Basic ${Buffer.from(`x-access-token:${world.ada.token}`).toString('base64')}`;
    const lfs = { endpoint: `${world.github.urls.git(owner, repo)}/info/lfs`, authorization, allowPrivate: true };
    const datasets = openDatasets(stage.job(), { ...NO_ACCESS, lfs }, []);
    const tree = await objects.tree(GitId.parse(await git('rev-parse', 'HEAD')));
    const found = await datasets.find({ path: RepoPath.parse('rows.csv') }, { objects, tree });
    expect(found?.lfs.map(({ path }) => path)).toEqual(['rows.csv']);
    if (found === null) throw new Error('no rows.csv');
    const [file] = (await datasets.read(found, 1 << 20)).files;
    expect(file !== undefined && 'from' in file ? readFileSync(file.from, 'utf8') : '').toBe(ROWS);
    await datasets.close();
    stage.close();

    const other = await workTree();
    await other.git('fetch', '-q', 'origin', 'lfs');
    await other.git('checkout', '-q', 'FETCH_HEAD');
    expect(readFileSync(join(other.directory, 'rows.csv'), 'utf8')).toBe(ROWS);
  });
});

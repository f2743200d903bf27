import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { GitClient } from '../../scripts/demo/git.ts';
import { makeKey } from '../core/samples.ts';
import { CONFIG, TEAM } from '../end-to-end/team.ts';
import { call } from './world.ts';

let directory: string;
let clone: GitClient;

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trainyard-plan-'));
  clone = new GitClient(directory, { login: 'ada', token: 'none' });
  await clone.git('init', '-q', '.');
  write({ ...TEAM, 'keys/trainyard.pub': makeKey().public.pem });
  await clone.commitAll('first');
});
beforeEach(async () => {
  await clone.git('checkout', '-q', '-B', 'change', 'main');
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const plan = async (...args: string[]) => call(['plan', ...args], { directory });
const planJson = async () => {
  const { code, out } = await plan('--json');
  return { code, view: JSON.parse(out) };
};

test('a change of an input affects its model and no other, and its data is validated', async () => {
  write({ 'greeter/train.py': 'print(1)\n', 'data/rows.csv': 'id,word,label\n1,hello,1\n' });
  await clone.commitAll('change');
  const { code, out } = await plan();
  expect(code).toBe(0);
  expect(out).toMatch(/● greeter\n.*data\/rows\.csv changed/);
  expect(out).toContain('○ sleeper: not affected');
  expect(out).toContain('data: rows (data/rows.csv) is validated');
});

test('with --json it is the plan that a pull request shows', async () => {
  write({ 'greeter/train.py': 'print(2)\n' });
  await clone.commitAll('change');
  expect(await planJson()).toMatchObject({
    code: 0,
    view: {
      status: 'complete',
      models: [
        { model: 'greeter', affected: true, changes: ['greeter changed'], command: '/train greeter' },
        { model: 'sleeper', affected: false },
      ],
    },
  });
});

test('a change that touches no input affects nothing', async () => {
  write({ 'README.md': 'Which words do greet?\n' });
  await clone.commitAll('change');
  const { code, view } = await planJson();
  expect([code, view.models.filter((model: { affected: boolean }) => model.affected)]).toEqual([0, []]);
});

test('a change of policy is named, with what it was', async () => {
  write({ [CONFIG_PATH]: CONFIG.replace('min: 0.7', 'min: 0.1') });
  await clone.commitAll('change');
  const { code, out } = await plan();
  expect([code, out]).toEqual([0, expect.stringMatching(/policy: .*accuracy.* from .*0\.7.* to .*0\.1/)]);
});

test('a config that can’t be read makes the plan incomplete: 1, with file, line and column', async () => {
  write({ [CONFIG_PATH]: CONFIG.replace('gates:', 'gatse:') });
  await clone.commitAll('change');
  const { code, out } = await plan();
  expect([code, out]).toEqual([1, expect.stringMatching(/✗ \.github\/trainyard\.yml:\d+:\d+: .*did you mean "gates"/)]);
});

test('commits can be named', async () => {
  write({ 'greeter/train.py': 'print(3)\n' });
  await clone.commitAll('change');
  await clone.git('branch', '-f', 'develop', 'main');
  const { code, out } = await plan('--base', 'develop', '--head', 'change');
  expect([code, out]).toEqual([0, expect.stringContaining('● greeter')]);
});

test.each([
  ['a base that is not there', ['--base', 'nowhere'], /no branch nowhere here; name the default branch with --base/],
  ['a head that is not there', ['--head', 'nowhere'], /no commit nowhere here/],
  ['an option as a commit', ['--head=--all'], /no commit --all here/],
])('%s ends with 2', async (_, args, says) => {
  const { code, err } = await plan(...args);
  expect([code, err]).toEqual([2, expect.stringMatching(says)]);
});

test('a folder that is no git repository ends with 2, and it is said', async () => {
  const empty = mkdtempSync(join(tmpdir(), 'trainyard-empty-'));
  const { code, err } = await call(['plan'], { directory: empty });
  expect([code, err]).toEqual([2, expect.stringMatching(/git repository/)]);
  rmSync(empty, { recursive: true });
});

test('a repository without a config is told so', async () => {
  const bare = mkdtempSync(join(tmpdir(), 'trainyard-bare-'));
  const client = new GitClient(bare, { login: 'ada', token: 'none' });
  await client.git('init', '-q', '.');
  writeFileSync(join(bare, 'README.md'), 'nothing here\n');
  await client.commitAll('first');
  const { code, out } = await call(['plan'], { directory: bare });
  expect([code, out]).toEqual([0, expect.stringContaining(`declare no model: ${CONFIG_PATH}`)]);
  rmSync(bare, { recursive: true });
});

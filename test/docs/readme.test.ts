import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleActions } from '../../scripts/bundle-actions.ts';
import { GREETER, ROWS } from '../actions/example.ts';
import { calling, pickleOf, proto } from '../core/verification/assembler.ts';
import { type Files, openPlayground, type Playground } from '../local/workflows/playground.ts';
import { type Fence, fencesOf, ROOT, textOf } from './pages.ts';

/** What README.md shows, run as it stands there. */
const fences = fencesOf('README.md');

function shown(what: string, wanted: (fence: Fence) => boolean): string {
  const found = fences.filter(wanted);
  if (found[0] === undefined || found.length > 1) throw new Error(`README.md: expected one ${what}`);
  return found[0].text;
}

const workflow = (name: string): string =>
  shown(`workflow ${name}`, ({ mark, text }) => mark === 'workflow' && text.startsWith(`name: ${name}\n`));
const commands = (name: string): string =>
  shown(`script ${name}`, ({ language, mark }) => language === 'sh' && mark === `test ${name}`);

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'readme-'));
  mkdirSync(join(directory, 'bin'));
  // What `npm ci` and `npx` do in a checkout of this repository, without fetching it all again.
  writeFileSync(join(directory, 'bin/npm'), '#!/bin/sh\n[ "$1" = ci ]\n', { mode: 0o755 });
  writeFileSync(join(directory, 'bin/npx'), '#!/bin/sh\n[ "$1" = trainyard ] && shift && exec trainyard "$@"\n', {
    mode: 0o755,
  });
  symlinkSync(join(ROOT, 'cli/bin.mjs'), join(directory, 'bin/trainyard'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function shell(text: string, files: Readonly<Record<string, string | Uint8Array>>, variables: NodeJS.ProcessEnv = {}) {
  const place = mkdtempSync(join(directory, 'run-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(place, path, '..'), { recursive: true });
    writeFileSync(join(place, path), content);
  }
  symlinkSync(ROOT, join(place, 'trainyard'));
  const env = { PATH: `${join(directory, 'bin')}:${process.env['PATH']}`, HOME: place, ...variables };
  // As GitHub runs a step whose shell nobody names.
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', text], { cwd: place, env, encoding: 'utf8' });
  return { place, status, said: stdout + stderr };
}

const FLIGHTS = `id,delay,carrier\n${Array.from({ length: 300 }, (_, at) => `${at},${(at * 7) % 90},${['AA', 'DL', 'UA'][at % 3]}`).join('\n')}\n`;
/** Actions that work without the rest. */
const ALONE = ['check-data', 'train', 'verify'];
/** Pickles of protocol 0, which are text. */
const HARMLESS = '(lp0\nI1\na.';
const HOSTILE = "cos\nsystem\n(S'id'\ntR.";
const CLEAN = pickleOf(proto(4), '}.');
const EVIL = calling('os', 'system');

describe('on a machine', () => {
  test('a contract is written that the data meets, and broken data breaks it', () => {
    const { place, status, said } = shell(commands('data'), { 'data/flights.csv': FLIGHTS });
    expect([status, said]).toEqual([0, expect.stringContaining('flights meets its contract')]);
    writeFileSync(join(place, 'data/flights.csv'), FLIGHTS.replace('5,35,UA', '5,late,UA'));
    const last = commands('data').trimEnd().split('\n').at(-1) ?? '';
    const again = shell(`cd ${place} && ${last}`, {});
    expect([again.status, again.said]).toEqual([1, expect.stringContaining('flights.csv:7')]);
  });

  test.each([
    ['clean', CLEAN, 0],
    ['with a finding', EVIL, 1],
    ['unknown', Buffer.from([1, 2, 3, 255]), 2],
  ])('a model file that is %s is told by the exit code', (_what, model, code) => {
    const { place, status } = shell(commands('scan'), { 'models/model.pkl': model });
    expect(status).toBe(code);
    expect(JSON.parse(readFileSync(join(place, 'scan.sarif'), 'utf8'))).toMatchObject({ version: '2.1.0' });
  });
});

describe('in a workflow, on the local GitHub', () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await openPlayground({ jobEnvironment: { TRAINYARD_DUCKDB: join(ROOT, 'node_modules') } });
    const files: Record<string, string> = {};
    for (const name of ALONE) files[`actions/${name}/action.yml`] = textOf(`actions/${name}/action.yml`);
    for (const [name, text] of await bundleActions(ROOT, ALONE)) files[`actions/dist/${name}`] = text;
    await playground.repository('trainyard', files);
    const { body } = await playground.api('GET', '/repos/ada/trainyard/git/ref/heads/main');
    await playground.api('POST', '/repos/ada/trainyard/git/refs', { ref: 'refs/tags/v1', sha: body.object.sha });
    await playground.repository('team', {
      '.github/workflows/data.yml': here(workflow('Data')),
      '.github/workflows/scan.yml': here(workflow('Scan')),
      'data/flights.odcs.yaml': GREETER['src/rows.odcs.yaml'] ?? '',
      'data/flights.csv': ROWS,
      'models/model.pkl': HARMLESS,
    });
  });
  afterAll(async () => {
    playground.judge.assertClean();
    await playground.close();
  });
  const here = (text: string): string => text.replaceAll('uses: trainyard/trainyard/', 'uses: ada/trainyard/');

  async function runOf(name: string, branch: string) {
    const { body } = await playground.api('GET', `/repos/ada/team/actions/runs?branch=${branch}`);
    const runs: { readonly id: number; readonly name: string }[] = body.workflow_runs;
    const found = runs.find((run) => run.name === name);
    if (found === undefined) throw new Error(`no run of ${name}`);
    return playground.outcome(found.id);
  }

  async function opened(branch: string, files: Files) {
    await playground.push('team', branch, files);
    await playground.api('POST', '/repos/ada/team/pulls', { title: branch, head: branch, base: 'main' });
    await playground.settled();
    return { data: await runOf('Data', branch), scan: await runOf('Scan', branch) };
  }

  test('a pull request that changes neither data nor models is green', async () => {
    const { data, scan } = await opened('good', { 'README.md': 'Nothing of the data.\n' });
    expect(data.job('check').conclusion, await data.log('check')).toBe('success');
    expect(scan.job('scan').conclusion, await scan.log('scan')).toBe('success');
  });

  test('broken data is red, and a model that runs code is', async () => {
    const { data, scan } = await opened('bad', { 'data/flights.csv': 'nonsense\n1\n', 'models/model.pkl': HOSTILE });
    expect(data.job('check').conclusion).toBe('failure');
    expect(scan.job('scan').conclusion).toBe('failure');
    expect(await scan.log('scan')).toContain('os.system');
  });

  test('the training command runs', async () => {
    await playground.push('team', 'main', {
      '.github/workflows/train.yml': here(workflow('Train')),
      'src/train.py': GREETER['src/train.py'] ?? '',
      'data/rows.csv': ROWS,
    });
    await playground.settled();
    const run = await runOf('Train', 'main');
    expect(run.job('train').conclusion, await run.log('train')).toBe('success');
  });
});

test('npx finds the command in a checkout', () => {
  const said = execFileSync('npx', ['--no-install', 'trainyard', '--version'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(said).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('the README stays within 200 lines', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(201);
});

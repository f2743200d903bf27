import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
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

describe('in a workflow', () => {
  const Scan = z.object({
    jobs: z.object({ scan: z.object({ steps: z.array(z.object({ run: z.string().optional() })) }) }),
  });

  test.each([
    ['clean', CLEAN, 0, '## Scan: clean'],
    ['with a finding', EVIL, 1, 'os.system'],
  ])('the scan of a model that is %s ends its step so, with a summary', (_what, model, code, says) => {
    const runs = Scan.parse(parse(workflow('Scan'))).jobs.scan.steps.flatMap(({ run }) => run ?? []);
    const summary = join(directory, 'summary.md');
    writeFileSync(summary, '');
    const { status } = shell(runs.join('\n'), { 'team/models/model.pkl': model }, { GITHUB_STEP_SUMMARY: summary });
    expect([status, readFileSync(summary, 'utf8')]).toEqual([code, expect.stringContaining(says)]);
  });

  describe('on the local GitHub', () => {
    let playground: Playground;
    beforeAll(async () => {
      playground = await openPlayground({ jobEnvironment: { TRAINYARD_DUCKDB: join(ROOT, 'node_modules') } });
      const files: Record<string, string> = {};
      for (const name of ['check-data', 'train'])
        files[`actions/${name}/action.yml`] = textOf(`actions/${name}/action.yml`);
      for (const [name, text] of await bundleActions(ROOT, ['check-data', 'train']))
        files[`actions/dist/${name}`] = text;
      await playground.repository('trainyard', files);
      const { body } = await playground.api('GET', '/repos/ada/trainyard/git/ref/heads/main');
      await playground.api('POST', '/repos/ada/trainyard/git/refs', { ref: 'refs/tags/v1', sha: body.object.sha });
      await playground.repository('team', {
        '.github/workflows/data.yml': here(workflow('Data')),
        'data/flights.odcs.yaml': GREETER['src/rows.odcs.yaml'] ?? '',
        'data/flights.csv': ROWS,
      });
    });
    afterAll(async () => {
      playground.judge.assertClean();
      await playground.close();
    });
    const here = (text: string): string => text.replaceAll('uses: trainyard/trainyard/', 'uses: ada/trainyard/');

    async function lastRun(branch: string) {
      await playground.settled();
      const { body } = await playground.api('GET', `/repos/ada/team/actions/runs?branch=${branch}`);
      return playground.outcome(body.workflow_runs[0].id);
    }

    async function opened(branch: string, files: Files) {
      await playground.push('team', branch, files);
      await playground.api('POST', '/repos/ada/team/pulls', { title: branch, head: branch, base: 'main' });
      return lastRun(branch);
    }

    test('the data of a pull request is checked, and broken data is red', async () => {
      const good = await opened('good', { 'README.md': 'Nothing of the data.\n' });
      expect(good.job('check').conclusion, await good.log('check')).toBe('success');
      const bad = await opened('bad', { 'data/flights.csv': 'nonsense\n1\n' });
      expect(bad.job('check').conclusion).toBe('failure');
    });

    test('the training command runs', async () => {
      await playground.push('team', 'main', {
        '.github/workflows/train.yml': here(workflow('Train')),
        'src/train.py': GREETER['src/train.py'] ?? '',
        'data/rows.csv': ROWS,
      });
      const run = await lastRun('main');
      expect(run.job('train').conclusion, await run.log('train')).toBe('success');
    });
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

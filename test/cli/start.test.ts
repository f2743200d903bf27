import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

/** What a start of the command line costs is what it reads: modules and bytes can be counted on a busy machine, time can't. */
const ROOT = resolve(import.meta.dirname, '../..');
const HOOK = pathToFileURL(join(import.meta.dirname, 'modules.mjs')).href;
const Read = z.array(z.object({ url: z.string(), bytes: z.number() }));

function start(...args: readonly string[]) {
  const { status, stderr } = spawnSync(process.execPath, ['--import', HOOK, 'cli/bin.mjs', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  const read = Read.parse(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? ''));
  // The packages may lie elsewhere, behind a link.
  const paths = read.map(
    ({ url }) => /\/(node_modules\/.*)/.exec(url)?.[1] ?? url.slice(pathToFileURL(ROOT).href.length + 1),
  );
  return { status, paths, bytes: read.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const CONTRACT = 'examples/flight-delay/models/flight-delay/flights.odcs.yaml';
const CHECK = ['data', 'check', 'examples/flight-delay/data/flights.csv', '--contract', CONTRACT];

describe('a start reads no more than the call needs', () => {
  test.each([['--version'], ['help'], ['help', 'data'], ['scan', '--help'], ['trian']])(
    '%s %s: no command and no library',
    (...args) => {
      const { paths, bytes } = start(...args.filter((arg) => arg !== undefined));
      expect(paths.filter((path) => /^(?:node_modules|cli\/commands)\//.test(path))).toEqual([]);
      expect(paths).toContain('cli/help.ts');
      expect([paths.length, bytes]).toSatisfy(([count, size]) => count <= 40 && size <= 90_000);
    },
  );

  test('a scan: one command, and nothing that reaches a server, a database or the flows of pull requests', () => {
    const { status, paths, bytes } = start('scan', 'package.json');
    expect(status).toBe(0);
    expect(paths.filter((path) => path.startsWith('cli/commands/'))).toEqual(['cli/commands/scan.ts']);
    const libraries = paths.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    expect(new Set(libraries)).toEqual(new Set([undefined, 'zod', 'yaml']));
    expect([paths.length, bytes]).toSatisfy(([count, size]) => count <= 420 && size <= 2_200_000);
  });

  test('a check of data: no client of GitHub, S3 or Kubernetes', () => {
    const { status, paths, bytes } = start(...CHECK);
    expect(status).toBe(0);
    expect(paths.filter((path) => path.startsWith('cli/commands/'))).toEqual(['cli/commands/data.ts']);
    expect(
      paths.filter((path) => /^node_modules\/(?:octokit|@octokit|@aws-sdk|@kubernetes|pg|probot)\//.test(path)),
    ).toEqual([]);
    expect([paths.length, bytes]).toSatisfy(([count, size]) => count <= 500 && size <= 2_600_000);
  });
});

test.each([{ NO_COLOR: '1' }, { FORCE_COLOR: '3' }, { TERM: 'dumb' }])('no colour, whatever %j says', (variables) => {
  const { stdout, stderr } = spawnSync(process.execPath, ['cli/bin.mjs', 'help', 'scan'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...variables },
  });
  expect([stdout.includes('\u001b'), stderr]).toEqual([false, '']);
  expect(stdout).toMatch(/^Usage: trainyard scan/);
});

test('called through a link by a Node.js that is too old, it runs on the one that was installed with it', () => {
  const cache = join(ROOT, '.trainyard');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'old-node-'));
  try {
    // The same program under another name, told that it is old.
    const old = join(directory, 'node');
    linkSync(realpathSync(process.execPath), old);
    const trainyard = join(directory, 'trainyard');
    symlinkSync(join(ROOT, 'cli/bin.mjs'), trainyard);
    const isOld = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } })";
    const call = (...args: readonly string[]) =>
      spawnSync(old, ['--import', `data:text/javascript,${isOld}`, trainyard, ...args], { encoding: 'utf8' });
    expect(call('--version')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(call('scan', 'nowhere').status).toBe(2);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

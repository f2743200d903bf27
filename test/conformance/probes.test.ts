import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LocalGitHub } from '../../local/github.ts';
import { startLocalGitHub } from '../../local/server.ts';
import { commit } from '../local/page/world.ts';
import { probes } from './probes.ts';
import { recordingJudge } from './recording-judge.ts';
import { openScratch, type Scratch } from './scratch.ts';

const judge = recordingJudge();
let github: LocalGitHub;
let scratch: Scratch;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'probes-'));
  github = await startLocalGitHub({ dataDir, observe: judge.observe });
  const { token } = github.createUser('ada');
  const repository = await github.createRepository({ owner: 'ada', name: 'scratch' });
  await commit(github, repository, 'main', { 'README.md': 'Scratch\n' });
  scratch = openScratch(github.urls.api, 'ada/scratch', token, 'probe');
});
afterAll(async () => {
  await github.close();
  await rm(dataDir, { recursive: true, force: true });
});

test.each(probes)('the local GitHub: $behaviour', async ({ ask, expected }) => {
  expect(await ask(scratch)).toBe(expected);
});

test('what the probes made is removed again', async () => {
  await scratch.clean();
  expect((await scratch.call('GET', `${scratch.repo}/git/ref/heads/probe`)).status).toBe(404);
  expect((await scratch.call('GET', `${scratch.repo}/pulls?state=open`)).body).toEqual([]);
});

test('each behaviour has an id of its own', () => {
  expect(new Set(probes.map(({ id }) => id)).size).toBe(probes.length);
});

test('the shapes of all this fit the description', () => {
  // The unknown field is one probe's purpose.
  expect(judge.violations().filter((violation) => !violation.includes('"bodyy"'))).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { GitId } from '../../core/names.ts';
import { readiness, readScene } from '../../flows/readiness.ts';
import { OWNER, REPO, shaOf, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { memory } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const config = (inputs: string, gate = 0.7): string => `version: 1
models:
  delay:
    inputs: [${inputs}]
    train: { run: python train.py }
    gates: { accuracy: { min: ${gate} } }
policy:
  signing: { keys: [keys/trainyard.pub] }
  metrics: self-reported
`;

let world: World;
let base: GitId;
let pulls = 0;

beforeAll(async () => {
  world = await startWorld();
  base = await world.commit('main', {
    [CONFIG_PATH]: config('train.py'),
    'train.py': 'print(1)\n',
    'extra.py': 'print(2)\n',
    'keys/trainyard.pub': makeKey().public.pem,
    'README.md': 'hello\n',
  });
});
afterAll(() => world.close());

async function propose(files: Readonly<Record<string, string>>, into = 'main'): Promise<number> {
  pulls += 1;
  const head = `change-${pulls}`;
  await world.commit(head, files, base);
  return open(head, into);
}

async function open(head: string, into: string): Promise<number> {
  const body = { ...where, head, base: into, title: head };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
  return z.object({ number: z.int() }).parse(data).number;
}

const inFlight = memory();
const clock = { now: () => new Date('2026-11-02T10:00:00Z') };

async function ready(number: number): Promise<{ state: string; title: string }> {
  const ports = { ...world.ports, inFlight, clock };
  return readiness(ports, await readScene(ports, await ports.pulls.get(number)));
}

test('a change of no input is ready', async () => {
  expect(await ready(await propose({ 'README.md': 'hi\n' }))).toMatchObject({
    state: 'success',
    title: 'no model affected',
  });
});

test('a changed model without a run asks for the command', async () => {
  expect(await ready(await propose({ 'train.py': 'print(3)\n' }))).toMatchObject({ state: 'action_required' });
});

test('a changed gate is a policy change', async () => {
  expect((await ready(await propose({ [CONFIG_PATH]: config('train.py', 0.1) }))).title).toMatch(/^policy change/);
});

test('a change into another branch promotes nothing, and says so', async () => {
  await world.commit('other', { 'README.md': 'other\n' }, base);
  const into = await ready(await propose({ 'train.py': 'print(4)\n' }, 'other'));
  expect(into).toMatchObject({ state: 'failure', title: expect.stringContaining('a merge into other never promotes') });
});

test('pull requests with one head are judged together, each by its own preview merge', async () => {
  const number = await propose({ 'train.py': 'print(5)\n' });
  await world.commit('second', { 'README.md': 'second\n' }, base);
  const other = await open(`change-${pulls}`, 'second');
  expect((await ready(number)).title).toContain('a merge into second never promotes');
  await world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...where,
    pull_number: other,
    state: 'closed',
  });
  expect(await ready(number)).toMatchObject({ state: 'action_required' });
});

test('a merge that would not be sound is red, although head and base are', async () => {
  const number = await propose({ [CONFIG_PATH]: config('train.py, extra.py') });
  expect(await ready(number)).toMatchObject({ state: 'action_required' });
  await remove('extra.py');
  expect(await ready(number)).toMatchObject({
    state: 'failure',
    title: expect.stringMatching(/the merge would not be sound: .*extra\.py/),
  });
});

test('a preview merge with an older base does not count', async () => {
  const number = await propose({ 'train.py': 'print(6)\n' });
  const ports = { ...world.ports, inFlight, clock };
  const before = await ports.pulls.get(number);
  await world.commit('main', { 'README.md': 'the base moves\n' });
  expect((await readiness(ports, await readScene(ports, before))).title).toContain('has not made the preview merge');
  expect(await ready(number)).toMatchObject({ state: 'action_required' });
});

async function remove(path: string): Promise<void> {
  const parent = await world.ports.source.branchHead('main');
  const entry = { path, mode: '100644', type: 'blob', sha: null };
  const tree = await send('POST /repos/{owner}/{repo}/git/trees', { tree: [entry], base_tree: parent });
  const message = `Remove ${path}`;
  const sha = await send('POST /repos/{owner}/{repo}/git/commits', { message, tree, parents: [parent] });
  await world.ada.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...where, ref: 'heads/main', sha });
}

async function send(route: string, parameters: Readonly<Record<string, unknown>>): Promise<string> {
  const { data } = await world.ada.request(route, { ...where, ...parameters });
  return shaOf(data);
}

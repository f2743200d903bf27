import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { type GitId, Instant } from '../../core/names.ts';
import { showNotices, showPullRequest } from '../../flows/show.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { type FlowPorts, flowPorts } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const key = makeKey();
let world: World;
let ports: FlowPorts;
let head: GitId;

beforeAll(async () => {
  world = await startWorld();
  const base = await world.commit('main', {
    [CONFIG_PATH]: `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py } }
policy:
  signing: { keys: [keys/trainyard.pub] }
  metrics: self-reported
`,
    'train.py': 'print(1)\n',
    'keys/trainyard.pub': key.public.pem,
  });
  head = await world.commit('change', { 'train.py': 'print(2)\n' }, base);
  await world.ada.request('POST /repos/{owner}/{repo}/pulls', { ...where, title: 'C', head: 'change', base: 'main' });
  ports = flowPorts(world, key);
});
afterAll(() => world.close());

const notice = (command: string) =>
  ports.inFlight.putNotice({
    pullRequest: 1,
    key: command,
    at: Instant.parse('2026-11-02T10:00:00Z'),
    author: 'ada',
    command,
    tone: 'refused',
    message: 'no such model',
  });

async function comment(): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await world.ada.request(route, { ...where, issue_number: 1 });
  return Object(data)
    .map(({ body }: { body: string }) => body)
    .join('\n---\n');
}

const asked = () => world.requests().map((route) => route.replace('/repos/{owner}/{repo}', ''));

test('a notice shows everything while nothing was shown', async () => {
  await notice('/train first');
  await showNotices(ports, 1);
  expect(await comment()).toMatch(/\/train first[\s\S]*train\.py changed/);
  const checks = await world.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...where, ref: head });
  expect(Object(checks.data).total_count).toBe(2);
});

test('a further notice only edits the comment', async () => {
  await notice('/train second');
  world.requests();
  await showNotices(ports, 1);
  expect(asked().filter((route) => !route.includes('/comments'))).toEqual([]);
  expect(await comment()).toMatch(/\/train second[\s\S]*\/train first[\s\S]*train\.py changed/);
});

test('what was shown is not written again', async () => {
  world.requests();
  await showPullRequest(ports, 1);
  await showNotices(ports, 1);
  expect(asked().filter((route) => !route.startsWith('GET'))).toEqual([]);
});

test('a view that an App of another version has stored is not read', async () => {
  await ports.inFlight.putProgress('view 1', JSON.stringify({ version: 0, view: { headline: null } }));
  world.requests();
  await showNotices(ports, 1);
  expect(asked()).toContain('GET /pulls/{pull_number}');
  expect(await comment()).toMatch(/train\.py changed/);
});

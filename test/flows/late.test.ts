import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { Instant } from '../../core/names.ts';
import { handleComment } from '../../flows/comment.ts';
import type { Late } from '../../flows/ports.ts';
import { showNotices, showPullRequest } from '../../flows/show.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { flowPorts, memory } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const key = makeKey();
let world: World;
let number = 0;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  number += 1;
  const base = await world.commit('main', {
    [CONFIG_PATH]: `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py } }
policy:
  signing: { keys: [keys/trainyard.pub] }
`,
    'train.py': 'print(1)\n',
    'keys/trainyard.pub': key.public.pem,
  });
  await world.commit(`change-${number}`, { 'train.py': `print(${number}0)\n` }, base);
  const body = { ...where, head: `change-${number}`, base: 'main', title: 'Change' };
  await world.ada.request('POST /repos/{owner}/{repo}/pulls', body);
});

const at = (time: string) => Instant.parse(`2026-11-02T${time}Z`);
const late = (since: string, handled: string, why: Late['why'] = 'limited'): Late => ({
  since: at(since),
  handled: at(handled),
  why,
});
const LATE = /[^>]*handled late[^\n]*/g;

async function told(): Promise<string[]> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await world.ada.request(route, { ...where, issue_number: number });
  const bodies = Object(data).map(({ body }: { body: string }) => body.replaceAll(/[\\\u2060]/g, ''));
  return bodies.flatMap((body: string) => body.match(LATE) ?? []).map((line: string) => line.trim());
}

test('a command that was handled late is answered, and the comment says so', async () => {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await world.ada.request(route, { ...where, issue_number: number, body: '/help' });
  const ports = flowPorts(world, key, { late: late('10:00:05', '10:14:00') });
  await handleComment(ports, { id: Object(data).id, pullRequest: number });
  expect(await told()).toEqual([
    'GitHub’s limits on requests kept us waiting from 2026-11-02 10:00:05 UTC on; what came in meanwhile was handled late, at 2026-11-02 10:14:00 UTC.',
  ]);
  expect((await ports.inFlight.notices(number)).map(({ command }) => command)).toEqual(['/help', '']);
});

test('what was tried again and again is told of once', async () => {
  const inFlight = memory();
  for (const handled of ['10:14:00', '10:15:00', '10:16:00'])
    await showPullRequest(flowPorts(world, key, { inFlight, late: late('10:00:05', handled, 'unanswered') }), number);
  expect(await told()).toEqual([
    'GitHub or the App’s database could not be reached from 2026-11-02 10:00:05 UTC on; what came in meanwhile was handled late, at 2026-11-02 10:16:00 UTC.',
  ]);
});

test('what came in later for the same reason is told of with the first', async () => {
  const inFlight = memory();
  for (const one of [late('10:00:05', '10:14:00'), late('10:09:00', '10:14:02')])
    await showNotices(flowPorts(world, key, { inFlight, late: one }), number);
  expect(await told()).toEqual([expect.stringMatching(/from 2026-11-02 10:00:05 UTC .* at 2026-11-02 10:14:02 UTC/)]);
});

test('what is late another time is told of by itself', async () => {
  const inFlight = memory();
  for (const one of [late('10:00:05', '10:14:00'), late('12:00:00', '12:05:00')])
    await showPullRequest(flowPorts(world, key, { inFlight, late: one }), number);
  expect(await told()).toEqual([expect.stringMatching(/from 2026-11-02 12:00:00 UTC/)]);
});

test('what was handled in time says nothing of it', async () => {
  await showPullRequest(flowPorts(world, key), number);
  expect(await told()).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { isFinal } from '../../core/ledger/machine.ts';
import { type GitId, Instant } from '../../core/names.ts';
import { handleCheckAction } from '../../flows/check-action.ts';
import { handleComment } from '../../flows/comment.ts';
import { advanceRun, closeRun, loadRuns } from '../../flows/ledger.ts';
import { PortError, type Ports } from '../../flows/ports.ts';
import { handleRequest } from '../../flows/request.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { type FlowPorts, flowPorts } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const key = makeKey();
const config = (max: number): string => `version: 1
models:
  delay:
    inputs: [train.py]
    train:
      run: python train.py
      params: { rate: { type: number, min: 0, max: ${max}, default: 0.1 } }
policy:
  signing: { keys: [keys/trainyard.pub] }
  concurrency: 1
`;

let world: World;
let ports: FlowPorts;
let head: GitId;
let number: number;
/** Milliseconds. */
let later = 0;

beforeAll(async () => {
  world = await startWorld();
  ports = flowPorts(world, key, { clock: { now: () => new Date(Date.now() + later) } });
  const files = { [CONFIG_PATH]: config(1), 'train.py': 'print(1)\n', 'keys/trainyard.pub': key.public.pem };
  const base = await world.commit('main', files);
  head = await world.commit('change', { 'train.py': 'print(2)\n' }, base);
  const pull = { ...where, head: 'change', base: 'main', title: 'change' };
  const { data } = await world.ada.request('POST /repos/{owner}/{repo}/pulls', pull);
  number = z.object({ number: z.int() }).parse(data).number;
});
afterAll(() => world.close());

async function say(body: string): Promise<number> {
  const route = 'POST /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await world.ada.request(route, { ...where, issue_number: number, body });
  return z.object({ id: z.int() }).parse(data).id;
}

const press = (identifier: string, sender = 'ada') =>
  handleCheckAction(ports, { externalId: 'train delay', sha: head, identifier, sender });

/** The run that goes on. */
async function endRunning(): Promise<void> {
  const policy = await takePolicySnapshot(ports);
  const running = (await loadRuns(ports, policy)).find(({ record }) => !isFinal(record.state));
  if (running === undefined) throw new Error('there is no run in progress');
  const { run } = running.record;
  await advanceRun(ports, policy, run, { state: 'failed', at: 'training', reason: 'x', message: 'x', workflowRun: 77 });
  await closeRun(ports, policy, run, 'ada');
}

test('a head that no delivery has shown is trained for whoever types all of its digits', async () => {
  const unnamed = await handleComment(ports, { id: await say('/train delay --set rate=0.9'), pullRequest: number });
  expect(unnamed).toMatchObject({ code: 'refused', message: expect.stringContaining(`@${head}`) });
  const id = await say(`/train delay --set rate=0.9 @${head}`);
  expect(await handleComment(ports, { id, pullRequest: number })).toMatchObject({ code: 'run_accepted' });
  expect(await handleComment(ports, { id, pullRequest: number + 1 })).toMatchObject({ code: 'ignored' });
});

test('who may not train is refused by the button, too, and told so in the comment', async () => {
  await endRunning();
  expect(await press('retry', 'mallory')).toMatchObject({ code: 'refused' });
  expect((await ports.inFlight.notices(number)).map(({ author }) => author)).toContain('mallory');
});

test('a run is tried again with what its command set', async () => {
  // Runs of one second have no order by their ids.
  later = 1000;
  expect(await press('retry')).toMatchObject({ code: 'run_accepted' });
  const [newest] = await loadRuns(ports, await takePolicySnapshot(ports));
  expect(newest?.record.order.request).toMatchObject({ params: { rate: 0.9 }, explicit: ['rate'] });
});

test('no run is tried again while it goes on', async () => {
  expect(await press('retry')).toMatchObject({
    code: 'refused',
    message: expect.stringMatching(/is the newest run/),
  });
});

test('a run is not tried again with what policy has forbidden since', async () => {
  await endRunning();
  await world.commit('main', { [CONFIG_PATH]: config(0.5) });
  expect(await press('retry')).toMatchObject({ code: 'refused', message: expect.stringMatching(/got 0\.9/) });
});

test('a request from a terminal that is sent again later finds its run', async () => {
  const ask = (at: string) =>
    handleRequest(ports, {
      type: 'train',
      payload: { id: '0000-1111-2222', model: 'delay', ref: 'main' },
      sender: 'ada',
      at: Instant.parse(at),
    });
  const first = await ask('2026-11-02T10:00:00Z');
  expect(first).toMatchObject({ code: 'run_accepted' });
  expect(await ask('2026-11-02T11:00:00Z')).toMatchObject({ run: first['run'] });
});

test('a request that GitHub cut short serves nobody else who asks under its id', async () => {
  const ask = (sender: string, steps: Ports['steps']) =>
    handleRequest(
      { ...ports, steps },
      {
        type: 'train',
        payload: { id: '3333-4444-5555', model: 'delay', ref: 'main' },
        sender,
        at: Instant.parse('2026-11-02T10:00:00Z'),
      },
    );
  const cut: Ports['steps'] = {
    run(name, action) {
      if (name === 'audit') throw new PortError('unavailable', 'GitHub is away');
      return action();
    },
  };
  await expect(ask('ada', cut)).rejects.toThrow('GitHub is away');
  expect(await ask('mallory', ports.steps)).toMatchObject({ code: 'refused' });
});

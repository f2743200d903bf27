import { afterEach, beforeEach, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { GitId } from '../../core/names.ts';
import { loadRuns } from '../../flows/ledger.ts';
import { handlePush, sweepPushes } from '../../flows/merge.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { makeKey } from '../core/samples.ts';
import { type FlowPorts, flowPorts } from './ports.ts';

const key = makeKey();
const config = (inputs: string): string => `version: 1
models:
  delay:
    inputs: [${inputs}]
    train: { run: python train.py }
policy:
  signing: { keys: [keys/trainyard.pub] }
`;

let world: World;
let ports: FlowPorts;
/** Commits of the default branch, each a push. */
let pushes: GitId[];

beforeEach(async () => {
  world = await startWorld();
  ports = flowPorts(world, key);
  pushes = [
    await world.commit('main', { 'README.md': 'hello\n' }),
    await world.commit('main', {
      [CONFIG_PATH]: config('train.py'),
      'train.py': 'print(1)\n',
      'keys/trainyard.pub': key.public.pem,
    }),
    await world.commit('main', { 'train.py': 'print(2)\n' }),
    await world.commit('main', { 'README.md': 'bye\n' }),
  ];
});
afterEach(() => world.close());

function push(before: number, after: number) {
  const [from, to] = [pushes[before], pushes[after]];
  if (from === undefined || to === undefined) throw new Error('no such push');
  return handlePush(ports, { branch: 'main', before: from, after: to, sender: 'ada' });
}

const records = async () =>
  (await loadRuns(ports, await takePolicySnapshot(ports, pushes[1]))).map(({ record }) => record);

test('the first config trains its models from the default branch', async () => {
  expect(await push(0, 1)).toMatchObject({ code: 'run_accepted' });
  expect(await records()).toMatchObject([{ model: 'delay', commit: pushes[1], policyChange: false }]);
});

test('a push that is heard of late or twice is not handled after the later ones', async () => {
  await push(0, 1);
  expect(await push(1, 2)).toMatchObject({ code: 'stale' });
  expect(await push(1, 2)).toMatchObject({ code: 'ignored' });
  expect(await push(0, 1)).toMatchObject({ code: 'ignored' });
  expect(await push(2, 3)).toMatchObject({ code: 'nothing_to_promote' });
});

test('a push that was missed is made up for before the one that follows it', async () => {
  await ports.inFlight.putProgress('default branch', pushes[0] ?? '');
  expect(await push(1, 2)).toMatchObject({ code: 'stale' });
  expect(await records()).toMatchObject([{ commit: pushes[1] }]);
});

test('a sweep makes up for pushes that nobody told of, once', async () => {
  await push(0, 1);
  expect((await sweepPushes(ports)).map(({ push, outcome }) => [push.after, outcome.code])).toEqual([
    [pushes[2], 'stale'],
    [pushes[3], 'nothing_to_promote'],
  ]);
  expect(await sweepPushes(ports)).toEqual([]);
  expect(await ports.inFlight.progress('default branch')).toBe(pushes[3]);
});

test('a sweep that knows of no push before begins with the present head', async () => {
  expect(await sweepPushes(ports)).toEqual([]);
  expect(await ports.inFlight.progress('default branch')).toBe(pushes[3]);
});

test('a merged tree that can not be assessed says so', async () => {
  await push(0, 3);
  const broken = await world.commit('main', { [CONFIG_PATH]: 'version: 1\nmodels: nothing\n' });
  pushes.push(broken);
  expect(await push(3, 4)).toMatchObject({ code: 'plan_failed' });
});

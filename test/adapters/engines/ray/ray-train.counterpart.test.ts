import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rayEngine } from '../../../../adapters/engines/ray/engine.ts';
import { RayOptions } from '../../../../adapters/engines/ray/options.ts';
import { parseConfig } from '../../../../core/config/parse.ts';
import { packTar, unpackTar } from '../../../../core/packaging/tar.ts';
import type { Observation } from '../../../../core/training/execution.ts';
import type { ComputeEngine, Submission } from '../../../../flows/engine-port.ts';
import { type RayCluster, startCluster } from './cluster.ts';
import { type ObjectServer, startObjectServer } from './store.ts';
import { nextRun, submissionOf } from './submission.ts';

const EXAMPLE = resolve(import.meta.dirname, '../../../../examples/ray-train');
/** Leaves the version of a package of its lock, as itself and as a worker of it find it. */
const WHERE = `
import json, os
from importlib.metadata import version
import ray

ray.init()
worker = ray.get(ray.remote(version).remote("iniconfig"))
with open(os.path.join(os.environ["TRAINYARD_OUTPUT"], "versions.json"), "w") as file:
    json.dump({"command": version("iniconfig"), "worker": worker}, file)
`;
let cluster: RayCluster;
let store: ObjectServer;
let engine: ComputeEngine;

beforeAll(async () => {
  store = await startObjectServer();
  cluster = await startCluster();
  for (const name of ['first', 'second']) await cluster.addMachine(name);
  const { policy } = configOf();
  const options = RayOptions.parse({ ...policy.engine_options.ray, address: cluster.address });
  engine = rayEngine(options, { token: cluster.token });
}, 600_000);
afterAll(async () => {
  await cluster?.stop();
  await store.close();
});

function configOf() {
  const parsed = parseConfig(readFileSync(join(EXAMPLE, '.github/trainyard.yml'), 'utf8'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

function submission(more: Partial<Parameters<typeof submissionOf>[1]> = {}): Submission {
  const example = (path: string) => ({ path, content: readFileSync(join(EXAMPLE, path)), executable: false });
  return submissionOf(store, {
    command: 'python train.py',
    files: [example('train.py'), example('worker.py'), example('data/points.csv')],
    params: { learning_rate: 0.05, epochs: 3, workers: 2 },
    data: { points: { path: 'data/points.csv' } },
    ...more,
  });
}

async function ended({ execution }: Submission): Promise<Extract<Observation, { state: 'ended' }>> {
  for (let turn = 0; turn < 560; turn += 1) {
    const seen = await engine.observe(execution);
    if (seen.state === 'ended') return seen;
    await wait(250);
  }
  throw new Error('expected it to end within 140 s');
}

function filesOf({ execution }: Submission, name: string): ReadonlyMap<string, unknown> {
  const files = unpackTar(store.objects.get(`${execution}/${name}`) ?? Buffer.alloc(0));
  return new Map(files.map(({ path, content }) => [path, JSON.parse(Buffer.from(content).toString('utf8'))]));
}

test('Ray Train trains on two machines, and a further attempt goes on after the last epoch saved', async () => {
  const run = nextRun();
  const first = submission({ run });
  await engine.submit(first);
  const seen = await ended(first);
  const { bytes } = await engine.log(first.execution, null, 1 << 20);
  expect(seen.end, Buffer.from(bytes).toString('utf8')).toEqual({ how: 'succeeded' });
  const output = filesOf(first, 'output.tar');
  expect(output.get('model.json')).toMatchObject({ machines: 2 });
  expect(output.get('metrics.json')).toMatchObject({ accuracy: expect.closeTo(0.96, 2) });
  const points = store.ingested
    .join('')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(points.map(({ step, metric }) => [step, metric])).toEqual([
    [1, 'loss'],
    [2, 'loss'],
    [3, 'loss'],
  ]);

  // As if the first had lost its machine after its third epoch.
  const state = Buffer.from(JSON.stringify({ epoch: 3, weights: [0, 0, 0] }));
  store.objects.set('saved.tar', Buffer.from(packTar([{ path: 'state.json', content: state, executable: false }])));
  const restore = 'saved.tar';
  const second = submission({ run, attempt: 2, restore, params: { learning_rate: 0.05, epochs: 4, workers: 2 } });
  await engine.submit(second);
  expect((await ended(second)).end).toEqual({ how: 'succeeded' });
  const log = await engine.log(second.execution, null, 1 << 20);
  expect(Buffer.from(log.bytes).toString('utf8')).toMatch(/going on after epoch 3\n(.*\n)*?.*epoch 4: loss/);
});

test('packages of the lock are there for the command and for its workers', async () => {
  const hash = '9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7';
  const lock = { path: 'requirements.lock', content: Buffer.from(`iniconfig==2.3.1 --hash=sha256:${hash}\n`) };
  const command = { path: 'where.py', content: Buffer.from(WHERE) };
  const locked = submissionOf(store, {
    command: 'python where.py',
    setup: 'requirements.lock',
    files: [lock, command].map((file) => ({ ...file, executable: false })),
  });
  await engine.submit(locked);
  const seen = await ended(locked);
  const { bytes } = await engine.log(locked.execution, null, 1 << 20);
  expect(seen.end, Buffer.from(bytes).toString('utf8')).toEqual({ how: 'succeeded' });
  expect([...filesOf(locked, 'output.tar').values()]).toEqual([{ command: '2.3.1', worker: '2.3.1' }]);
});

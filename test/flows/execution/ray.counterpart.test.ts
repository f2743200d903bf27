import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { computePort } from '../../../adapters/engines/compute.ts';
import { unpackTar } from '../../../core/packaging/tar.ts';
import { executionId } from '../../../core/training/execution.ts';
import { StoredSource } from '../../../core/training/request.ts';
import { launchRun } from '../../../flows/launch.ts';
import type { Ports } from '../../../flows/ports.ts';
import { tidyStores } from '../../../flows/tidy-stores.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { type RayCluster, startCluster } from '../../adapters/engines/ray/cluster.ts';
import { OWNER, REPO } from '../../adapters/github/world.ts';
import { type Moto, startMoto } from '../../adapters/stores/s3/moto.ts';
import { runId } from '../../core/samples.ts';
import { memory, repository } from '../ports.ts';
import { type Computing, sha256, startComputing } from './world.ts';

/** The flows with a real Ray and a store that speaks S3 (moto), each look at a run by an App that has just started. */
let moto: Moto;
let cluster: RayCluster;
let computing: Computing;

beforeAll(async () => {
  moto = await startMoto('team-runs');
  cluster = await startCluster();
  await cluster.addMachine('first');
}, 600_000);

afterEach(() => computing.close());
afterAll(async () => {
  await cluster.stop();
  await moto.stop();
});

/** Each test's run has an id of its own: the cluster and the store keep what was there before. */
let run = 0;

async function train(script: string, more = ''): Promise<void> {
  run += 1;
  const compute = computePort({
    settings: {
      engines: { kubernetes: null, ray: { address: cluster.address, token: cluster.token } },
      store: {
        buckets: ['team-runs'],
        endpoint: moto.endpoint,
        credentials: moto.credentials,
      },
    },
    repository,
    ingest: async () => null,
    clock: Date.now,
  });
  const policy = `  engine_options: { ray: { address: "${cluster.address}" } }\n`;
  const store = `{ s3: { bucket: team-runs, endpoint: "${moto.endpoint}" } }`;
  computing = await startComputing(more, policy, { compute, store, files: { 'train.py': script } });
  expect(await launchRun(computing.ports, await computing.draft(run))).toMatchObject({ kind: 'launched' });
}

/** An App that was killed and started again knows nothing but what GitHub, the store and the cluster know. */
const restarted = (): Ports => ({ ...computing.ports, inFlight: memory(), clock: { now: () => new Date() } });

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 240; turn += 1) {
    if (await holds()) return;
    await wait(500);
  }
  throw new Error(`${what} did not come about: ${JSON.stringify((await computing.record(run)).state).slice(0, 3000)}`);
}

const state = async () => (await computing.record(run)).state;
const judged = () =>
  until('the judgement', async () => {
    await settleRuns(restarted());
    const now = await state();
    if (now.state === 'failed') throw new Error(`the run has failed: ${now.reason}: ${now.message}`);
    return now.state === 'judging';
  });

/** What the judge workflow run would fetch, by the address that it was dispatched with. */
async function output(): Promise<Record<string, string>> {
  const [inputs] = computing.dispatched;
  const { url, headers, size } = StoredSource.parse(JSON.parse(inputs?.['stored_output'] ?? ''));
  const bytes = Buffer.from(await (await fetch(url, { headers })).arrayBuffer());
  expect([bytes.length, sha256(bytes)]).toEqual([size, inputs?.['artifact_digest']]);
  return Object.fromEntries(unpackTar(bytes).map(({ path, content }) => [path, Buffer.from(content).toString()]));
}

const SIMPLE = `import os, pathlib
print("training")
pathlib.Path(os.environ["TRAINYARD_OUTPUT"], "model.txt").write_text("trained by " + os.environ["TRAINYARD_RUN_ID"])
`;

test('a run is trained and handed to judgement, although the App is started anew before each look', async () => {
  await train(SIMPLE);
  await judged();
  expect(await output()).toEqual({ 'model.txt': `trained by ${runId(run)}` });
}, 180_000);

const RESUMED = `import os, pathlib, time
saved = pathlib.Path(os.environ["TRAINYARD_CHECKPOINT"], "step")
if saved.exists():
    pathlib.Path(os.environ["TRAINYARD_OUTPUT"], "model.txt").write_text("went on at step " + saved.read_text())
else:
    saved.write_text("5")
    time.sleep(600)
`;

test('a run whose machine is lost goes on at its checkpoint on another one', async () => {
  await train(RESUMED, ', checkpoint: { interval: 1s }');
  await until('the checkpoint', async () => {
    await settleRuns(restarted());
    return (await moto.keys('team-runs')).some((key) => key.endsWith(`${runId(run)}/checkpoint.tar`));
  });
  await cluster.loseMachine('first');
  await cluster.addMachine('second');
  await judged();
  expect(await output()).toEqual({ 'model.txt': 'went on at step 5' });
  expect(await state()).toMatchObject({ output: { name: 'attempt-2/output.tar' } });
}, 400_000);

test('what an ended run has left is taken from the store and the cluster once its pull request is closed', async () => {
  await train('raise SystemExit("no")\n');
  await until('its end', async () => {
    await settleRuns(restarted());
    return (await state()).state === 'failed';
  });
  const left = async () => (await moto.keys('team-runs')).filter((key) => key.includes(runId(run)));
  const job = async () => {
    const headers = { authorization: `Bearer ${cluster.token}` };
    return (await fetch(`${cluster.address}/api/jobs/${executionId(runId(run), 1)}`, { headers })).status;
  };
  expect([(await left()).length > 0, await job()]).toEqual([true, 200]);
  const pull = { owner: OWNER, repo: REPO, pull_number: computing.pull, state: 'closed' };
  await computing.world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', pull);
  for (let time = 0; time < 2; time += 1) {
    expect(await tidyStores(restarted())).toEqual([expect.stringContaining('are taken away')]);
    expect([await left(), await job()]).toEqual([[], 404]);
  }
}, 120_000);

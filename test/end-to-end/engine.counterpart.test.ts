import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3Store } from '../../adapters/stores/s3/store.ts';
import { StoreConfig } from '../../core/config/policy.ts';
import { unpackTar } from '../../core/packaging/tar.ts';
import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { EXAMPLE } from '../../scripts/demo/repositories.ts';
import { until } from '../../scripts/demo/wait.ts';
import { type RayCluster, startCluster } from '../adapters/engines/ray/cluster.ts';
import { type Moto, startMoto } from '../adapters/stores/s3/moto.ts';
import { CONFIG, ROWS, TEAM, TRAIN } from './team.ts';
import { openTeamWorld, type Proposed, plain, type TeamWorld } from './world.ts';

/** The App with a real Ray and a store that speaks S3: from a comment to production, and back. */
const BUCKET = 'team-runs';
let moto: Moto;
let ray: RayCluster;
let team: TeamWorld;
let config: string;

const policyOf = () => `policy:
  engines: [runner, ray]
  engine_options: { ray: { address: "${ray.address}" } }
  store: { s3: { bucket: ${BUCKET}, endpoint: "${moto.endpoint}" } }
  locations: [s3://${BUCKET}/data/]
`;

/** Of the identity that reads data, as a team hands it to its workflows. */
const SECRETS = { DATA_AWS_ACCESS_KEY_ID: 'testing', DATA_AWS_SECRET_ACCESS_KEY: 'testing' };
function withIdentity(): Record<string, string> {
  const handed = Object.keys(SECRETS).map((name) => `      ${name}: \${{ secrets.${name} }}\n`);
  const more = `      data_endpoint: ${moto.endpoint}\n    secrets:\n${handed.join('')}`;
  const paths = ['train', 'judge', 'validate'].map((name) => `.github/workflows/trainyard-${name}.yml`);
  return Object.fromEntries(paths.map((path) => [path, `${readFileSync(join(EXAMPLE, path), 'utf8')}${more}`]));
}

beforeAll(async () => {
  moto = await startMoto(BUCKET);
  ray = await startCluster();
  await ray.addMachine('first');
  const train = 'timeout: 10m\n      retries: 2\n      checkpoint: { interval: 1s }\n    evaluate:';
  config = CONFIG.replace('timeout: 10m\n    evaluate:', train).replace('policy:\n', policyOf());
  team = await openTeamWorld('engine', {
    files: { ...TEAM, ...withIdentity(), '.github/trainyard.yml': config },
    settings: {
      TRAINYARD_TIMER_SECONDS: '2',
      TRAINYARD_STORE_BUCKETS: BUCKET,
      TRAINYARD_STORE_ENDPOINT: moto.endpoint,
      TRAINYARD_STORE_ACCESS_KEY_ID: moto.credentials.accessKeyId,
      TRAINYARD_STORE_SECRET_ACCESS_KEY: moto.credentials.secretAccessKey,
      TRAINYARD_RAY_ADDRESS: ray.address,
      TRAINYARD_RAY_TOKEN: ray.token,
    },
  });
  const { github, team: at } = team.world;
  const repository = github.repository(at.owner, at.repo);
  for (const [name, value] of Object.entries(SECRETS)) github.setSecret(repository, name, value);
}, 600_000);

afterAll(async () => {
  team?.assertConforms();
  await team?.close();
  await ray?.stop();
  await moto?.stop();
});

const recordOf = async ({ number }: Proposed) => (await team.runs({ pull: number }))[0]?.record;

async function judged(pull: Proposed) {
  return until(`the judgement of #${pull.number}`, 200, async () => {
    const record = await recordOf(pull);
    if (record?.state.state === 'failed') throw new Error(`${record.state.reason}: ${record.state.message}`);
    return record?.state.state === 'judged' ? { ...record, state: record.state } : undefined;
  });
}

/** Its first attempt, as the cluster knows it. */
async function jobOf(run: string): Promise<readonly [number, unknown]> {
  const headers = { authorization: `Bearer ${ray.token}` };
  const answer = await fetch(`${ray.address}/api/jobs/trainyard-${run.toLowerCase()}-1`, { headers });
  return [answer.status, answer.ok ? await answer.json() : await answer.text()];
}

async function release(pull: Proposed, version: string): Promise<void> {
  await team.check(pull.head, 'trainyard / ready', concluded('success'), 120);
  await squashMerge(team.world, team.world.ada, pull.number);
  await team.comment(pull.number, new RegExp(`merged: greeter@v${version} was promoted`), 120);
}

test('what an engine trained is fetched from the store, judged and promoted by its merge', async () => {
  const pull = await team.propose('feature', { 'greeter/train.py': `${TRAIN}# feature\n` });
  await team.say(pull.number, '/train greeter --engine ray');
  const record = await judged(pull);
  expect(record.state).toMatchObject({
    verdict: 'candidate',
    trainRun: null,
    output: { store: 'run', run: record.run, name: 'attempt-1/output.tar' },
    scanVerdict: 'clean',
    evaluation: { status: 'evaluated' },
    environment: { python: expect.stringMatching(/^3\./), packages: { count: expect.any(Number) } },
  });
  await team.comment(pull.number, /Trained with.*seed 0 · Python 3\./);
  await team.say(pull.number, `/train --repro ${record.run}`);
  const again = await until('the same once more', 120, async () => {
    const newest = await recordOf(pull);
    return newest?.run !== record.run && newest?.state.state === 'judged' ? newest : undefined;
  });
  // By the engine of the run that it repeats, which the config does not name.
  expect(again).toMatchObject({
    order: { request: { engine: 'ray' } },
    state: { reproduction: { kind: 'equal', of: record.run } },
  });
  await release(pull, '1.0.0');
}, 400_000);

const RESUMED = `${TRAIN}# more
import pathlib, time
saved = pathlib.Path(os.environ["TRAINYARD_CHECKPOINT"], "step")
if not saved.exists():
    saved.write_text("5")
    time.sleep(600)
`;

test('a run whose machine is lost goes on elsewhere, under an App that was killed; its version is rolled back to the one before', async () => {
  const pull = await team.propose('more', { 'greeter/train.py': RESUMED });
  await team.say(pull.number, '/train greeter --engine ray');
  await until('the checkpoint', 120, async () => {
    const run = (await recordOf(pull))?.run ?? 'none';
    return (await moto.keys(BUCKET)).some((key) => key.endsWith(`${run}/checkpoint.tar`)) || undefined;
  });
  // Whoever goes on with it knows nothing but what GitHub, the database, the store and the cluster know.
  await team.world.crashApp();
  await ray.loseMachine('first');
  await ray.addMachine('second');
  expect((await judged(pull)).state.output).toMatchObject({ name: 'attempt-2/output.tar' });
  await release(pull, '1.1.0');
  await team.say(pull.number, '/rollback greeter staging to v1.0.0');
  await team.comment(pull.number, /greeter@v1\.0\.0 is in staging/, 60);
}, 600_000);

const BROKEN_OFF = `${TRAIN}# saved
import pathlib, time
saved = pathlib.Path(os.environ["TRAINYARD_CHECKPOINT"], "step")
if not saved.exists():
    saved.write_text("5")
    time.sleep(5)
    raise SystemExit("broken off at step 5")
print("goes on at step", saved.read_text())
`;

test('a run that failed is gone on with by its last checkpoint, from the same head alone', async () => {
  const pull = await team.propose('saved', { 'greeter/train.py': BROKEN_OFF });
  await team.say(pull.number, '/train greeter --engine ray');
  const failed = await until('it breaks off', 120, async () => {
    const record = await recordOf(pull);
    return record?.state.state === 'failed' ? record : undefined;
  });
  await team.say(pull.number, `/train --resume ${failed.run}`);
  const record = await until('the judgement of the run that goes on', 120, async () => {
    const newest = await recordOf(pull);
    return newest?.run !== failed.run && newest?.state.state === 'judged' ? newest : undefined;
  });
  expect(record).toMatchObject({ resumes: failed.run, fingerprint: failed.fingerprint });
  await team.commit('saved', { 'greeter/train.py': `${BROKEN_OFF}# other\n` });
  expect(await team.answer(await team.say(pull.number, `/train --resume ${failed.run}`))).toBe('refused');
  await team.comment(pull.number, /it trained other inputs/);
}, 400_000);

const STAGE = `stages:
  fit:
    cmd: python3 greeter/fit.py
    deps: [greeter/fit.py]
    params: [rate]
    outs: [out/model.json]
    metrics: [metrics.json]
`;
const FIT = TRAIN.replace('out = os.environ["TRAINYARD_OUTPUT"]', 'os.mkdir("out")')
  .replace('os.path.join(out, "model.json")', '"out/model.json"')
  .replace('os.path.join(out, "metrics.json")', '"metrics.json"')
  .replace('"accuracy": 0.999', '"rate": float(open("params.yaml").read().split(":")[1])');

test('a stage of dvc.yaml trains with the parameters of the run, and what it leaves is judged', async () => {
  const pull = await team.propose('stage', {
    '.github/trainyard.yml': config.replace('run: python3 greeter/train.py', 'stage: fit'),
    'dvc.yaml': STAGE,
    'params.yaml': 'rate: 1\n',
    'greeter/fit.py': FIT,
  });
  await team.say(pull.number, '/train greeter --engine ray --set rate=0.25');
  const { state } = await judged(pull);
  expect(state.selfReported).toEqual({ rate: 0.25 });
  expect(state.files?.map(({ path }) => path)).toContain('out/model.json');
}, 300_000);

test('what has a sample is tried on it in a job, and goes to the engine only if that passes', async () => {
  const tried = config.replace('retries: 2', 'retries: 2\n      smoke: { rows: 2 }');
  const files = { '.github/trainyard.yml': tried, 'greeter/train.py': `${TRAIN}# tried\n` };
  const pull = await team.propose('tried', files);
  await team.say(pull.number, '/train greeter --engine ray');
  await judged(pull);
  expect(readFileSync(team.log, 'utf8')).toContain('has passed its trial on a sample');
  const broken = `${TRAIN}if os.environ.get("TRAINYARD_SMOKE"): raise SystemExit("a broken sample")\n`;
  const other = await team.propose('broken', { ...files, 'greeter/train.py': broken });
  await team.say(other.number, '/train greeter --engine ray');
  const record = await until('its trial fails', 90, async () => {
    const now = await recordOf(other);
    return now?.state.state === 'failed' ? now : undefined;
  });
  expect(record.state).toMatchObject({ reason: 'smoke_failed', message: expect.stringContaining('a broken sample') });
  expect(await jobOf(record.run)).toEqual([404, expect.anything()]);
}, 300_000);

test('a run that is cancelled counts as cancelled once the cluster has stopped it', async () => {
  const pull = await team.propose('slow', { 'greeter/train.py': 'import time\nprint("begun")\ntime.sleep(600)\n' });
  await team.say(pull.number, '/train greeter --engine ray');
  const run = await until('its execution', 60, async () => {
    const record = await recordOf(pull);
    return record?.state.state === 'training' ? record.run : undefined;
  });
  await team.check(pull.head, 'trainyard / train: greeter', ({ summary }) => plain(summary).includes('Running'), 60);
  await team.say(pull.number, '/cancel all');
  await until('it is cancelled', 90, async () => (await recordOf(pull))?.state.state === 'cancelled' || undefined);
  expect(await jobOf(run)).toEqual([200, expect.objectContaining({ status: 'STOPPED' })]);
}, 300_000);

/** More than the repository has, so that whoever trained on it shows it. */
const FAR = `${ROWS}5,hey,1\n`;
const digest = (algorithm: string): string => createHash(algorithm).update(FAR).digest('hex');
const md5 = digest('md5');
const remote = (): string =>
  `[core]\n    remote = store\n['remote "store"']\n    url = s3://${BUCKET}/data/dvc\n    endpointurl = ${moto.endpoint}\n`;

test.each<[string, string, string, () => Record<string, string>]>([
  [
    'at a location',
    'data/far.csv',
    `, location: "s3://${BUCKET}/data/far.csv", sha256: ${digest('sha256')}`,
    () => ({}),
  ],
  [
    'under DVC',
    `data/dvc/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`,
    '',
    () => ({ 'data/far.csv.dvc': `outs:\n- md5: ${md5}\n  hash: md5\n  path: far.csv\n`, '.dvc/config': remote() }),
  ],
])(
  'data %s is fetched by a job, and the engine trains on those very bytes',
  async (where, key, pin, files) => {
    expect((await fetch(`${moto.endpoint}/${BUCKET}/${key}`, { method: 'PUT', body: FAR })).ok).toBe(true);
    const far = config.replace('path: data/rows.csv', `path: data/far.csv${pin}`);
    // By now what is merged waits for a checkpoint.
    const code = { 'greeter/train.py': `${TRAIN}# ${where}\n` };
    const changes = { '.github/trainyard.yml': far, ...code, ...files() };
    const pull = await team.propose(where.replaceAll(' ', '-'), changes);
    await team.say(pull.number, '/train greeter --engine ray');
    const record = await judged(pull);
    expect(record.state).toMatchObject({ output: { store: 'run' }, scanVerdict: 'clean' });
    const store = s3Store({
      config: StoreConfig.parse({ s3: { bucket: BUCKET, endpoint: moto.endpoint } }),
      repository: record.repository,
      credentials: moto.credentials,
    });
    const tar = (await store.read(record.run, 'inputs.tar', 1 << 20)) ?? Buffer.alloc(0);
    const inputs = unpackTar(tar).map(({ path, content }) => [path, Buffer.from(content).toString()]);
    expect(inputs).toContainEqual(['data/far.csv', FAR]);
    expect(inputs.some(([path]) => path === 'data/rows.csv')).toBe(false);
    expect(readFileSync(team.log, 'utf8')).toContain(`run ${record.run} has its data fetched`);
  },
  300_000,
);

import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../scripts/demo/wait.ts';
import { type Digests, fetchedByJob } from './ray-data.ts';
import { BUCKET, RayTeam } from './ray-team.ts';
import { TRAIN } from './team.ts';
import type { TeamWorld } from './world.ts';

/** More of engine.counterpart.test.ts. */
let ray: RayTeam;
let team: TeamWorld;

beforeAll(async () => {
  ray = await RayTeam.open('engine-more');
  team = ray.team;
}, 600_000);

afterAll(async () => {
  await ray?.close();
});

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
    const record = await ray.recordOf(pull);
    return record?.state.state === 'failed' ? record : undefined;
  });
  await team.say(pull.number, `/train --resume ${failed.run}`);
  const record = await until('the judgement of the run that goes on', 120, async () => {
    const newest = await ray.recordOf(pull);
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
    '.github/trainyard.yml': ray.config.replace('run: python3 greeter/train.py', 'stage: fit'),
    'dvc.yaml': STAGE,
    'params.yaml': 'rate: 1\n',
    'greeter/fit.py': FIT,
  });
  await team.say(pull.number, '/train greeter --engine ray --set rate=0.25');
  const { state } = await ray.judged(pull);
  expect(state.selfReported).toEqual({ rate: 0.25 });
  expect(state.files?.map(({ path }) => path)).toContain('out/model.json');
}, 300_000);

test('data under DVC is fetched by a job, and the engine trains on those very bytes', async () => {
  const remote = `[core]\n    remote = store\n['remote "store"']\n    url = s3://${BUCKET}/data/dvc\n    endpointurl = ${ray.moto.endpoint}\n`;
  const pointer = ({ md5 }: Digests): string => `outs:\n- md5: ${md5}\n  hash: md5\n  path: far.csv\n`;
  await fetchedByJob(ray, {
    where: 'under DVC',
    key: ({ md5 }) => `data/dvc/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`,
    pin: () => '',
    files: (digests) => ({ 'data/far.csv.dvc': pointer(digests), '.dvc/config': remote }),
  });
}, 300_000);

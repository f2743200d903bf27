import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { concluded } from '../../scripts/demo/observe.ts';
import { squashMerge } from '../../scripts/demo/people.ts';
import { until } from '../../scripts/demo/wait.ts';
import { type Digests, fetchedByJob } from './ray-data.ts';
import { BUCKET, RayTeam } from './ray-team.ts';
import { TRAIN } from './team.ts';
import { type Proposed, plain, type TeamWorld } from './world.ts';

/**
 * The App with a real Ray and a store that speaks S3: from a comment to production, and back. What goes on by a checkpoint,
 * stages of DVC and data under DVC on a real Ray: engine.long.test.ts; in CI, test/flows/execution and the counterpart of DVC.
 */
let ray: RayTeam;
let team: TeamWorld;

beforeAll(async () => {
  ray = await RayTeam.open('engine');
  team = ray.team;
}, 600_000);

afterAll(async () => {
  await ray?.close();
});

/** Its first attempt, as the cluster knows it. */
async function jobOf(run: string): Promise<readonly [number, unknown]> {
  const headers = { authorization: `Bearer ${ray.ray.token}` };
  const answer = await fetch(`${ray.ray.address}/api/jobs/trainyard-${run.toLowerCase()}-1`, { headers });
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
  const record = await ray.judged(pull);
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
    const newest = await ray.recordOf(pull);
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
    const run = (await ray.recordOf(pull))?.run ?? 'none';
    return (await ray.moto.keys(BUCKET)).some((key) => key.endsWith(`${run}/checkpoint.tar`)) || undefined;
  });
  // Whoever goes on with it knows nothing but what GitHub, the database, the store and the cluster know.
  await team.world.crashApp();
  await ray.ray.loseMachine('first');
  await ray.ray.addMachine('second');
  expect((await ray.judged(pull)).state.output).toMatchObject({ name: 'attempt-2/output.tar' });
  await release(pull, '1.1.0');
  await team.say(pull.number, '/rollback greeter staging to v1.0.0');
  await team.comment(pull.number, /greeter@v1\.0\.0 is in staging/, 60);
}, 600_000);

test('what has a sample is tried on it in a job, and goes to the engine only if that passes', async () => {
  const tried = ray.config.replace('retries: 2', 'retries: 2\n      smoke: { rows: 2 }');
  const files = { '.github/trainyard.yml': tried, 'greeter/train.py': `${TRAIN}# tried\n` };
  const pull = await team.propose('tried', files);
  await team.say(pull.number, '/train greeter --engine ray');
  await ray.judged(pull);
  expect(readFileSync(team.log, 'utf8')).toContain('has passed its trial on a sample');
  const broken = `${TRAIN}if os.environ.get("TRAINYARD_SMOKE"): raise SystemExit("a broken sample")\n`;
  const other = await team.propose('broken', { ...files, 'greeter/train.py': broken });
  await team.say(other.number, '/train greeter --engine ray');
  const record = await until('its trial fails', 90, async () => {
    const now = await ray.recordOf(other);
    return now?.state.state === 'failed' ? now : undefined;
  });
  expect(record.state).toMatchObject({ reason: 'smoke_failed', message: expect.stringContaining('a broken sample') });
  expect(await jobOf(record.run)).toEqual([404, expect.anything()]);
}, 300_000);

test('a run that is cancelled counts as cancelled once the cluster has stopped it', async () => {
  const pull = await team.propose('slow', { 'greeter/train.py': 'import time\nprint("begun")\ntime.sleep(600)\n' });
  await team.say(pull.number, '/train greeter --engine ray');
  const run = await until('its execution', 60, async () => {
    const record = await ray.recordOf(pull);
    return record?.state.state === 'training' ? record.run : undefined;
  });
  await team.check(pull.head, 'trainyard / train: greeter', ({ summary }) => plain(summary).includes('Running'), 60);
  await team.say(pull.number, '/cancel all');
  await until('it is cancelled', 90, async () => (await ray.recordOf(pull))?.state.state === 'cancelled' || undefined);
  expect(await jobOf(run)).toEqual([200, expect.objectContaining({ status: 'STOPPED' })]);
}, 300_000);

test('data at a location is fetched by a job, and the engine trains on those very bytes', async () => {
  const pin = ({ sha256 }: Digests) => `, location: "s3://${BUCKET}/data/far.csv", sha256: ${sha256}`;
  await fetchedByJob(ray, { where: 'at a location', key: () => 'data/far.csv', pin, files: () => ({}) });
}, 300_000);

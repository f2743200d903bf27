import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { train } from '../../../actions/train/train.ts';
import { packTar } from '../../../core/packaging/tar.ts';
import type { TrainOrder } from '../../../core/training/request.ts';
import { TrainStatus } from '../../../core/training/status.ts';
import { RUN, trainOrder } from '../orders.ts';
import { lay, openStage, type TestJob } from '../stage.ts';
import { type IngestServer, startIngestServer } from './ingest-server.ts';
import { trainInputs } from './inputs.ts';

const stage = openStage();
let ingest: IngestServer;

beforeAll(async () => {
  ingest = await startIngestServer();
});
afterAll(async () => {
  await ingest.close();
  stage.close();
});

const SAVE = 'echo 1 >"$TRAINYARD_OUTPUT/model"';
const point = (value: string, step = 1) =>
  `echo '{"step":${step},"metric":"loss","value":${value}}' >>"$TRAINYARD_METRICS"`;

/** As the ledger orders it, whatever the commit says. */
async function ordered(
  command: string,
  stall?: TrainOrder['stall'],
  { job = stage.job(), gpus = 0 }: { readonly job?: TestJob; readonly gpus?: number } = {},
): Promise<{ readonly status: TrainStatus; readonly job: TestJob }> {
  const inputs = stage.put({ 'inputs.tar': packTar([{ path: 'a', content: Buffer.from('a'), executable: false }]) });
  const { request } = trainOrder();
  const order = trainOrder({
    command,
    ...(stall === undefined ? {} : { stall }),
    request: { ...request, resources: { gpus, spot: false } },
    checkpoint: { interval: 1, grace: 2 },
    timeout: 60,
  });
  const outputs = await train(
    trainInputs({
      'run-id': RUN,
      order: JSON.stringify(order),
      'artifact-id': String(inputs.id),
      'artifact-digest': inputs.digest,
      'ingest-url': ingest.url,
      'ingest-token': 'token',
    }),
    job,
    stage.artifacts,
    fetch,
  );
  const status = TrainStatus.parse(JSON.parse(stage.take(outputs.artifactId, 'status.json').toString()));
  expect(outputs.reason).toBe(status.reason);
  return { status, job };
}

const warnings = ({ said }: TestJob): readonly string[] => said.filter((line) => line.startsWith('warning: '));
const STOP = { after: 2, stop: true };

describe.concurrent('a command that shows no sign of life', () => {
  test('is told of, and may go on', async () => {
    const { status, job } = await ordered(`sleep 4; ${SAVE}; echo done`, { after: 2, stop: false });
    expect(status).toMatchObject({ reason: 'succeeded', notes: [{ code: 'stalled' }] });
    expect(warnings(job)).toEqual([expect.stringMatching(/Stalled: no log, metric or checkpoint came for \d s/)]);
    expect(job.summaries.join('')).toContain('counted as stalled for a while');
  });

  test('is ended where policy says so, with time for a checkpoint', async () => {
    const job = stage.job({ GITHUB_RUN_ID: '7' });
    const command = `trap 'echo last >"$TRAINYARD_CHECKPOINT/state"; exit 0' TERM; ${SAVE}; while :; do sleep 0.1; done`;
    const { status } = await ordered(command, STOP, { job });
    expect(status).toMatchObject({ reason: 'stalled', notes: [] });
    expect(status.message).toMatch(/^Stalled: no log, .*; policy\.stalled says stop\.$/);
    expect(job.failures.join('')).toContain('training stalled');
    expect(job.summaries.join('')).toContain('❌ Training stalled');
    expect((await stage.artifacts.list()).map(({ name }) => name)).toContain('trainyard-checkpoint-1-000001');
  });

  test('is killed after its grace where it is deaf', async () => {
    const { status } = await ordered(`trap '' TERM; while :; do sleep 0.1; done`, STOP);
    expect(status).toMatchObject({ reason: 'stalled', exitCode: null });
  });

  test('is not watched for silence unless that is configured', async () => {
    const { status, job } = await ordered(`sleep 4; ${SAVE}`, { after: null, stop: true });
    expect(status).toMatchObject({ reason: 'succeeded', notes: [] });
    expect(warnings(job)).toEqual([]);
  });

  test.each([
    ['a progress bar without line ends', `printf '\\r%s' $i`],
    ['metrics', point('0.5', 1).replace('"step":1', `"step":'$i'`)],
    ['checkpoints', `echo $i >"$TRAINYARD_CHECKPOINT/state"`],
  ])('is none while there are %s', async (_, sign) => {
    const { status } = await ordered(`for i in 1 2 3 4 5 6 7 8 9 10 11 12; do ${sign}; sleep 0.5; done; ${SAVE}`, {
      after: 4,
      stop: true,
    });
    expect(status.message).toBe('The command exited with 0.');
  });

  test.each([
    ['the same metric over and over', point('0.5')],
    ['lines that are no metrics', 'echo x >>"$TRAINYARD_METRICS"'],
    ['files elsewhere', 'echo x >>"$TRAINYARD_OUTPUT/log"; echo x >>own.log'],
  ])('is one with nothing but %s', async (_, sign) => {
    const { status } = await ordered(`while :; do ${sign}; sleep 0.2; done`, STOP);
    expect(status.reason).toBe('stalled');
  });
});

describe.concurrent('a loss that is not a number', () => {
  test.each([
    ['among the metrics', `${point('0.5')}; ${point('NaN', 2)}`, 'Its loss is not a number: loss from step 2'],
    ['that is infinite', point('-Infinity', 3), 'Its loss is not a number: loss from step 3'],
    ['in the log', 'printf "epoch 1 lo"; sleep 1.5; echo "ss: nan"', 'Its log says that the loss is not a number'],
  ])('%s ends the command where policy says so', async (_, command, words) => {
    // It goes on to tell of other metrics for as long as it may.
    const flood = `while :; do echo alive; ${point('1').replace('loss', 'accuracy')}; sleep 0.1; done`;
    const { status } = await ordered(`${command}; ${flood}`, { after: null, stop: true });
    expect(status).toMatchObject({ reason: 'stalled', message: `${words}; policy.stalled says stop.` });
  });

  test('is told of without any policy, once, and fails nothing', async () => {
    const { status, job } = await ordered(`${point('NaN')}; sleep 3; ${SAVE}`);
    expect(status).toMatchObject({ reason: 'succeeded', notes: [{ code: 'loss_not_a_number' }] });
    expect(warnings(job)).toEqual(['warning: Its loss is not a number: loss from step 1']);
  });
});

describe.concurrent('GPUs that do nothing', () => {
  /** Stands for the driver's own, as no machine of the tests has a GPU. */
  const machine = (use: string): TestJob => {
    const bin = join(stage.base, `smi-${use.length}-${use.charCodeAt(0)}`);
    const program = `#!/bin/sh\ncase "$1" in *utilization*) echo "0, GPU-1, ${use}" ;; *) echo "NVIDIA A100, 81920, 550.54" ;; esac\n`;
    lay(bin, { 'nvidia-smi': program });
    chmodSync(join(bin, 'nvidia-smi'), 0o755);
    return stage.job({ PATH: `${bin}:${process.env['PATH']}` });
  };
  const busy = `for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do echo $i; sleep 0.5; done; ${SAVE}`;

  test('end a command that asked for them, however much it prints', async () => {
    const { status } = await ordered(busy, { after: 3, stop: true }, { job: machine('0'), gpus: 1 });
    expect(status).toMatchObject({ reason: 'stalled', message: expect.stringContaining('its GPUs have been at 0 %') });
  });

  test.each([
    ['that asked for none', '0', 0],
    ['where they work', '12', 1],
    ['where nvidia-smi can’t tell', '[N/A]', 1],
  ])('end none %s', async (_, use, gpus) => {
    const { status } = await ordered(busy, { after: 3, stop: true }, { job: machine(use), gpus });
    expect(status.message).toBe('The command exited with 0.');
  });
});

test('the App is told what is the matter, and when it is over', async () => {
  const before = ingest.posted.length;
  await ordered(`sleep 4; echo back; sleep 1.5; ${SAVE}`, { after: 2, stop: false });
  const notes = ingest.posted
    .slice(before)
    .flatMap(({ body }) => body.trim().split('\n'))
    .map((line) => JSON.parse(line));
  expect(notes).toEqual([
    { stalled: 'quiet', seconds: expect.any(Number) },
    { stalled: null, seconds: 0 },
  ]);
});

test('a trial on a sample is not watched', async () => {
  const { directory: GITHUB_WORKSPACE } = stage.repository({});
  const job = stage.job({ GITHUB_WORKSPACE });
  const command = `test -z "$TRAINYARD_SMOKE" || sleep 3; ${SAVE}`;
  const given = { command, smoke: 'true', stall: '1s', stalled: 'stop' };
  expect(await train(trainInputs(given), job, stage.artifacts, fetch)).toMatchObject({ reason: 'succeeded' });
});

test('alone, the inputs say what becomes of a command that stalls', async () => {
  const { directory: GITHUB_WORKSPACE } = stage.repository({});
  const job = stage.job({ GITHUB_WORKSPACE });
  const given = { command: 'sleep 60', stall: '1s', stalled: 'stop' };
  expect(await train(trainInputs(given), job, stage.artifacts, fetch)).toMatchObject({ reason: 'stalled' });
  expect(job.failures.join('')).toContain('; the input stalled says stop');
});

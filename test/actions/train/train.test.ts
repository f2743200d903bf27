import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { train } from '../../../actions/train/train.ts';
import { packTar, unpackTar } from '../../../core/packaging/tar.ts';
import type { TrainOrder } from '../../../core/training/request.ts';
import { TrainStatus } from '../../../core/training/status.ts';
import { RUN, trainOrder } from '../orders.ts';
import { openStage, type TestJob } from '../stage.ts';
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

const file = (path: string, text: string, executable = false) => ({ path, content: Buffer.from(text), executable });
const INPUTS = packTar([
  file('data/rows.csv', 'id,word\n1,hello\n'),
  file('src/go.sh', '#!/bin/sh\necho gone\n', true),
]);

interface Run {
  readonly status: TrainStatus;
  readonly job: TestJob;
  readonly files: readonly string[];
  readonly output: Readonly<Record<string, string>>;
}

async function run(
  command: string,
  change: Partial<Record<keyof TrainOrder, unknown>> = {},
  ingestUrl = '',
  job = stage.job(),
  more: Readonly<Record<string, string>> = {},
  tree = INPUTS,
): Promise<Run> {
  const inputs = stage.put({ 'inputs.tar': tree });
  const order = trainOrder({ command, ...change });
  const outputs = await train(
    trainInputs({
      'run-id': RUN,
      order: JSON.stringify(order),
      'artifact-id': String(inputs.id),
      'artifact-digest': inputs.digest,
      'ingest-url': ingestUrl,
      'ingest-token': ingestUrl === '' ? '' : 'token',
      ...more,
    }),
    job,
    stage.artifacts,
    fetch,
  );
  const status = TrainStatus.parse(JSON.parse(stage.take(outputs.artifactId, 'status.json').toString()));
  expect(outputs.reason).toBe(status.reason);
  const files = stage.files(outputs.artifactId);
  const tar = files.includes('output.tar') ? unpackTar(stage.take(outputs.artifactId, 'output.tar')) : [];
  return {
    status,
    job,
    files,
    output: Object.fromEntries(tar.map(({ path, content }) => [path, Buffer.from(content).toString()])),
  };
}

const greedy = { ...trainOrder().request, resources: { gpus: 0, spot: false, memory: 2 ** 50 } };
const SAVE = 'cp "$TRAINYARD_PARAMS" "$TRAINYARD_OUTPUT/params.json"';

test('what the command leaves is handed over', async () => {
  const { status, output, job } = await run('mkdir "$TRAINYARD_OUTPUT/plots"; echo 1 >"$TRAINYARD_OUTPUT/plots/a.csv"');
  expect(status).toMatchObject({ reason: 'succeeded', exitCode: 0 });
  expect(output).toEqual({ 'plots/a.csv': '1\n' });
  expect(job.failures).toEqual([]);
});

test('the training contract holds', async () => {
  const command = `env >"$TRAINYARD_OUTPUT/env"; cat "$TRAINYARD_DATA_ROWS" >"$TRAINYARD_OUTPUT/rows"; ls -A "$TRAINYARD_CHECKPOINT" "$HOME" "$TMPDIR" >"$TRAINYARD_OUTPUT/empty"; ${SAVE}`;
  const { output } = await run(command);
  expect(output['env']).toContain(`TRAINYARD_RUN_ID=${RUN}\n`);
  expect(output['env']).toContain('TRAINYARD_SEED=7\n');
  expect(output['env']).toContain('TRAINYARD_PARAM_LEARNING_RATE=0.1\n');
  expect(output['env']).toContain('TRAINYARD_PARAM_VERBOSE=true\n');
  expect(output['env']).toContain('TRAINYARD_PARAM_NAME=a b\n');
  expect(output['rows']).toBe('id,word\n1,hello\n');
  expect(JSON.parse(output['params.json'] ?? '')).toEqual({ learning_rate: 0.1, verbose: true, name: 'a b' });
});

test('the job’s environment stays outside, but for what GPUs need', async () => {
  const job = stage.job({
    GITHUB_TOKEN: 'secret',
    ACTIONS_RUNTIME_TOKEN: 'secret',
    RUNNER_TEMP: '/tmp',
    RUNNER_TRACKING_ID: 'github_1',
    INPUT_ORDER: 'x',
    AWS_SECRET_ACCESS_KEY: 'secret',
    CUDA_VISIBLE_DEVICES: '0',
    NVIDIA_VISIBLE_DEVICES: 'all',
  });
  const { output } = await run('env >"$TRAINYARD_OUTPUT/env"', {}, '', job);
  expect(output['env']).toContain('CUDA_VISIBLE_DEVICES=0');
  expect(output['env']).toContain('NVIDIA_VISIBLE_DEVICES=all');
  expect(output['env']).not.toMatch(/GITHUB_|ACTIONS_|RUNNER_(?!TRACKING_ID)|INPUT_|AWS_|secret/);
});

test('only the declared inputs are there', async () => {
  const { output } = await run(
    'find . -type f | sort >"$TRAINYARD_OUTPUT/list"; ./src/go.sh >"$TRAINYARD_OUTPUT/said"',
  );
  expect(output).toEqual({ list: './data/rows.csv\n./src/go.sh\n', said: 'gone\n' });
});

test.each([
  ['exits with 3', 'echo broken; exit 3', {}, 'failed', 3],
  ['fails inside a pipe', 'false | true', {}, 'failed', 1],
  ['leaves nothing', 'true', {}, 'no_output', 0],
  ['leaves empty folders only', 'mkdir "$TRAINYARD_OUTPUT/a"', {}, 'no_output', 0],
  ['leaves a link', 'ln -s /etc/passwd "$TRAINYARD_OUTPUT/model"', {}, 'output_invalid', 0],
  ['leaves a pipe', 'mkfifo "$TRAINYARD_OUTPUT/model"', {}, 'output_invalid', 0],
  ['leaves an unsafe name', 'touch "$TRAINYARD_OUTPUT/a:b"', {}, 'output_invalid', 0],
  ['leaves two names that differ in case', 'cd "$TRAINYARD_OUTPUT"; touch a A', {}, 'output_invalid', 0],
  ['leaves too many bytes', 'truncate -s 5G "$TRAINYARD_OUTPUT/model"', {}, 'output_too_large', 0],
  ['runs too long', 'sleep 30', { timeout: 1 }, 'timed_out', null],
  ['kills itself', 'kill -KILL $$', {}, 'failed', null],
  ['calls what is not there', 'no-such-program --train', {}, 'command_not_found', 127],
  ['calls what may not be run', './data/rows.csv', {}, 'command_not_found', 126],
  ['asks for more memory than there is', 'true', { request: greedy }, 'resources_missing', null],
  ['needs a setup that is not supported', 'true', { setup: 'pdm.lock' }, 'setup_failed', null],
])('a command that %s is told so', async (_what, command, change, reason, exitCode) => {
  const { status, files, job } = await run(command, change);
  expect(status).toMatchObject({ reason, exitCode });
  expect(status.message).not.toBe('');
  expect(files).toEqual(['status.json']);
  expect(job.failures).toHaveLength(1);
});

test.each([
  ['is broken', 'learning_rate: [\n'],
  ['names one in several places', 'a: { learning_rate: 1 }\nb: { learning_rate: 2 }\n'],
])('a stage of dvc.yaml whose params.yaml %s is not run: it would train with another value', async (_, params) => {
  const tree = packTar([file('params.yaml', params)]);
  const outs = { outs: ['model.json'], metrics: [], plots: [] };
  const { status, files } = await run('echo 1 >model.json', { stage: outs }, '', stage.job(), {}, tree);
  expect(status).toMatchObject({ reason: 'params_not_written', exitCode: null, seconds: 0 });
  expect(files).toEqual(['status.json']);
  const noted = await run('echo 1 >"$TRAINYARD_OUTPUT/model"', {}, '', stage.job(), {}, tree);
  expect(noted.status).toMatchObject({ reason: 'succeeded', notes: [{ code: 'params_not_written' }] });
});

test('what left the command’s group does not outlive it', async () => {
  const command = `setsid sleep 61 >/dev/null 2>&1 & echo $! >"$TRAINYARD_OUTPUT/pid"; sleep 0.2`;
  const { output } = await run(command);
  const stat = await readFile(`/proc/${output['pid']?.trim()}/stat`, 'utf8').catch(() => 'gone');
  // Killed; whoever is its parent now may not have asked for its exit code yet.
  expect(stat).toMatch(/^gone$|\) Z /);
});

test('a failed run’s log tail says why', async () => {
  const { status } = await run('echo "Traceback: no such column" >&2; exit 1');
  expect(status.logTail).toContain('Traceback: no such column');
});

test('cancelling the job ends training and is told so', async () => {
  const job = stage.job();
  const { raw } = job.log;
  const listening: TestJob = {
    ...job,
    log: {
      ...job.log,
      raw: (chunk) => {
        raw(chunk);
        if (String(chunk).includes('started')) job.controller.abort();
      },
    },
  };
  const { status } = await run('echo started; sleep 60', {}, '', listening);
  expect(status.reason).toBe('cancelled');
});

test('step metrics are posted while training runs and kept in the status', async () => {
  const before = ingest.posted.length;
  const line = (step: number) => `{\\"step\\":${step},\\"metric\\":\\"loss\\",\\"value\\":0.5}`;
  const command = `echo "${line(1)}" >>"$TRAINYARD_METRICS"; sleep 1.5; echo "not json" >>"$TRAINYARD_METRICS"; echo "${line(2)}" >>"$TRAINYARD_METRICS"; ${SAVE}`;
  const { status } = await run(command, { timeout: 20 }, ingest.url);
  expect(status.stepMetrics).toEqual([
    { step: 1, metric: 'loss', value: 0.5 },
    { step: 2, metric: 'loss', value: 0.5 },
  ]);
  expect(ingest.posted.length - before).toBeGreaterThanOrEqual(2);
  expect(ingest.posted[before]).toEqual({
    authorization: 'Bearer token',
    body: '{"step":1,"metric":"loss","value":0.5}\n',
  });
});

test('an ingest endpoint that is gone does not disturb training', async () => {
  const command = `echo '{"step":1,"metric":"loss","value":0.5}' >>"$TRAINYARD_METRICS"; ${SAVE}`;
  const { status } = await run(command, {}, 'http://127.0.0.1:9/ingest');
  expect(status).toMatchObject({ reason: 'succeeded', stepMetrics: [{ step: 1 }] });
});

test('a metrics file that becomes a pipe does not hold training up', async () => {
  const { status } = await run(`rm "$TRAINYARD_METRICS"; mkfifo "$TRAINYARD_METRICS"; sleep 1.2; ${SAVE}`);
  expect(status.reason).toBe('succeeded');
});

test('inputs with another digest are refused before anything runs', async () => {
  const inputs = stage.put({ 'inputs.tar': INPUTS });
  const order = trainOrder({ command: 'true' });
  const other = stage.put({ 'inputs.tar': 'other' });
  await expect(
    train(
      trainInputs({
        'run-id': RUN,
        order: JSON.stringify(order),
        'artifact-id': String(inputs.id),
        'artifact-digest': other.digest,
      }),
      stage.job(),
      stage.artifacts,
      fetch,
    ),
  ).rejects.toMatchObject({ code: 'digest_mismatch' });
});

const onRunner = (attempt = 1): Record<string, string> => {
  return { GITHUB_RUN_ID: '77', GITHUB_RUN_ATTEMPT: String(attempt) };
};

test('a lost training goes on from its checkpoint when the job is run again', async () => {
  const step = (number: number): string =>
    `echo '{"step":${number},"metric":"loss","value":0.5}' >>"$TRAINYARD_METRICS"`;
  const command = `if [ -f "$TRAINYARD_CHECKPOINT/epoch/state" ]; then cat "$TRAINYARD_CHECKPOINT/epoch/state" >"$TRAINYARD_OUTPUT/from"; ${step(4)}
else mkdir "$TRAINYARD_CHECKPOINT/epoch"; echo three >"$TRAINYARD_CHECKPOINT/epoch/state"; ${step(3)}; exit 1; fi`;
  const first = await run(command, {}, '', stage.job(onRunner()));
  expect(first.status).toMatchObject({ reason: 'failed', attempt: 1, resumed: null });
  const second = await run(command, {}, '', stage.job(onRunner(2)));
  expect(second.status).toMatchObject({
    reason: 'succeeded',
    attempt: 2,
    resumed: { attempt: 1, bytes: 6 },
    notes: [],
  });
  expect(second.output['from']).toBe('three\n');
});

test('a checkpoint of another run is not restored, and that is told', async () => {
  const command = 'echo state >"$TRAINYARD_CHECKPOINT/a"; exit 1';
  await run(command, {}, '', stage.job(onRunner()));
  const changed = { ...trainOrder().request, seed: 8 };
  const look = 'ls -A "$TRAINYARD_CHECKPOINT" >"$TRAINYARD_OUTPUT/empty"';
  const { status, output } = await run(look, { request: changed }, '', stage.job(onRunner(2)));
  expect(output['empty']).toBe('');
  expect(status).toMatchObject({ attempt: 1, resumed: null });
  expect(status.notes).toEqual([
    { code: 'checkpoint_not_restored', message: expect.stringContaining('another fingerprint') },
  ]);
});

test('a command whose time is over gets time to write a checkpoint, which is saved', async () => {
  const command = `trap 'echo last >"$TRAINYARD_CHECKPOINT/state"; exit 0' TERM; sleep 30 & wait`;
  const { status } = await run(command, { timeout: 1 }, '', stage.job(onRunner()));
  expect(status.reason).toBe('timed_out');
  const saves = (await stage.artifacts.list()).filter(({ name }) => name.startsWith('trainyard-checkpoint-'));
  const saved = saves.map(({ id }) => stage.take(id, 'objects.bin').toString());
  expect(saved).toContain('last\n');
});

test('what a checkpoint may not hold fails no training, and is told', async () => {
  const command = `ln -s /etc/passwd "$TRAINYARD_CHECKPOINT/latest"; exit 1`;
  const { status } = await run(command, {}, '', stage.job(onRunner()));
  expect(status.notes).toEqual([
    { code: 'checkpoint_not_saved', message: expect.stringContaining('"latest" is no regular file') },
  ]);
});

const trial = (command: string, smoke: object): Promise<Run> =>
  run(command, { smoke: { rows: 1, data: {}, timeout: 5, ...smoke } }, '', stage.job(), { smoke: 'true' });

test('a trial that fails says so before the training is started', async () => {
  const command = 'test "$TRAINYARD_SMOKE" = 1; cat "$TRAINYARD_DATA_ROWS"; exit 4';
  const { status, job, files } = await trial(command, {});
  expect(status).toMatchObject({ reason: 'smoke_failed', exitCode: 4 });
  expect(status.message).toContain('On a sample of the data');
  expect(files).toEqual(['status.json']);
  expect(job.failures).toHaveLength(1);
});

test.each([
  ['ends well', SAVE],
  ['is not done when its time is over', 'sleep 30'],
])('a trial that %s leaves nothing, and is green', async (_what, command) => {
  const inputs = stage.put({ 'inputs.tar': INPUTS });
  const job = stage.job();
  const order = trainOrder({ command, smoke: { rows: 1, data: {}, timeout: 1 } });
  const given = {
    'run-id': RUN,
    order: JSON.stringify(order),
    'artifact-id': String(inputs.id),
    'artifact-digest': inputs.digest,
    smoke: 'true',
  };
  const outputs = await train(trainInputs(given), job, stage.artifacts, fetch);
  expect(outputs).toMatchObject({ reason: 'succeeded', artifactId: '' });
  expect(job.failures).toEqual([]);
});

test('a trial that leaves no output fails', async () => {
  expect((await trial('true', {})).status).toMatchObject({ reason: 'smoke_failed' });
});

test('the machine and its Python are in the status', async () => {
  // As long as a Python takes to start, so that ours has answered on a slow machine, too.
  const { status } = await run(`python3 -c 'import json'; python3 -c 'import json'; ${SAVE}`);
  expect(status.environment).toMatchObject({ lock: null, python: expect.stringMatching(/^3\./), packages: null });
  expect(status.environment?.cpu.count).toBeGreaterThan(0);
});

test('a NaN among the metrics is kept as what it is, posted, and told on the page of the job', async () => {
  const command = `printf '{"step":1,"metric":"auc","value":0.5}\n{"step":2,"metric":"loss","value":NaN}\n' >>"$TRAINYARD_METRICS"; ${SAVE}`;
  const { status, job } = await run(command, {}, ingest.url);
  expect(status.stepMetrics).toEqual([
    { step: 1, metric: 'auc', value: 0.5 },
    { step: 2, metric: 'loss', value: Number.NaN },
  ]);
  expect(status.notes).toEqual([]);
  expect(ingest.posted.at(-1)?.body).toContain('{"step":2,"metric":"loss","value":"NaN"}\n');
  expect(job.summaries.join('')).toContain('not a number from step 2');
});

test.each([
  ['can’t be read', '{"accuracy": high}', 'not valid JSON'],
  ['holds a NaN', '{"accuracy": NaN}', 'accuracy (NaN)'],
])('a metrics.json that %s fails no training, and is told', async (_, text, told) => {
  const { status } = await run(`echo '${text}' >"$TRAINYARD_OUTPUT/metrics.json"`);
  const note = { code: 'self_reported_unreadable', message: expect.stringContaining(told) };
  expect(status).toMatchObject({ reason: 'succeeded', notes: [note] });
});

test('what a stage of dvc.yaml leaves is the output, and its metrics are what training reports', async () => {
  const leaves = { outs: ['model'], metrics: ['metrics.json', 'eval/more.yaml'], plots: ['roc.csv'] };
  const command =
    'mkdir eval; echo m >model; echo x >roc.csv; echo \'{"auc": {"train": 0.9}}\' >metrics.json; echo "loss: 1\nauc: { train: 2 }" >eval/more.yaml';
  const { status, output } = await run(command.replaceAll('\n', "'; echo '"), { stage: leaves });
  expect(status.reason).toBe('succeeded');
  expect(
    Object.keys(output)
      .filter((path) => path !== 'manifest.json')
      .sort(),
  ).toEqual(['eval/more.yaml', 'metrics.json', 'model', 'roc.csv'].map((path) => expect.stringContaining(path)));
});

test('a stage of dvc.yaml that does not leave what it says has left nothing', async () => {
  const { status } = await run('echo m >model', { stage: { outs: ['model', 'other'], metrics: [], plots: [] } });
  expect(status).toMatchObject({ reason: 'no_output', message: expect.stringContaining('left no other') });
});

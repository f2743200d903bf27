import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { train } from '../../../actions/train/train.ts';
import { lay, openStage, type TestJob } from '../stage.ts';
import { trainInputs } from './inputs.ts';

const stage = openStage();
afterAll(() => stage.close());

const FILES = { 'data/rows.csv': 'id,word\n1,"a\nb"\n2,c\n3,d\n', 'src/go.sh': 'echo gone\n' };

/** As an earlier training left it, and somebody committed it. */
const DVCLIVE = { 'dvclive/metrics.json': '{"loss": 0.9}', 'dvclive/plots/metrics/loss.tsv': 'step\tloss\n0\t0.9\n' };

function place(environment: Readonly<Record<string, string>> = {}): {
  readonly job: TestJob;
  readonly workspace: string;
} {
  const { directory: workspace } = stage.repository({});
  lay(workspace, FILES);
  return { job: stage.job({ GITHUB_WORKSPACE: workspace, ...environment }), workspace };
}

const run = (given: Readonly<Record<string, string>>, { job } = place()) =>
  train(
    trainInputs({ ...given, command: given['command'] ?? 'echo 1 >"$TRAINYARD_OUTPUT/model"' }),
    job,
    stage.artifacts,
    fetch,
  );

test('the command finds data, parameters and seed, and its metrics are an output', async () => {
  const command = `cp "$TRAINYARD_DATA_ROWS" "$TRAINYARD_OUTPUT/rows"; printf '{"rate": %s}' "$TRAINYARD_PARAM_RATE" >"$TRAINYARD_OUTPUT/metrics.json"; echo "$TRAINYARD_SEED" >"$TRAINYARD_OUTPUT/seed"; pwd >"$TRAINYARD_OUTPUT/pwd"`;
  const here = place();
  const given = { command, data: 'rows=data/rows.csv', params: 'rate=0.25', seed: '9', 'working-directory': 'src' };
  const outputs = await run(given, here);
  expect(outputs).toMatchObject({ reason: 'succeeded', metrics: '{"rate":0.25}' });
  expect(stage.files(outputs.artifactId)).toEqual(['metrics.json', 'pwd', 'rows', 'seed']);
  expect(stage.take(outputs.artifactId, 'seed').toString()).toBe('9\n');
  expect(stage.take(outputs.artifactId, 'pwd').toString()).toBe(`${join(here.workspace, 'src')}\n`);
  expect(here.job.summaries.join('')).toContain('✅ Trained');
});

test('of the step’s variables the command gets those that are passed, and no other', async () => {
  const here = place({ WANDB_API_KEY: 'key', GITHUB_TOKEN: 'secret', OTHER: 'secret' });
  const outputs = await run({ command: 'env >"$TRAINYARD_OUTPUT/env"', pass: 'WANDB_API_KEY ABSENT' }, here);
  const environment = stage.take(outputs.artifactId, 'env').toString();
  expect(environment).toContain('WANDB_API_KEY=key\n');
  expect(environment).not.toContain('secret');
});

test('what the command leaves elsewhere is gathered', async () => {
  const command = 'mkdir -p models/deep; echo m >models/deep/model.bin; echo r >report.md';
  const outputs = await run({ command, outputs: 'models\nreport.md' });
  expect(stage.files(outputs.artifactId)).toEqual(['models', 'report.md']);
  expect(stage.take(outputs.artifactId, 'models/deep/model.bin').toString()).toBe('m\n');
});

test('what lay in the checkout before is nothing that the command left', async () => {
  const here = place();
  const committed = { 'models/old.bin': 'old', 'models/keep.txt': 'k', ...DVCLIVE };
  lay(here.workspace, committed);
  const without = await run({ command: 'echo 1 >"$TRAINYARD_OUTPUT/x"', outputs: 'models' }, here);
  expect(without).toMatchObject({ reason: 'no_output', metrics: '' });
  expect(here.job.failures.join()).toMatch(/wrote nothing to models: it is as it was before/);
  expect(here.job.summaries.join('')).not.toContain('loss');
  // What the command writes counts with what lies beside it, also where its bytes are the same.
  const again = { job: stage.job({ GITHUB_WORKSPACE: here.workspace }), workspace: here.workspace };
  const command = `printf old >models/old.bin; cp dvclive/metrics.json m; cat m >dvclive/metrics.json`;
  const written = await run({ command, outputs: 'models' }, again);
  expect(written).toMatchObject({ reason: 'succeeded', metrics: '{"loss":0.9}' });
  expect(stage.take(written.artifactId, 'models/keep.txt').toString()).toBe('k');
});

test.each([
  ['fails', { command: 'exit 3' }, 'failed', /exited with 3/],
  ['leaves nothing', { command: 'true' }, 'no_output', /left nothing/],
  ['does not leave what outputs names', { outputs: 'model.bin' }, 'no_output', /left no model\.bin/],
  ['leaves a link as an output', { command: 'ln -s /etc model', outputs: 'model' }, 'output_invalid', /leads out/],
  [
    'leaves a pipe as an output',
    { command: 'mkfifo model', outputs: 'model' },
    'output_invalid',
    /model can’t be copied/,
  ],
  [
    'leaves a folder where a file of that name is kept',
    { command: 'mkdir m; echo 1 >m/x; echo 1 >"$TRAINYARD_OUTPUT/m"', outputs: 'm' },
    'output_invalid',
    /m can’t be copied/,
  ],
  ['takes its output folder away', { command: 'rm -r "$TRAINYARD_OUTPUT"' }, 'no_output', /left nothing/],
  [
    'leaves a file in its place',
    { command: 'rm -r "$TRAINYARD_OUTPUT"; echo > "$TRAINYARD_OUTPUT"' },
    'no_output',
    /./,
  ],
  [
    'leaves a link in its place',
    { command: 'rm -r "$TRAINYARD_OUTPUT"; ln -s . "$TRAINYARD_OUTPUT"' },
    'output_invalid',
    /link took its place/,
  ],
  ['leaves folders without a file', { command: 'mkdir -p "$TRAINYARD_OUTPUT/a/b"' }, 'no_output', /left nothing/],
  [
    'leaves a name that is no UTF-8',
    { command: `echo >"$TRAINYARD_OUTPUT/$(printf 'a\\xff')"` },
    'output_invalid',
    /no UTF-8/,
  ],
  ['names a pattern as an output', { command: 'echo >m.bin', outputs: '*.bin' }, 'no_output', /paths and no patterns/],
  [
    'leaves more than is kept',
    { command: 'mkdir m; truncate -s 5G m/big', outputs: 'm' },
    'output_too_large',
    /m has more than/,
  ],
  ['asks for GPUs that are not there', { resources: 'gpus=64' }, 'resources_missing', /expected 64 GPUs/],
  ['asks for more processors than there are', { resources: 'cpus=4000' }, 'resources_missing', /4000 processors/],
  ['fails on the sample', { command: 'test "$TRAINYARD_SMOKE" != 1', smoke: 'true' }, 'smoke_failed', /On 1000 rows/],
  ['can’t install its lock', { setup: 'src/go.sh' }, 'setup_failed', /file named go\.sh/],
])('training that %s is red and says why', async (_what, given, reason, message) => {
  const here = place();
  expect(await run(given, here)).toMatchObject({ reason, artifactId: '' });
  expect(here.job.failures.join('')).toMatch(message);
});

test('the sample is the first rows, whole, and the training gets all', async () => {
  const command = 'wc -l <"$TRAINYARD_DATA_ROWS"; cp "$TRAINYARD_DATA_ROWS" "$TRAINYARD_OUTPUT/rows"';
  const here = place();
  const outputs = await run({ command, data: 'rows=data/rows.csv', smoke: 'true', 'smoke-rows': '1' }, here);
  expect(stage.take(outputs.artifactId, 'rows').toString()).toBe(FILES['data/rows.csv']);
  // The first row holds a quoted line end: three lines with the header.
  expect(here.job.raw()).toMatch(/\n3\n[\s\S]*\n5\n/);
});

test.each([
  ['data that is not there', { data: 'rows=absent.csv' }, /absent\.csv: expected a file/],
  ['neither command nor order', { command: ' \n' }, /command: expected/],
  ['an output above the working directory', { outputs: '../model' }, /outputs: \.\.\/model: expected a path below/],
  ['the working directory as an output', { outputs: '.' }, /outputs: \.: expected a path below/],
  [
    'a working directory that is a file',
    { 'working-directory': 'src/go.sh' },
    /go\.sh: expected a folder, found a file/,
  ],
  [
    'data elsewhere on the machine',
    { data: 'rows=/dev/zero' },
    /^data: rows: \/dev\/zero: expected a path below the ch/,
  ],
  ['data above the checkout', { data: 'rows=data/../../rows.csv' }, /expected a path below the checkout/],
  [
    'a working directory above the checkout',
    { 'working-directory': '..' },
    /^working-directory: \.\.: expected a path be/,
  ],
  [
    'a working directory elsewhere',
    { 'working-directory': '/tmp' },
    /expected a path below the checkout.*earlier step/,
  ],
  ['a lock above the checkout', { setup: '../requirements.lock' }, /^setup: \.\.\/requirements\.lock: expected a path/],
])('%s is refused before anything runs', async (_what, given, message) => {
  await expect(run(given)).rejects.toThrow(message);
});

test('data that can’t be copied for the sample is named', async () => {
  const here = place();
  execFileSync('mkfifo', [join(here.workspace, 'data/pipe')]);
  await expect(run({ data: 'rows=data', smoke: 'true' }, here)).rejects.toThrow(/^data: rows: can’t be copied/);
  await expect(run({ data: 'rows=data/pipe' }, here)).rejects.toThrow(/found a pipe or a device/);
});

test('files whose names GitHub takes in no artifact are kept in one archive', async () => {
  const here = place();
  const outputs = await run({ command: `cd "$TRAINYARD_OUTPUT"; echo m >'10:30 "best?".bin'; echo 1 >b` }, here);
  expect(outputs.reason).toBe('succeeded');
  const archive = stage.take(outputs.artifactId, 'output.tar');
  expect(execFileSync('tar', ['-xOf', '-', './10:30 "best?".bin'], { input: archive }).toString()).toBe('m\n');
  expect(here.job.said.join('\n')).toContain('artifacts take no file named "10:30 \\"best?\\".bin", so all');
});

test('data behind a link that leads out of the checkout is refused', async () => {
  const here = place();
  symlinkSync('/etc/passwd', join(here.workspace, 'data/users.csv'));
  await expect(run({ data: 'users=data/users.csv' }, here)).rejects.toThrow(/leads out of the checkout/);
});

test('a working directory behind a link that leads out of the checkout is refused', async () => {
  const here = place();
  symlinkSync('/tmp', join(here.workspace, 'data/out'));
  await expect(run({ 'working-directory': 'data/out' }, here)).rejects.toThrow(/leads out of the checkout/);
});

test.each([
  ['params', 'learning rate=1'],
  ['params: expected names of lower-case letters, digits and inner underscores, found My rate', 'My rate=1'],
  ['params', 'rate=1\nother=2\nrate=2'],
  ['data', 'rows=a.csv\nrows=b.csv'],
  ['data', 'rows'],
  ['resources', 'disks=3'],
  ['timeout', '2 hours'],
  ['artifact', '../escape'],
])('a bad %s is refused by its name', (name, value) => {
  expect(() => trainInputs({ [name.split(':')[0] ?? '']: value })).toThrow(name);
});

test.each([
  ['data', 'rows=nope.csv', /^data: rows: nope\.csv: expected a file .* found none; is there a checkout step before/],
  ['working-directory', 'nowhere', /^working-directory: nowhere: expected/],
  ['setup', 'none.lock', /^setup: none\.lock: expected/],
])('a path of %s that is not there is named with its input', async (name, value, message) => {
  await expect(run({ [name]: value })).rejects.toThrow(message);
});

test('a Python that does not answer holds nothing up: it is not named', async () => {
  const here = place();
  for (const name of ['python3', 'python']) {
    const shim = join(here.workspace, 'bin', name);
    lay(here.workspace, { [`bin/${name}`]: '#!/bin/bash\nsleep 600\n' });
    chmodSync(shim, 0o755);
  }
  const job = { ...here.job, environment: { ...here.job.environment, PATH: `${here.workspace}/bin:/usr/bin:/bin` } };
  expect(await run({}, { job, workspace: here.workspace })).toMatchObject({ reason: 'succeeded' });
  expect(here.job.summaries.join('')).toMatch(/<sub>(?!.*Python)/);
});

describe('an artifact of the name that is there already', () => {
  const made = (text: string) => ({ command: `echo ${text} >"$TRAINYARD_OUTPUT/model"`, artifact: 'matrix' });

  test('is another job’s, and stays; the output is kept beside it, and the log says how', async () => {
    const first = await run(made('a'));
    const here = place();
    const second = await run(made('b'), here);
    expect(stage.take(first.artifactId, 'model').toString()).toBe('a\n');
    expect(stage.take(second.artifactId, 'model').toString()).toBe('b\n');
    expect(here.job.said.join('\n')).toContain('give each job of a matrix a name of its own');
  });

  test('is of the attempt before, and makes room, where the job is run again', async () => {
    const before = await run({ ...made('a'), artifact: 'again' });
    await run({ ...made('b'), artifact: 'again' }, place({ GITHUB_RUN_ATTEMPT: '2' }));
    const names = (await stage.artifacts.list()).filter(({ name }) => name.startsWith('again'));
    expect(names).toHaveLength(1);
    expect(String(names[0]?.id)).not.toBe(before.artifactId);
  });
});

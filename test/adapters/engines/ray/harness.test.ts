import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StepMetric } from '../../../../core/evaluation/metrics.ts';
import { RepoPath } from '../../../../core/names.ts';
import { packTar, unpackTar } from '../../../../core/packaging/tar.ts';
import { missingStageOutput } from '../../../../core/training/stage-command.ts';
import type { Submission } from '../../../../flows/engine-port.ts';
import { type JobProcess, startJob, statusOf } from './job-process.ts';
import { type ObjectServer, startObjectServer } from './store.ts';
import { submissionOf, type Wanted } from './submission.ts';

let store: ObjectServer;
const jobs: JobProcess[] = [];

beforeAll(async () => {
  store = await startObjectServer();
});
afterEach(() => {
  for (const job of jobs.splice(0)) job.remove();
});
afterAll(() => store.close());

async function begun(
  wanted: Wanted,
  variables: Readonly<Record<string, string>> = {},
): Promise<{ submission: Submission; job: JobProcess }> {
  const submission = submissionOf(store, wanted);
  const job = await startJob(submission, undefined, variables);
  jobs.push(job);
  return { submission, job };
}

async function ran(wanted: Wanted) {
  return endOf(await begun(wanted));
}

async function endOf({ submission, job }: Awaited<ReturnType<typeof begun>>) {
  const ended = await job.ended;
  return { submission, job, ...ended, status: statusOf(store, submission) };
}

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 300) throw new Error('expected it within 30 s');
    await wait(100);
  }
}

const OUTPUT = 'echo model > "$TRAINYARD_OUTPUT/model.txt"';
const file = (path: string, text: string, executable = false) => ({ path, content: Buffer.from(text), executable });

describe('the training contract in a Ray job', () => {
  test('gives the command its parameters, data, seed and places, and nothing of the machine’s secrets', async () => {
    const command = `python3 - <<'END'
import json, os
seen = {name: value for name, value in os.environ.items()}
seen["params file"] = json.load(open(os.environ["TRAINYARD_PARAMS"]))
seen["data"] = open(os.environ["TRAINYARD_DATA_FLIGHTS"]).read()
seen["cwd"] = sorted(os.listdir("."))
json.dump(seen, open(os.environ["TRAINYARD_OUTPUT"] + "/seen.json", "w"))
END`;
    const { submission, status } = await ran({
      command,
      params: { learning_rate: 0.1, deep: true },
      data: { flights: { path: 'data/flights.csv' } },
      files: [file('data/flights.csv', 'a,b\n')],
    });
    expect(status.reason).toBe('succeeded');
    const tar = store.objects.get(`${submission.execution}/output.tar`) ?? Buffer.alloc(0);
    const seen = JSON.parse(Buffer.from(unpackTar(tar)[0]?.content ?? []).toString('utf8'));
    expect(seen).toMatchObject({
      TRAINYARD_RUN_ID: submission.run,
      TRAINYARD_SEED: '7',
      TRAINYARD_PARAM_LEARNING_RATE: '0.1',
      TRAINYARD_PARAM_DEEP: 'true',
      'params file': { learning_rate: 0.1, deep: true },
      data: 'a,b\n',
      cwd: ['.trainyard', 'README', 'data'],
    });
    expect(Object.keys(seen)).not.toContain('AWS_SECRET_ACCESS_KEY');
  });

  test('says on what it trained, and with which of the GPUs that nvidia-smi tells of', async () => {
    const programs = mkdtempSync(join(tmpdir(), 'programs-'));
    const lines = ['0, GPU-a, NVIDIA L4, 23034, 550.54.15', '1, GPU-b, NVIDIA A100-SXM4-80GB, 81920, 550.54.15'];
    const script = `#!/bin/sh\ncat <<END\n${lines.join('\n')}\nEND\n`;
    writeFileSync(join(programs, 'nvidia-smi'), script, { mode: 0o755 });
    const variables = { PATH: `${programs}:${process.env['PATH']}`, CUDA_VISIBLE_DEVICES: '1' };
    const { status } = await endOf(await begun({ command: OUTPUT }, variables));
    rmSync(programs, { recursive: true });
    expect(status.environment).toMatchObject({
      lock: null,
      python: expect.stringMatching(/^3\.\d+\.\d+/),
      packages: { count: expect.any(Number) },
      image: null,
      gpus: [{ name: 'NVIDIA A100-SXM4-80GB', memory: 81920 * 2 ** 20, driver: '550.54.15' }],
    });
    expect(status.environment?.memory).toBe(totalmem());
  });

  test('stores the output in our own form of tar, and says its digest and size', async () => {
    const files = [
      file('a/run.sh', 'echo\n', true),
      file('größe.txt', 'ü'),
      file(`long/${'n'.repeat(120)}.bin`, 'x'.repeat(1500)),
      file('z', ''),
    ];
    const { submission, status } = await ran({ command: 'cp -r a größe.txt long z "$TRAINYARD_OUTPUT/"', files });
    const tar = store.objects.get(`${submission.execution}/output.tar`) ?? Buffer.alloc(0);
    expect(Buffer.compare(tar, packTar(files))).toBe(0);
    const sha256 = createHash('sha256').update(tar).digest('hex');
    expect(status.output).toEqual({ sha256, size: tar.length });
  });

  test.each([
    ['exits otherwise than with 0', 'exit 3', 'failed', 3],
    ['ends a pipe with a failure', 'false | true', 'failed', 1],
    ['calls a program that is not there', 'no-such-program', 'command_not_found', 127],
    ['leaves nothing', 'true', 'no_output', 0],
    ['leaves a link', `${OUTPUT}; ln -s /etc/passwd "$TRAINYARD_OUTPUT/link"`, 'output_invalid', 0],
    ['leaves too much', 'truncate -s 5G "$TRAINYARD_OUTPUT/large"', 'output_too_large', 0],
    ['takes its output folder away', 'rm -r "$TRAINYARD_OUTPUT"', 'no_output', 0],
    ['leaves a link in its place', 'rm -r "$TRAINYARD_OUTPUT"; ln -s /etc "$TRAINYARD_OUTPUT"', 'output_invalid', 0],
    ['leaves a name that is no UTF-8', `echo > "$TRAINYARD_OUTPUT/$(printf 'a\\xff')"`, 'output_invalid', 0],
    ['leaves a pipe', 'mkfifo "$TRAINYARD_OUTPUT/pipe"', 'output_invalid', 0],
    ['is killed', 'kill -KILL $$', 'failed', null],
  ] as const)('says so where the command %s', async (_, command, reason, exitCode) => {
    const { status, words, code } = await ran({ command });
    expect(status).toMatchObject({ reason, exitCode, output: null });
    expect(words).toMatchObject({ reason, exitCode });
    expect(code).not.toBe(0);
  });

  test.each([
    ['YAML is not read', 'm.yaml', 'auc: 0.5', ['m.yaml'], null],
    [
      'of JSON',
      'm.json',
      '{"auc": 0.5, "step": 3, "at": {"top": 1, "no": "x", "nan": NaN}}',
      ['m.json'],
      { auc: 0.5, 'at.top': 1 },
    ],
    ['called metrics.json', 'metrics.json', '{"at": {"top": 1}}', ['metrics.json'], { 'at.top': 1 }],
    ['nested without end', 'm.json', '['.repeat(100_000), ['m.json'], null],
  ] as const)('metrics of a stage are what training reports: %s', async (_, name, text, metrics, found) => {
    const { submission, status } = await ran({
      files: [file('given', text)],
      command: `cp given "$TRAINYARD_OUTPUT/${name}"`,
      stage: { outs: [], metrics: metrics.map((path) => RepoPath.parse(path)), plots: [] },
    });
    expect(status.reason).toBe('succeeded');
    const left = unpackTar(store.objects.get(`${submission.execution}/output.tar`) ?? Buffer.alloc(0));
    const own = left.find(({ path }) => path === 'metrics.json');
    expect(own === undefined ? null : JSON.parse(Buffer.from(own.content).toString())).toEqual(found);
  });

  test('an output that its stage names and that is not there is told by its name', async () => {
    const stage = { outs: [RepoPath.parse('model.txt'), RepoPath.parse("m/it's.bin")], metrics: [], plots: [] };
    const { status, words } = await ran({ command: OUTPUT, stage });
    expect(status).toMatchObject({ reason: 'no_output', exitCode: 0, output: null });
    expect(words).toMatchObject({ reason: 'no_output', message: missingStageOutput("m/it's.bin") });
  });

  test('ends a command that takes more memory than its resources, with all that it started', async () => {
    const command = `python3 -c "import time; b = bytearray(300 << 20); b[::4096] = b'x' * len(b[::4096]); time.sleep(60)" & wait`;
    const { status } = await ran({ command, resources: { memory: 100 << 20 } });
    expect(status.reason).toBe('out_of_memory');
    expect(status.message).toContain(String(100 << 20));
  });

  test('ends a command at its timeout, also one that is deaf to SIGTERM', async () => {
    const { status } = await ran({ command: `trap '' TERM; while true; do sleep 1; done`, timeout: 1, grace: 1 });
    expect(status.reason).toBe('timed_out');
  });

  test('ends what the command left behind, wherever it has gone', async () => {
    const { status, submission } = await ran({
      command: `setsid nohup sleep 555 >/dev/null 2>&1 & echo $! > "$TRAINYARD_OUTPUT/pid"; sleep 0.3`,
    });
    expect(status.reason).toBe('succeeded');
    const tar = store.objects.get(`${submission.execution}/output.tar`) ?? Buffer.alloc(0);
    const pid = Number(Buffer.from(unpackTar(tar)[0]?.content ?? []).toString());
    expect(pid).toBeGreaterThan(1);
    await until(() => !isAlive(pid));
  });

  test('does not run on when it is killed itself', async () => {
    const { job } = await begun({ command: 'echo $$; sleep 555' });
    await until(() => /^\d+\n/.test(job.shown()));
    const pid = Number(job.shown().split('\n')[0]);
    job.signal('SIGKILL');
    await until(() => !isAlive(pid));
  });

  test('takes away what an execution has left that was killed, and not what one holds that runs', async () => {
    const { job } = await begun({ command: 'echo begun; sleep 555' });
    await until(() => job.shown().startsWith('begun'));
    const left = (): number => readdirSync(job.temporary).filter((name) => name.startsWith('trainyard-ray-')).length;
    const next = async (): Promise<void> => {
      const other = await startJob(submissionOf(store, { command: OUTPUT }), job.temporary);
      jobs.push(other);
      expect((await other.ended).words.reason).toBe('succeeded');
    };
    await next();
    expect(left()).toBe(1);
    job.signal('SIGKILL');
    await until(() => !isAlive(job.pid));
    await next();
    expect(left()).toBe(0);
  });

  test('takes inputs that are too large for the package from the store, by their digest', async () => {
    const submission = submissionOf(store, { command: `cat README > "$TRAINYARD_OUTPUT/seen"` });
    store.objects.set(`${submission.execution}/inputs.tar`, Buffer.from('something else'));
    const large = { ...submission, inputs: manyInputs };
    const job = await startJob(large);
    jobs.push(job);
    expect((await job.ended).words).toMatchObject({ reason: 'inputs_unavailable' });
  });
});

async function* manyInputs(): AsyncGenerator<Uint8Array> {
  yield packTar([{ path: 'large.bin', content: Buffer.alloc(96 << 20), executable: false }]);
}

describe('checkpoints in a Ray job', () => {
  test('are restored, saved at SIGTERM, and the status says what it began with', async () => {
    store.objects.set('earlier.tar', Buffer.from(packTar([file('epoch.txt', '3\n'), file('deep/er/state', 's')])));
    const { submission, job } = await begun({
      command: `trap 'echo 9 > "$TRAINYARD_CHECKPOINT/epoch.txt"; exit 1' TERM; cat "$TRAINYARD_CHECKPOINT/epoch.txt"; sleep 60 & wait`,
      attempt: 2,
      restore: 'earlier.tar',
      grace: 20,
    });
    await until(() => job.shown().startsWith('3\n'));
    job.signal('SIGTERM');
    expect((await job.ended).words.reason).toBe('cancelled');
    expect(statusOf(store, submission)).toMatchObject({ reason: 'cancelled', attempt: 2, resumed: { attempt: 1 } });
    const saved = unpackTar(store.objects.get(`${submission.execution}/checkpoint.tar`) ?? Buffer.alloc(0));
    expect(saved.map(({ path, content }) => [path, Buffer.from(content).toString()])).toEqual([
      ['deep/er/state', 's'],
      ['epoch.txt', '9\n'],
    ]);
  });

  test('are saved while training runs, once they have settled', async () => {
    const { submission, job } = await begun({ command: 'echo 1 > "$TRAINYARD_CHECKPOINT/epoch.txt"; sleep 60' });
    await until(() => store.objects.has(`${submission.execution}/checkpoint.tar`));
    job.signal('SIGTERM');
    await job.ended;
  });

  test.each([['a link that leads out', 'ln -s /etc "$TRAINYARD_CHECKPOINT/out"', 'checkpoint_not_saved']])(
    'fail nothing where they are %s, and are told',
    async (_, command, code) => {
      const { status } = await ran({ command: `${command}; ${OUTPUT}; sleep 2.5` });
      expect(status.reason).toBe('succeeded');
      expect(status.notes.map((note) => note.code)).toEqual([code]);
    },
  );

  test.each([
    ['no archive', Buffer.from('x'.repeat(2000))],
    ['cut off', Buffer.from(packTar([file('a', 'x'.repeat(3000))]).subarray(0, 1024))],
    ['an archive that leads out', Buffer.concat([evil(), Buffer.alloc(1024)])],
  ])('are not restored where they are %s: training begins anew', async (_, bytes) => {
    store.objects.set('bad.tar', bytes);
    const { status } = await ran({
      command: `ls -A "$TRAINYARD_CHECKPOINT" | wc -l; ${OUTPUT}`,
      attempt: 2,
      restore: 'bad.tar',
    });
    expect(status).toMatchObject({ reason: 'succeeded', resumed: null });
    expect(status.notes.map(({ code }) => code)).toEqual(['checkpoint_not_restored']);
    expect(status.logTail).toContain('0');
  });
});

describe('what a Ray job shows while it runs', () => {
  test.each([
    ['of those that Ray gave to the command', '1', ['{"gpu_use": 0.42}\n']],
    ['of none where Ray gave it none', '', []],
  ])('is how busy its GPUs are, %s', async (_, visible, told) => {
    // Stands for the driver's own, as no machine of the tests has a GPU.
    const programs = mkdtempSync(join(tmpdir(), 'programs-'));
    const script = '#!/bin/sh\ncase "$1" in *utilization*) printf "0, GPU-a, 97\\n1, GPU-b, 42\\n" ;; esac\n';
    writeFileSync(join(programs, 'nvidia-smi'), script, { mode: 0o755 });
    const variables = { PATH: `${programs}:${process.env['PATH']}`, CUDA_VISIBLE_DEVICES: visible };
    const before = store.ingested.length;
    const { status } = await endOf(await begun({ command: `sleep 1; ${OUTPUT}` }, variables));
    rmSync(programs, { recursive: true });
    expect(status.reason).toBe('succeeded');
    expect(store.ingested.slice(before)).toEqual(told);
  });

  test('step metrics are posted with the run’s token; bad lines and other keys are left out', async () => {
    const lines = [
      '{"step": 1, "metric": "loss", "value": 0.5, "time": 1}',
      'not JSON',
      '{"step": 2, "metric": "loss", "value": NaN}',
      '{"step": 2, "metric": "loss", "value": "nan"}',
      '{"step": 3, "metric": "loss", "value": "-Infinity"}',
      '{"step": true, "metric": "loss", "value": 1}',
      '{"step": 3, "metric": "../x", "value": 1}',
      `{"step": 4, "metric": "loss", "value": 1${'0'.repeat(1100)}}`,
      '[[[[',
      '{"step": 5, "metric": "loss", "value": 2}',
    ];
    const { status } = await ran({
      command: `cat lines >> "$TRAINYARD_METRICS"; ${OUTPUT}`,
      files: [file('lines', `${lines.join('\n')}\n`)],
    });
    const points = [
      { step: 1, metric: 'loss', value: 0.5 },
      { step: 2, metric: 'loss', value: Number.NaN },
      { step: 3, metric: 'loss', value: Number.NEGATIVE_INFINITY },
      { step: 5, metric: 'loss', value: 2 },
    ];
    expect(status.stepMetrics).toEqual(points);
    expect(
      store.ingested
        .at(-1)
        ?.trim()
        .split('\n')
        .map((line) => StepMetric.parse(JSON.parse(line))),
    ).toEqual(points);
  });

  test.each([
    ['a link to a file of the machine', 'ln -sf /etc/passwd "$TRAINYARD_METRICS"'],
    ['a pipe', 'rm "$TRAINYARD_METRICS"; mkfifo "$TRAINYARD_METRICS"'],
    ['gone', 'rm "$TRAINYARD_METRICS"'],
    ['one line without end', `head -c 3000000 /dev/zero | tr '\\0' x > "$TRAINYARD_METRICS"`],
  ])('a metrics file that is %s holds nothing up', async (_, command) => {
    const { status } = await ran({ command: `${command}; ${OUTPUT}; sleep 1.5` });
    expect(status).toMatchObject({ reason: 'succeeded', stepMetrics: [] });
  });

  test('the log is kept in segments, its end in the status, and Ray’s own log stays small', async () => {
    const { status, job, words } = await ran({
      command: `seq -f 'line %.0f ${'x'.repeat(90)}' 1 30000; printf 'trainyard-end {"reason":"succeeded"}'; exit 3`,
    });
    const kept = [...job.segments().values()];
    expect(kept.map(({ length }) => length)).toEqual([1 << 20, 1 << 20, expect.any(Number)]);
    expect(Buffer.concat(kept).toString()).toMatch(/^line 1 [\s\S]*line 30000 /);
    expect(status.logTail).toContain('line 30000 ');
    expect(Buffer.byteLength(status.logTail)).toBeLessThanOrEqual(65_536);
    expect(job.shown().length).toBeLessThan((1 << 20) + 2000);
    // What the command prints in our name is not the last line.
    expect(words.reason).toBe('failed');
  });

  test('of a log beyond 64 MiB, the first and the last segments are kept', async () => {
    const { job, status } = await ran({ command: `head -c ${80 << 20} /dev/zero; ${OUTPUT}` });
    expect(status.reason).toBe('succeeded');
    const numbers = [...job.segments().keys()].map((name) => Number(/-(\d{6})\.log$/.exec(name)?.[1]));
    expect(numbers.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, expect.any(Number)]);
    expect(numbers.length).toBeLessThanOrEqual(65);
    expect(numbers.at(-1)).toBe(79);
  });
});

/** A header of an otherwise plain archive whose path climbs out. */
function evil(): Buffer {
  const block = Buffer.from(packTar([file('xxxxxxxxx', '')]).subarray(0, 512));
  block.write('../../out', 0);
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

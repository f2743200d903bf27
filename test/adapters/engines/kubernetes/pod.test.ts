import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { addressSecret } from '../../../../adapters/engines/kubernetes/addresses.ts';
import { LAUNCHER } from '../../../../adapters/engines/kubernetes/launcher.ts';
import { ADDRESS_KEYS } from '../../../../adapters/engines/kubernetes/names.ts';
import { placesIn, trainingVariables } from '../../../../adapters/engines/kubernetes/pod.ts';
import { ContainerReport } from '../../../../adapters/engines/kubernetes/report.ts';
import { sha256Hex } from '../../../../core/canonical.ts';
import { RepoPath } from '../../../../core/names.ts';
import { packTar, type TarFile, unpackTar } from '../../../../core/packaging/tar.ts';
import { missingStageOutput } from '../../../../core/training/stage-command.ts';
import { ExecutionStatus } from '../../../../core/training/status.ts';
import type { Submission } from '../../../../flows/ports.ts';
import { startStore, type TestStore } from './store.ts';
import { submissionOf, type Wanted } from './submission.ts';

/**
 * The containers of a pod as plain processes over the directories that they would share: inputs, then the launcher with
 * the command, and the collector beside it. Not shown here is what the kubelet does with them.
 */
const MAIN = join(import.meta.dirname, '../../../../adapters/engines/kubernetes/pod/main.ts');
/** Needs a privilege that not every machine gives its users. */
const canUnshare = spawnSync('unshare', ['--pid', '--fork', 'true']).status === 0;
let store: TestStore;
let base: string;
let children: ChildProcess[];

beforeEach(async () => {
  store = await startStore();
  base = await mkdtemp(join(tmpdir(), 'trainyard-pod-'));
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await store.close();
  await rm(base, { recursive: true, force: true });
});

const file = (path: string, text: string): TarFile => ({ path, content: Buffer.from(text), executable: false });
const INPUTS = [file('data/flights.csv', 'a,b\n1,2\n'), file('train.py', 'pass\n')];

interface Run {
  readonly inputs: ContainerReport | null;
  readonly exitCode: number | null;
  readonly printed: string;
  readonly report: ContainerReport | null;
  readonly status: ExecutionStatus | null;
}

function submission(wanted: Wanted, files: readonly TarFile[], restore: Buffer | null): Submission {
  const tar = Buffer.from(packTar(files));
  store.objects.set('inputs.tar', tar);
  if (restore !== null) store.objects.set('old-checkpoint.tar', restore);
  const at = (method: 'GET' | 'PUT', name: string) => ({ method, url: `${store.url}/${name}?signed`, headers: {} });
  const made = submissionOf(1, wanted);
  return {
    ...made,
    store: {
      inputs: { ...at('GET', 'inputs.tar'), sha256: sha256Hex(tar) },
      output: at('PUT', 'output.tar'),
      status: at('PUT', 'status.json'),
      restore: restore === null ? null : at('GET', 'old-checkpoint.tar'),
      checkpoint: at('PUT', 'checkpoint.tar'),
    },
    ingest: { url: `${store.url}/ingest`, token: 'for-display-only' },
  };
}

interface Case extends Wanted {
  readonly files?: readonly TarFile[];
  readonly restore?: Buffer | null;
  readonly tamper?: (submission: Submission) => Submission;
  readonly during?: (launcher: ChildProcess) => Promise<void>;
  /** Runs the launcher as the first process of a namespace of processes, as a container does. */
  readonly first?: boolean;
  /** Of several, from 0. */
  readonly machine?: number;
  /** A folder whose programs the image has before all others. */
  readonly programs?: string;
}

async function runPod({
  files = INPUTS,
  restore = null,
  tamper = (it) => it,
  during,
  first = false,
  machine = 0,
  programs,
  ...wanted
}: Case): Promise<Run> {
  const given = tamper(submission(wanted, files, restore));
  const { stringData } = addressSecret(given, 'trainyard-runs', []);
  const secrets = join(base, 'secrets');
  const shared = join(base, 'shared');
  for (const folder of [secrets, shared, join(base, 'scratch')]) await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(stringData)) await writeFile(join(secrets, name), text);
  const ours = (name: 'inputs' | 'collector') =>
    start(process.execPath, [MAIN, name], {
      PATH: process.env['PATH'] ?? '',
      TRAINYARD_BASE: shared,
      TRAINYARD_SCRATCH: join(base, 'scratch'),
      TRAINYARD_ADDRESSES: join(secrets, ADDRESS_KEYS[name]),
      TRAINYARD_LAST_WORDS: join(base, `${name}.last-words`),
      TRAINYARD_NODE: String(machine),
    });
  const inputs = ours('inputs');
  if ((await inputs.ended).code !== 0) {
    return { inputs: await reportOf('inputs'), exitCode: null, printed: '', report: null, status: null };
  }
  const collector = ours('collector');
  const variables = trainingVariables(given, { environment: {} }, placesIn(shared));
  const launched = ['/bin/sh', '-c', LAUNCHER, 'trainyard', given.order.command];
  const [program = '', ...args] = first ? ['unshare', '--pid', '--fork', '--kill-child', ...launched] : launched;
  const image = [programs, process.env['PATH']].filter((one) => one !== undefined).join(':');
  const environment = { PATH: image, ...variables, TRAINYARD_GRACE: '1', TRAINYARD_COLLECT: '30' };
  const train = start(program, args, environment, join(shared, 'tree'));
  await during?.(train.child);
  const { code, printed } = await train.ended;
  // As the kubelet does once the containers that count have ended.
  collector.child.kill('SIGTERM');
  await collector.ended;
  const status = store.objects.get('status.json');
  return {
    inputs: null,
    exitCode: code,
    printed,
    report: await reportOf('collector'),
    status: status === undefined ? null : ExecutionStatus.parse(JSON.parse(status.toString('utf8'))),
  };
}

function start(program: string, args: readonly string[], env: Record<string, string>, cwd?: string) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) });
  children.push(child);
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  const ended = once(child, 'close').then(([code]: (number | null)[]) => ({ code: code ?? null, printed }));
  return { child, ended };
}

async function reportOf(name: string): Promise<ContainerReport | null> {
  const text = await readFile(join(base, `${name}.last-words`), 'utf8').catch(() => null);
  return text === null ? null : ContainerReport.parse(JSON.parse(text));
}

const TRAINS = `cat "$TRAINYARD_DATA_FLIGHTS"; echo '{"step":1,"metric":"loss","value":0.5}' >> "$TRAINYARD_METRICS"
echo "rate $TRAINYARD_PARAM_RATE seed $TRAINYARD_SEED"; sleep 1.5; echo model > "$TRAINYARD_OUTPUT/model.txt"`;

describe('a pod’s programs, one after the other', () => {
  test('train on the declared inputs and hand the output over under its digest, the status last', async () => {
    const run = await runPod({ command: TRAINS });
    expect(run.exitCode).toBe(0);
    expect(run.printed).toBe('a,b\n1,2\nrate 0.1 seed 7\n');
    expect(run.report).toMatchObject({ reason: 'succeeded', exitCode: 0 });
    const output = store.objects.get('output.tar') ?? Buffer.alloc(0);
    expect(run.status?.output).toEqual({ sha256: sha256Hex(output), size: output.length });
    expect(unpackTar(output).map(({ path }) => path)).toEqual(['model.txt']);
    expect(store.puts.at(-1)).toBe('status.json');
    expect(run.status?.stepMetrics).toEqual([{ step: 1, metric: 'loss', value: 0.5 }]);
    expect(store.posted.join('')).toContain('"loss"');
  });

  test('say of the container what the command found there', async () => {
    const { status } = await runPod({ command: 'echo m > "$TRAINYARD_OUTPUT/m"' });
    expect(status?.environment).toMatchObject({
      lock: null,
      python: expect.stringMatching(/^3\./),
      packages: { count: expect.any(Number) },
      system: expect.stringMatching(/^linux /),
      memory: totalmem(),
    });
  });

  test.each([
    ['as nvidia-smi says', '0, GPU-1, 0\n1, GPU-2, 42', ['{"gpu_use":0.42}\n']],
    ['not at all where it can’t say', '0, GPU-1, [N/A]', []],
  ])('tell the App how busy the GPUs are, %s', async (_, said, told) => {
    // Stands for the driver's own, as no machine of the tests has a GPU.
    const programs = join(base, 'programs');
    await mkdir(programs);
    await writeFile(join(programs, 'nvidia-smi'), `#!/bin/sh\ncat <<END\n${said}\nEND\n`, { mode: 0o755 });
    const run = await runPod({ command: 'sleep 3; echo m > "$TRAINYARD_OUTPUT/m"', programs });
    expect(run).toMatchObject({ exitCode: 0, report: { reason: 'succeeded' } });
    expect(store.posted).toEqual(told);
  });

  test('read nothing of GPUs through a link or from a pipe of the command', async () => {
    const command =
      'S=${TRAINYARD_OUTPUT%/*}/state; ls "$S" >&2; mkfifo "$S/gpus"; sleep 2.5; echo m > "$TRAINYARD_OUTPUT/m"';
    expect(await runPod({ command })).toMatchObject({ exitCode: 0, report: { reason: 'succeeded' } });
    expect(store.posted).toEqual([]);
  });

  test('hand nothing over from a machine that is not the first, and end with the command', async () => {
    const command = `${TRAINS}; echo step > "$TRAINYARD_CHECKPOINT/step"`;
    const run = await runPod({ command, machine: 1 });
    expect(run).toMatchObject({ exitCode: 0, report: { reason: 'succeeded' }, status: null });
    expect([...store.puts, ...store.posted]).toEqual([]);
  });

  test('say of a machine that is not the first how its command failed', async () => {
    const run = await runPod({ command: 'exit 3', machine: 2 });
    expect(run).toMatchObject({ exitCode: 3, report: { reason: 'command_failed', exitCode: 3 }, status: null });
  });

  test('show the command no address and no token', async () => {
    const run = await runPod({ command: 'env; ls -A ..; echo x > "$TRAINYARD_OUTPUT/x"' });
    expect(run.printed).not.toMatch(/signed|for-display-only|TRAINYARD_ADDRESSES|SECRET/i);
  });

  test.each([
    ['exits with 3', 'exit 3', 3, { reason: 'command_failed', exitCode: 3 }],
    ['is not there', 'no-such-program-anywhere', 127, { reason: 'command_not_found', exitCode: 127 }],
    ['leaves nothing', 'true', 70, { reason: 'no_output', exitCode: 0 }],
    ['leaves too much', 'truncate -s 5G "$TRAINYARD_OUTPUT/x"', 70, { reason: 'output_too_large', exitCode: 0 }],
    ['leaves a link', 'ln -s /etc/passwd "$TRAINYARD_OUTPUT/x"', 70, { reason: 'output_invalid', exitCode: 0 }],
    [
      'leaves a link to our addresses in place of its output',
      'rm -r "$TRAINYARD_OUTPUT"; ln -s ../secrets "$TRAINYARD_OUTPUT"; ls "$TRAINYARD_OUTPUT/"',
      70,
      { reason: 'output_invalid', exitCode: 0 },
    ],
    ['takes its output folder away', 'rm -r "$TRAINYARD_OUTPUT"', 70, { reason: 'no_output', exitCode: 0 }],
    ['fails within a pipe', 'false | cat', 1, { reason: 'command_failed', exitCode: 1 }],
  ])('say so where the command %s', async (_, command, exitCode, report) => {
    const run = await runPod({ command });
    expect(run.exitCode).toBe(exitCode);
    expect(run.report).toMatchObject(report);
    expect(run.status?.output).toBeNull();
    expect(store.objects.has('output.tar')).toBe(false);
  });

  test('name an output that its stage of dvc.yaml names and that is not there', async () => {
    const stage = { outs: [RepoPath.parse('model.txt'), RepoPath.parse('gone.bin')], metrics: [], plots: [] };
    const run = await runPod({ command: TRAINS, stage });
    const said = { reason: 'no_output', message: missingStageOutput('gone.bin'), exitCode: 0 };
    expect([run.exitCode, run.report]).toEqual([70, said]);
    expect(run.status).toMatchObject({ ...said, output: null });
  });

  test('take the metrics of a stage for what training reports of itself', async () => {
    const metrics = ['scores/a.yaml', 'b.json'].map((path) => RepoPath.parse(path));
    const command = `cd "$TRAINYARD_OUTPUT"; mkdir scores; echo 'auc: 0.5' > scores/a.yaml; echo '{"auc": 1, "at": {"top": 1}}' > b.json`;
    await runPod({ command, stage: { outs: [], metrics, plots: [] } });
    const left = unpackTar(store.objects.get('output.tar') ?? Buffer.alloc(0));
    const own = left.find(({ path }) => path === 'metrics.json');
    expect(JSON.parse(Buffer.from(own?.content ?? []).toString())).toEqual({ auc: 0.5, 'at.top': 1 });
  });

  test('end a command that outlives its timeout', async () => {
    const run = await runPod({ command: 'sleep 30', timeout: 1 });
    expect(run.report).toMatchObject({ reason: 'timed_out' });
    expect(run.status?.reason).toBe('timed_out');
  });

  test('give a command that is stopped time to write a checkpoint, and save it', async () => {
    const command = `trap 'echo last > "$TRAINYARD_CHECKPOINT/step"; exit 1' TERM; echo ready > "$TRAINYARD_CHECKPOINT/step"; while :; do sleep 0.1; done`;
    const run = await runPod({
      command,
      during: async (launcher) => {
        const step = join(base, 'shared/checkpoint/step');
        while ((await readFile(step, 'utf8').catch(() => '')) !== 'ready\n')
          await new Promise((done) => setTimeout(done, 50));
        launcher.kill('SIGTERM');
      },
    });
    expect(run.report).toMatchObject({ reason: 'stopped' });
    const saved = unpackTar(store.objects.get('checkpoint.tar') ?? Buffer.alloc(0));
    expect(saved.map(({ path, content }) => [path, Buffer.from(content).toString('utf8')])).toEqual([
      ['step', 'last\n'],
    ]);
  });

  test('end a command that is deaf to SIGTERM', async () => {
    const run = await runPod({
      command: `trap '' TERM; echo x > "$TRAINYARD_CHECKPOINT/deaf"; while :; do sleep 0.2; done`,
      during: async (launcher) => {
        const deaf = join(base, 'shared/checkpoint/deaf');
        while ((await readFile(deaf).catch(() => null)) === null) await new Promise((done) => setTimeout(done, 50));
        launcher.kill('SIGTERM');
      },
    });
    expect(run.exitCode).toBe(137);
    expect(run.report).toMatchObject({ reason: 'stopped' });
  });

  test.skipIf(!canUnshare)('end what a command left behind before its output is taken', async () => {
    const command = `setsid sh -c 'sleep 0.3; echo late > "$TRAINYARD_OUTPUT/late"' & echo x > "$TRAINYARD_OUTPUT/x"`;
    const run = await runPod({ command, first: true });
    expect(run.report).toMatchObject({ reason: 'succeeded' });
    expect(unpackTar(store.objects.get('output.tar') ?? Buffer.alloc(0)).map(({ path }) => path)).toEqual(['x']);
  });

  test('begin again where the last checkpoint was', async () => {
    const restore = Buffer.from(packTar([file('step', '41')]));
    const run = await runPod({ command: 'cat "$TRAINYARD_CHECKPOINT/step"; echo x > "$TRAINYARD_OUTPUT/x"', restore });
    expect(run.printed).toBe('41');
    expect(run.exitCode).toBe(0);
    expect(run.status).toMatchObject({ resumed: { bytes: restore.length }, notes: [] });
  });

  test('begin at the beginning where the checkpoint can’t be read', async () => {
    const run = await runPod({
      command: 'ls -A "$TRAINYARD_CHECKPOINT"; echo x > "$TRAINYARD_OUTPUT/x"',
      restore: Buffer.from('no archive'),
    });
    expect(run.printed).toBe('');
    expect(run.exitCode).toBe(0);
    expect(run.status).toMatchObject({ resumed: null, notes: [{ code: 'checkpoint_not_restored' }] });
  });

  test('say of a checkpoint that can’t be kept why', async () => {
    const run = await runPod({ command: 'ln -s /etc "$TRAINYARD_CHECKPOINT/out"; exit 3' });
    expect(run.status?.notes).toEqual([{ code: 'checkpoint_not_saved', message: expect.stringContaining('out') }]);
  });

  test.each([
    ['a pipe', 'mkfifo'],
    ['a directory', 'mkdir'],
  ])('hand over although the command left %s where it is said what was restored', async (_, make) => {
    const command = `${make} "$TRAINYARD_OUTPUT/../state/restored"; echo x > "$TRAINYARD_OUTPUT/x"`;
    const run = await runPod({ command });
    expect(run.status).toMatchObject({ reason: 'succeeded', resumed: null, notes: [] });
  });

  test('go on where the store fails for a while', async () => {
    const run = await runPod({
      command: 'echo x > "$TRAINYARD_OUTPUT/x"',
      during: async () => void store.failures.push(503, 500),
    });
    expect(run.report).toMatchObject({ reason: 'succeeded' });
  });
});

describe('the inputs’ container refuses', () => {
  test('inputs with another digest than was declared', async () => {
    const tamper = (given: Submission): Submission => {
      store.objects.set('inputs.tar', Buffer.from(packTar([file('train.py', 'other')])));
      return given;
    };
    const run = await runPod({ tamper });
    expect(run.inputs).toMatchObject({ reason: 'inputs_unavailable', message: expect.stringContaining('digest') });
  });

  test('inputs that are not there', async () => {
    const tamper = (given: Submission): Submission => {
      store.objects.delete('inputs.tar');
      return given;
    };
    expect((await runPod({ tamper })).inputs?.reason).toBe('inputs_unavailable');
  });

  test('an archive with a path out of its directory', async () => {
    const hostile = Buffer.from(packTar([file('aaaaaaaaaaaaaa', 'x')]));
    hostile.write('../../outside\0\0', 0, 'latin1');
    const tamper = (given: Submission): Submission => {
      store.objects.set('inputs.tar', hostile);
      const { inputs } = given.store;
      return inputs === null
        ? given
        : { ...given, store: { ...given.store, inputs: { ...inputs, sha256: sha256Hex(hostile) } } };
    };
    expect((await runPod({ tamper })).inputs?.reason).toBe('inputs_unavailable');
    expect(await readdir(base)).not.toContain('outside');
  });

  test.each([
    ['names another index', 'requirements.lock', '--index-url https://evil.example.com/simple\n'],
    ['has no hashes', 'requirements.lock', 'numpy==2.0.0\n'],
    ['is of a tool that is not in the image', 'uv.lock', 'version = 1\n'],
  ])('a lock that %s', async (_, setup, text) => {
    const run = await runPod({ setup, files: [file(setup, text)] });
    expect(run.inputs?.reason).toBe('setup_failed');
  });

  test('a setup that is not among the inputs', async () => {
    expect((await runPod({ setup: 'requirements.lock' })).inputs?.reason).toBe('setup_failed');
  });
});

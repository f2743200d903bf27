import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../core/canonical.ts';
import { Instant, type RunId } from '../../../core/names.ts';
import { packTar } from '../../../core/packaging/tar.ts';
import { cancelRun } from '../../../flows/command-cancel.ts';
import { sightLines } from '../../../flows/execution-sight.ts';
import { finishTraining } from '../../../flows/finish-training.ts';
import { launchRun, resumeLaunch } from '../../../flows/launch.ts';
import { PortError, type Ports } from '../../../flows/ports.ts';
import { settleRuns } from '../../../flows/unsettled-runs.ts';
import { runId } from '../../core/samples.ts';
import { type Computing, executionOf, failing, filesIn, RUN, sha256, startComputing } from './world.ts';

/** A run on a compute engine whose data lies outside of the repository: a job fetches it before the engine is asked. */
const FETCHING = 77;
const ROWS = 'a,b\n1,2\n';
const INPUTS = { 'data/rows.csv': ROWS, 'src/model.py': 'x = 1\n', 'train.py': 'print(1)\n' };
type Job = Awaited<ReturnType<Ports['workflows']['jobs']>>[number];

let computing: Computing;
let ports: Ports;
let jobs: Job[];
let archives: Map<number, Uint8Array>;
/** How often the archive was read. */
let readings: number;
afterEach(() => computing.close());

const packed = (files: Readonly<Record<string, string>>): Uint8Array =>
  packTar(Object.entries(files).map(([path, text]) => ({ path, content: Buffer.from(text), executable: false })));

const AT_LOCATION = `location: "s3://team/rows.csv", sha256: ${sha256Hex(ROWS)}, `;

async function launched(train = '', policy = '', where = AT_LOCATION, files = {}): Promise<void> {
  const model = `    data: { rows: { path: data/rows.csv, ${where}contract: c.yaml } }\n`;
  computing = await startComputing(train, `  locations: ["s3://team/"]\n${policy}`, { model, files });
  jobs = [{ name: 'train / fetch', status: 'completed', conclusion: 'success', url: 'https://x' }];
  archives = new Map([[4, packed(INPUTS)]]);
  readings = 0;
  const artifacts: Ports['workflows']['artifacts'] = async () =>
    [...archives.keys()].map((id) => {
      return { id, name: 'trainyard-inputs', digest: sha256Hex('archive'), size: 10, expired: false };
    });
  const artifactFile: Ports['workflows']['artifactFile'] = async function* (id) {
    readings += 1;
    yield archives.get(id) ?? Buffer.alloc(0);
  };
  const workflows = { ...computing.ports.workflows, jobs: async () => jobs, artifacts, artifactFile };
  ports = { ...computing.ports, workflows };
  await launchRun(ports, await computing.draft());
}

async function finish(conclusion: string) {
  const headSha = await computing.world.ports.source.branchHead('main');
  if (headSha === null) throw new Error('there is no branch main');
  const how = { attempt: 1, status: 'completed', event: 'workflow_dispatch', headBranch: 'main', title: 'x' } as const;
  const at = { createdAt: Instant.parse(computing.now), url: 'https://x', path: 'x', headSha };
  return finishTraining(ports, RUN, { id: FETCHING, ...how, ...at, conclusion });
}

const inputsTar = (): Buffer | undefined => computing.shelf.objects.get(`${RUN}/inputs.tar`);

describe('data outside of the repository', () => {
  test('is fetched in a workflow run, and nothing is asked of the engine meanwhile', async () => {
    await launched();
    const record = await computing.record();
    expect(record.state).toEqual({ state: 'training', workflowRun: FETCHING });
    expect(record.training).toEqual({ startedAt: null, endedAt: null });
    expect(sightLines(record, null)).toEqual(['Its data is fetched first, in a job, before ray is asked']);
    expect([computing.cluster.submissions, inputsTar()]).toEqual([[], undefined]);
  });

  test('goes to the engine by digest, which the signed record keeps', async () => {
    await launched();
    expect(await finish('success')).toMatchObject({ message: expect.stringContaining('has its data fetched') });
    const tar = inputsTar() ?? Buffer.alloc(0);
    expect(filesIn(tar)).toEqual(['data/rows.csv', 'src/model.py', 'train.py']);
    expect(computing.cluster.submissions[0]?.store.inputs?.sha256).toBe(sha256(tar));
    expect((await computing.record()).state).toMatchObject({
      state: 'training',
      workflowRun: null,
      execution: { id: executionOf() },
      inputs: sha256(tar),
    });
  });

  test('is fetched once for all attempts', async () => {
    await launched(', retries: 1');
    await finish('success');
    computing.says(failing('machine_lost'));
    await settleRuns(ports);
    const [first, second] = computing.cluster.submissions;
    expect([second?.attempt, second?.store.inputs?.sha256]).toEqual([2, first?.store.inputs?.sha256]);
    expect(readings).toBe(1);
    expect((await computing.record()).state).toMatchObject({ execution: { attempt: 2 }, inputs: expect.any(String) });
  });

  describe('of a further run on the same commit', () => {
    const second = runId(2);
    const again = async () => launchRun(ports, await computing.draft(2));
    const inStore = (run: RunId): Buffer | undefined => computing.shelf.objects.get(`${run}/inputs.tar`);
    beforeEach(async () => {
      await launched();
      await finish('success');
    });

    test('is not fetched again, and held to the commit all the same', async () => {
      expect(await again()).toEqual({ kind: 'launched', run: second });
      const [first, other] = computing.cluster.submissions;
      expect([other?.run, other?.store.inputs?.sha256]).toEqual([second, first?.store.inputs?.sha256]);
      expect(inStore(second)).toEqual(inStore(RUN));
      expect((await computing.record(2)).state).toMatchObject({
        workflowRun: null,
        inputs: first?.store.inputs?.sha256,
      });
      expect(readings).toBe(1);
    });

    test.each<[string, () => unknown]>([
      [
        'has changed in the store',
        () =>
          computing.shelf.objects.set(
            `${RUN}/inputs.tar`,
            Buffer.from(packed({ ...INPUTS, 'data/rows.csv': 'a,b\n9,9\n' })),
          ),
      ],
      ['is no archive any more', () => computing.shelf.objects.set(`${RUN}/inputs.tar`, Buffer.from('x'))],
      ['was taken away', () => computing.shelf.objects.clear()],
    ])('is fetched again where it %s', async (_, change) => {
      change();
      await again();
      expect((await computing.record(2)).state).toEqual({ state: 'training', workflowRun: FETCHING });
      expect([inStore(second), computing.cluster.submissions.length]).toEqual([undefined, 1]);
    });
  });

  test('that is gone from the store ends the run instead of training on something else', async () => {
    await launched(', retries: 1');
    await finish('success');
    computing.shelf.objects.clear();
    computing.says(failing('machine_lost'));
    await settleRuns(ports);
    expect((await computing.record()).state).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('expected inputs.tar'),
    });
    expect(computing.cluster.submissions).toHaveLength(1);
  });

  test('and is tried on a sample, too: both are one workflow run', async () => {
    await launched(', smoke: { rows: 1 }');
    jobs.push({ name: 'train / smoke', status: 'completed', conclusion: 'success', url: 'https://x' });
    await finish('success');
    expect(computing.cluster.submissions).toHaveLength(1);
  });
});

describe('data in Git LFS', () => {
  const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256Hex(ROWS)}\nsize ${ROWS.length}\n`;
  const tracked = () =>
    launched('', '', '', {
      '.gitattributes': '*.csv filter=lfs diff=lfs merge=lfs -text\n',
      'data/rows.csv': POINTER,
    });

  test('is fetched in a job, and is what the engine trains on in the place of its pointer', async () => {
    await tracked();
    expect((await computing.record()).state).toEqual({ state: 'training', workflowRun: FETCHING });
    await finish('success');
    const tar = inputsTar() ?? Buffer.alloc(0);
    expect(filesIn(tar)).toEqual(['data/rows.csv', 'src/model.py', 'train.py']);
    expect(tar.includes(ROWS)).toBe(true);
    expect(tar.includes('git-lfs')).toBe(false);
    expect(computing.cluster.submissions[0]?.store.inputs?.sha256).toBe(sha256(tar));
  });

  test.each([
    ['other bytes of the same size', 'a,b\n1,3\n'],
    ['the pointer itself', POINTER],
  ])('is refused where the job left %s', async (_, text) => {
    await tracked();
    archives.set(4, packed({ ...INPUTS, 'data/rows.csv': text }));
    await finish('success');
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'digest_mismatch' });
    expect([computing.cluster.submissions, inputsTar()]).toEqual([[], undefined]);
  });
});

describe('the run fails, and nothing is in the store', () => {
  test.each<[string, () => void]>([
    ['where the archive holds other data', () => archives.set(4, packed({ ...INPUTS, 'data/rows.csv': 'a,b\n3,4\n' }))],
    ['where it holds other code', () => archives.set(4, packed({ ...INPUTS, 'train.py': 'evil' }))],
    ['where it holds more', () => archives.set(4, packed({ ...INPUTS, 'sitecustomize.py': 'evil' }))],
    ['where it is no archive', () => archives.set(4, Buffer.from('none'))],
    ['where there is none', () => archives.clear()],
    ['where there are two', () => archives.set(5, packed(INPUTS))],
  ])('%s', async (_, change) => {
    await launched();
    change();
    await finish('success');
    expect((await computing.record()).state).toMatchObject({ state: 'failed', at: 'dispatch' });
    expect([computing.cluster.submissions, inputsTar()]).toEqual([[], undefined]);
  });

  test.each([
    ['where the job found no identity that may read it', 'failure', 'failure'],
    ['where the workflow has no such job', 'success', 'skipped'],
  ])('%s', async (_, conclusion, job) => {
    await launched();
    jobs = [{ name: 'fetch', status: 'completed', conclusion: job, url: 'https://x' }];
    await finish(conclusion);
    expect((await computing.record()).state).toMatchObject({ state: 'failed', reason: 'inputs_unavailable' });
    expect([computing.cluster.submissions, inputsTar()]).toEqual([[], undefined]);
  });
});

test('a run that is cancelled while its data is fetched does not go to its engine', async () => {
  await launched();
  await cancelRun(ports, RUN, 'ada');
  await finish('success');
  expect((await computing.record()).state).toMatchObject({ state: 'cancelled', by: 'ada' });
  expect(computing.cluster.submissions).toEqual([]);
});

test.each<[string, () => Ports]>([
  ['the engine is away', () => ports],
  [
    'the App is killed while it reads what was fetched',
    () => {
      const artifactFile: Ports['workflows']['artifactFile'] = async function* (id) {
        yield (archives.get(id) ?? Buffer.alloc(0)).slice(0, 700);
        throw new PortError('unavailable', 'killed');
      };
      return { ...ports, workflows: { ...ports.workflows, artifactFile } };
    },
  ],
  [
    'the App is killed after the engine took it',
    () => {
      const steps: Ports['steps'] = {
        async run(name, action) {
          const done = await action();
          if (name.startsWith('submit')) throw new PortError('unavailable', 'killed');
          return done;
        },
      };
      return { ...ports, steps };
    },
  ],
])('where %s, the run goes on with the data that was fetched, and is submitted once', async (_, before) => {
  await launched();
  const [sound, killed] = [ports, before()];
  computing.cluster.trouble = killed === sound ? new PortError('unavailable', 'connection refused') : null;
  ports = killed;
  await expect(finish('success')).rejects.toThrow(/refused|killed/);
  expect((await computing.record()).state).toEqual({ state: 'accepted', tried: FETCHING });
  // Of half of it, nothing is there.
  if (inputsTar() !== undefined) expect(filesIn(inputsTar() ?? Buffer.alloc(0))).toHaveLength(3);
  computing.cluster.trouble = null;
  await resumeLaunch(sound, RUN);
  expect(computing.cluster.submissions).toHaveLength(1);
  expect((await computing.record()).state).toMatchObject({ inputs: sha256(inputsTar() ?? Buffer.alloc(0)) });
});

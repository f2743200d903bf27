import { execFileSync } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { rayEngine } from '../../../../adapters/engines/ray/engine.ts';
import { RayOptions } from '../../../../adapters/engines/ray/options.ts';
import type { Observation } from '../../../../core/training/execution.ts';
import type { ComputeEngine, Submission } from '../../../../flows/engine-port.ts';
import { wholeLog } from '../../../contracts/engine.ts';
import { type RayCluster, startCluster } from './cluster.ts';
import { type ObjectServer, startObjectServer } from './store.ts';
import { submissionOf } from './submission.ts';

/** What takes long, or takes the cluster along. The tests go on with what the one before has left. */
let cluster: RayCluster;
let store: ObjectServer;

beforeAll(async () => {
  store = await startObjectServer();
  cluster = await startCluster({ RAY_JOB_START_TIMEOUT_SECONDS: '20' });
  await cluster.addMachine('first');
}, 600_000);
afterAll(async () => {
  await cluster?.stop();
  await store.close();
});

const engine = (): ComputeEngine => rayEngine(RayOptions.parse({ address: cluster.address }), { token: cluster.token });

async function until<T>(what: string, ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (let turn = 0; turn < 600; turn += 1) {
    const answer = await ask();
    if (holds(answer)) return answer;
    await wait(250);
  }
  throw new Error(`expected within 150 s: ${what}`);
}

async function begun(wanted: Parameters<typeof submissionOf>[1]): Promise<Submission> {
  const submission = submissionOf(store, wanted);
  await engine().submit(submission);
  return submission;
}

const inState = ({ execution }: Submission, state: Observation['state']) =>
  until(
    `${execution} ${state}`,
    () => engine().observe(execution),
    (seen) => seen.state === state,
  );

test('a gigabyte of log costs the cluster 64 MiB and the App one piece at a time', async () => {
  const submission = await begun({ command: `head -c ${1 << 30} /dev/zero; echo x > "$TRAINYARD_OUTPUT/x"` });
  expect(await inState(submission, 'ended')).toMatchObject({ end: { how: 'succeeded' } });
  const before = process.memoryUsage().arrayBuffers;
  let bytes = 0;
  let most = 0;
  let skipped = false;
  for (let position: string | null = null; ; ) {
    const piece = await engine().log(submission.execution, position, 1 << 20);
    if (piece.bytes.length === 0) break;
    position = piece.next;
    bytes += piece.bytes.length;
    skipped ||= piece.skipped;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(skipped).toBe(true);
  expect(bytes).toBeLessThanOrEqual(65 << 20);
  expect(bytes).toBeGreaterThanOrEqual(60 << 20);
  expect(most).toBeLessThan(150 << 20);
});

test('what no machine has now waits, says what is lacking, and is impossible when Ray gives it up', async () => {
  const submission = await begun({ command: 'true', resources: { gpus: 8 } });
  const waiting = await engine().observe(submission.execution);
  expect(waiting).toMatchObject({
    state: 'waiting',
    why: expect.stringContaining('8 GPU (the most that one has is 0)'),
  });
  expect(await engine().cancel(submission.execution)).toBe('stopping');
  const seen = await inState(submission, 'ended');
  expect(seen).toMatchObject({ end: { how: 'failed', reason: 'impossible_resources' } });
  await until(
    'gone',
    () => engine().cancel(submission.execution),
    (said) => said === 'gone',
  );
});

test('a detached actor of the command keeps a cancelled run from being gone until it is killed', async () => {
  const script = `
import ray, time
ray.init(namespace="left")
@ray.remote(num_cpus=0)
class Left:
    def ready(self): return True
print(ray.get(Left.options(name="left", lifetime="detached").remote().ready.remote()), flush=True)
time.sleep(600)
`;
  const file = { path: 'leave.py', content: Buffer.from(script), executable: false };
  const submission = await begun({ command: 'python leave.py', files: [file] });
  const log = () => wholeLog(engine, submission.execution, 1 << 16);
  await until('its actor lives', log, ({ text }) => text.includes('True'));
  await engine().cancel(submission.execution);
  await inState(submission, 'ended');
  expect(await engine().cancel(submission.execution)).toBe('stopping');
  const kill = 'import ray; ray.init(address="auto", namespace="left"); ray.kill(ray.get_actor("left"))';
  execFileSync(`${cluster.bin}/python`, ['-c', kill], { env: cluster.variables, stdio: 'pipe' });
  await until(
    'gone',
    () => engine().cancel(submission.execution),
    (said) => said === 'gone',
  );
});

test('a head that has started anew knows nothing of what it ran', async () => {
  const submission = await begun({ command: 'sleep 600' });
  await inState(submission, 'running');
  await cluster.loseMachine('head');
  await expect(engine().observe(submission.execution)).rejects.toMatchObject({ code: 'unavailable' });
  await cluster.stop();
  cluster = await startCluster();
  expect(await engine().observe(submission.execution)).toEqual({ state: 'absent' });
});

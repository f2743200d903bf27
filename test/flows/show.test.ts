import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { GitId, Instant, ModelName } from '../../core/names.ts';
import { finishTraining } from '../../flows/finish-training.ts';
import { acceptRun, advanceRun } from '../../flows/ledger.ts';
import type { WorkflowRun } from '../../flows/ports.ts';
import { isShownClosed, showNotices, showProgress, showPullRequest, showRun } from '../../flows/show.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { makeKey, recordOf, runId } from '../core/samples.ts';
import { type FlowPorts, flowPorts, repository } from './ports.ts';

const where = { owner: OWNER, repo: REPO };
const key = makeKey();
let world: World;
let ports: FlowPorts;
let head: GitId;

beforeAll(async () => {
  world = await startWorld();
  const base = await world.commit('main', {
    [CONFIG_PATH]: `version: 1
models:
  delay: { inputs: [train.py], train: { run: python train.py } }
policy:
  signing: { keys: [keys/trainyard.pub] }
  metrics: self-reported
`,
    'train.py': 'print(1)\n',
    'keys/trainyard.pub': key.public.pem,
  });
  head = await world.commit('change', { 'train.py': 'print(2)\n' }, base);
  await world.ada.request('POST /repos/{owner}/{repo}/pulls', { ...where, title: 'C', head: 'change', base: 'main' });
  ports = flowPorts(world, key);
});
afterAll(() => world.close());

const notice = (command: string) =>
  ports.inFlight.putNotice({
    pullRequest: 1,
    key: command,
    at: Instant.parse('2026-11-02T10:00:00Z'),
    author: 'ada',
    command,
    tone: 'refused',
    message: 'no such model',
  });

async function comment(): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/issues/{issue_number}/comments';
  const { data } = await world.ada.request(route, { ...where, issue_number: 1 });
  return Object(data)
    .map(({ body }: { body: string }) => body)
    .join('\n---\n');
}

async function check(name: string): Promise<unknown> {
  const route = 'GET /repos/{owner}/{repo}/commits/{ref}/check-runs';
  const { data } = await world.ada.request(route, { ...where, ref: head });
  return Object(data).check_runs.find((one: { name: string }) => one.name === name);
}

const asked = () => world.requests().map((route) => route.replace('/repos/{owner}/{repo}', ''));

test('a notice shows everything while nothing was shown', async () => {
  await notice('/train first');
  await showNotices(ports, 1);
  expect(await comment()).toMatch(/\/train first[\s\S]*train\.py changed/);
  const checks = await world.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...where, ref: head });
  expect(Object(checks.data).total_count).toBe(2);
});

test('a further notice only edits the comment', async () => {
  await notice('/train second');
  world.requests();
  await showNotices(ports, 1);
  expect(asked().filter((route) => !route.includes('/comments'))).toEqual([]);
  expect(await comment()).toMatch(/\/train second[\s\S]*\/train first[\s\S]*train\.py changed/);
});

test('what was shown is not written again', async () => {
  world.requests();
  await showPullRequest(ports, 1);
  await showNotices(ports, 1);
  expect(asked().filter((route) => !route.startsWith('GET'))).toEqual([]);
});

test('a view that an App of another version has stored is not read', async () => {
  await ports.inFlight.putProgress('view 1', JSON.stringify({ version: 0, view: { headline: null } }));
  world.requests();
  await showNotices(ports, 1);
  expect(asked()).toContain('GET /pulls/{pull_number}');
  expect(await comment()).toMatch(/train\.py changed/);
});

const TRAIN = 'trainyard / train: delay';
const run = (number: number) => ({ repository, run: runId(number), model: ModelName.parse('delay'), commit: head });

async function isTraining(number: number, change: Parameters<typeof recordOf>[0] = {}): Promise<void> {
  const policy = await takePolicySnapshot(ports);
  await acceptRun(ports, policy, recordOf({ ...run(number), ...change }));
  await advanceRun(ports, policy, runId(number), { state: 'training', workflowRun: 70 + number });
}

async function fails(number: number): Promise<void> {
  const failed = { state: 'failed', at: 'training', reason: 'failure', message: 'exit code 1' } as const;
  await advanceRun(ports, await takePolicySnapshot(ports), runId(number), { ...failed, workflowRun: 70 + number });
}

test('a run that ends after its pull request was closed is shown to its end, and `ready` as it was', async () => {
  await isTraining(1);
  await showPullRequest(ports, 1);
  expect(await check(TRAIN)).toMatchObject({ status: 'in_progress' });
  const ready = await check('trainyard / ready');
  const close = { ...where, pull_number: 1, state: 'closed' } as const;
  await world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', close);
  await showPullRequest(ports, 1);
  expect(await check(TRAIN)).toMatchObject({ status: 'in_progress' });
  await fails(1);
  await showRun(ports, runId(1));
  expect(await check(TRAIN)).toMatchObject({ status: 'completed', conclusion: 'failure' });
  const { conclusion, output } = Object(ready);
  expect(await check('trainyard / ready')).toMatchObject({ conclusion, output });
});

test('the end of a run that was recorded and not shown is shown when it is told again, and by no other workflow run', async () => {
  await isTraining(2, { origin: { kind: 'branch', branch: 'main' } });
  await showRun(ports, runId(2));
  await fails(2);
  expect(await check(TRAIN)).toMatchObject({ status: 'in_progress' });
  const workflow: Omit<WorkflowRun, 'id'> = {
    title: `train ${runId(2)}`,
    event: 'workflow_dispatch',
    status: 'completed',
    conclusion: 'failure',
    attempt: 1,
    path: '.github/workflows/train.yml',
    headBranch: 'main',
    headSha: head,
    createdAt: Instant.parse('2026-11-02T10:00:00Z'),
    url: 'https://example.com/72',
  };
  for (const [id, status] of [
    [99, 'in_progress'],
    [72, 'completed'],
  ] as const) {
    const outcome = await finishTraining(ports, runId(2), { ...workflow, id });
    expect(outcome).toMatchObject({ code: 'ignored' });
    expect(await check(TRAIN)).toMatchObject({ status });
  }
});

test('a pull request that was closed is shown so although the commit of its last run is gone', async () => {
  await isTraining(3, { commit: GitId.parse('d'.repeat(40)) });
  await showPullRequest(ports, 1);
  expect(await comment()).toMatch(/closed without a merge/);
  expect(await isShownClosed(ports, 1)).toBe(true);
});

test.each([
  ['of a pull request', 11, {}],
  ['of a branch', 12, { origin: { kind: 'branch', branch: 'main' } }],
] as const)(
  'a run %s that ended while its progress waited for its turn is not shown as going on',
  async (_, number, change) => {
    await isTraining(number, change);
    await showRun(ports, runId(number));
    const turns: string[] = [];
    const late: FlowPorts = {
      ...ports,
      turns: {
        async take(key, action) {
          turns.push(key);
          await fails(number);
          await showRun(ports, runId(number));
          return action();
        },
      },
    };
    world.requests();
    await showProgress(late, runId(number));
    expect(turns).toHaveLength(1);
    expect(await check(TRAIN)).toMatchObject({ status: 'completed', conclusion: 'failure' });
  },
);

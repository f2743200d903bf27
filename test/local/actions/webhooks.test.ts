import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const WORKFLOW = `
on: workflow_dispatch
permissions: {}
jobs:
  first: { runs-on: ubuntu-latest, steps: [{ name: work, run: echo "::warning::careful" }] }
  second: { needs: first, runs-on: ubuntu-latest, if: false, steps: [{ run: 'true' }] }
`;

let playground: Playground;
// biome-ignore lint/suspicious/noExplicitAny: payloads whose shape the judge has checked
const received: { event: string; payload: any }[] = [];
const receiver = createServer(async (message, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  received.push({
    event: String(message.headers['x-github-event']),
    payload: JSON.parse(Buffer.concat(chunks).toString()),
  });
  response.writeHead(202).end();
});

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const address = receiver.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  playground = await openPlayground();
  const app = playground.github.createApp({
    slug: 'watcher',
    owner: 'ada',
    webhookUrl: `http://127.0.0.1:${port}/`,
    webhookSecret: 'a secret of the tests',
    permissions: { actions: 'read', checks: 'read' },
    events: ['workflow_run', 'workflow_job', 'check_run'],
  });
  playground.github.installApp(app, 'ada');
  await playground.repository('app', { '.github/workflows/a.yml': WORKFLOW });
});

afterAll(async () => {
  await playground.close();
  receiver.close();
});

test('an App hears of a run and its jobs, in shapes that GitHub describes', async () => {
  const { run } = await playground.dispatch('app', 'a.yml');
  await playground.settled();
  await playground.github.settled();
  playground.judge.assertClean();
  const told = (event: string) => received.filter((one) => one.event === event).map(({ payload }) => payload);
  expect(
    told('workflow_run')
      .map((payload) => payload.action)
      .sort(),
  ).toEqual(['completed', 'in_progress', 'requested']);
  expect(
    told('workflow_job')
      .map((payload) => `${payload.workflow_job.name} ${payload.action}`)
      .sort(),
  ).toEqual(['first completed', 'first in_progress', 'first queued', 'second completed']);
  const completed = told('workflow_run').find((payload) => payload.action === 'completed');
  expect(completed.workflow_run).toMatchObject({ id: run.id, conclusion: 'success', head_sha: run.headSha });
  const requested = told('workflow_run').find((payload) => payload.action === 'requested');
  expect(requested.workflow_run).toMatchObject({ status: 'queued', conclusion: null });
  const job = told('workflow_job').find(
    (payload) => payload.action === 'completed' && payload.workflow_job.name === 'first',
  );
  expect(job.workflow_job.steps.map((step: { name: string }) => step.name)).toEqual([
    'Set up job',
    'work',
    'Complete job',
  ]);
});

import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPlayground, type Playground } from '../workflows/playground.ts';

/** Waits for a file that the test makes, so that a test decides when the job goes on. */
const WAITING = `
on:
  workflow_dispatch:
    inputs: { gate: { type: string, required: true } }
permissions: {}
jobs:
  waits:
    runs-on: ubuntu-latest
    steps:
      - env: { GATE: "\${{ inputs.gate }}" }
        run: |
          echo started
          until [ -e "$GATE" ]; do sleep 0.05; done
`;

const FLAKY = `
on:
  workflow_dispatch:
    inputs: { marker: { type: string, required: true } }
permissions: {}
jobs:
  good:
    runs-on: ubuntu-latest
    outputs: { v: "\${{ steps.s.outputs.v }}" }
    steps:
      - id: s
        run: echo "v=attempt-$GITHUB_RUN_ATTEMPT" >> "$GITHUB_OUTPUT"
  flaky:
    needs: good
    runs-on: ubuntu-latest
    steps:
      - env: { MARKER: "\${{ inputs.marker }}" }
        run: test -e "$MARKER"
      - run: echo "from \${{ needs.good.outputs.v }}"
`;

let playground: Playground;
let directory: string;
let count = 0;
const freshPath = () => join(directory, `file-${count++}`);
const runs = (rest: string) => `/repos/ada/app/actions/runs${rest}`;

beforeAll(async () => {
  playground = await openPlayground();
  directory = mkdtempSync(join(tmpdir(), 'runs-'));
  await playground.repository('app', {
    '.github/workflows/waiting.yml': WAITING,
    '.github/workflows/flaky.yml': FLAKY,
  });
});

afterAll(async () => {
  playground.judge.assertClean();
  await playground.close();
});

/** Resolves when a job of the run is under way. */
async function started(runId: number): Promise<void> {
  const { github } = playground;
  const jobs = await playground.api('GET', runs(`/${runId}/jobs`));
  if (jobs.body.jobs[0]?.status === 'in_progress') return;
  await new Promise<void>((resolve) => {
    const stop = github.onEvent((event) => {
      if (event.event !== 'workflow_job' || event.action !== 'in_progress') return;
      stop();
      resolve();
    });
  });
}

async function waitingRun(): Promise<{ id: number; jobId: number; gate: string }> {
  const gate = freshPath();
  const id = await playground.start('app', 'waiting.yml', { gate });
  await started(id);
  const { body } = await playground.api('GET', runs(`/${id}/jobs`));
  return { id, jobId: body.jobs[0].id, gate };
}

describe('a run', () => {
  test('gives no logs while its job runs, and text afterwards', async () => {
    const { writeFileSync } = await import('node:fs');
    const { id, jobId, gate } = await waitingRun();
    expect((await playground.api('GET', `/repos/ada/app/actions/jobs/${jobId}/logs`)).status).toBe(404);
    writeFileSync(gate, '');
    await playground.outcome(id);
    const log = await playground.api('GET', `/repos/ada/app/actions/jobs/${jobId}/logs`);
    expect(log.status).toBe(302);
    expect(await (await fetch(log.headers.get('location') ?? '')).text()).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z started$/m,
    );
  });

  test('is cancelled with 202, and answers 409 once it is over', async () => {
    const { id } = await waitingRun();
    expect((await playground.api('POST', runs(`/${id}/cancel`))).status).toBe(202);
    const { run, jobs } = await playground.outcome(id);
    expect(run.conclusion).toBe('cancelled');
    expect(jobs[0]).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    expect((await playground.api('POST', runs(`/${id}/cancel`))).status).toBe(409);
  });

  test('is not started again while it runs', async () => {
    const { id } = await waitingRun();
    expect((await playground.api('POST', runs(`/${id}/rerun`))).status).toBe(403);
    await playground.api('POST', runs(`/${id}/cancel`));
    await playground.outcome(id);
  });

  test('runs failed jobs again with the outputs of those that succeeded', async () => {
    const { writeFileSync } = await import('node:fs');
    const marker = freshPath();
    const first = await playground.dispatch('app', 'flaky.yml', { marker });
    expect(first.run.conclusion).toBe('failure');
    writeFileSync(marker, '');
    expect((await playground.api('POST', runs(`/${first.run.id}/rerun-failed-jobs`))).status).toBe(201);
    const second = await playground.outcome(first.run.id);
    expect(second.run.conclusion).toBe('success');
    expect(await second.log('flaky')).toContain('from attempt-1');
    expect(Object.fromEntries(second.jobs.map((job) => [job.name, job.conclusion]))).toEqual({
      good: 'success',
      flaky: 'success',
    });
    const latest = await playground.api('GET', runs(`/${first.run.id}`));
    expect(latest.body).toMatchObject({ run_attempt: 2, conclusion: 'success' });
    const jobs = await playground.api('GET', runs(`/${first.run.id}/jobs?filter=all`));
    type Listed = { name: string; run_attempt: number; conclusion: string };
    const listed = jobs.body.jobs.map((job: Listed) => `${job.run_attempt} ${job.name} ${job.conclusion}`);
    expect(listed.toSorted()).toEqual(['1 flaky failure', '1 good success', '2 flaky success', '2 good success']);
  });

  test('runs everything again on a full rerun', async () => {
    const { writeFileSync } = await import('node:fs');
    const marker = freshPath();
    writeFileSync(marker, '');
    const first = await playground.dispatch('app', 'flaky.yml', { marker });
    await playground.api('POST', runs(`/${first.run.id}/rerun`));
    expect(await (await playground.outcome(first.run.id)).log('flaky')).toContain('from attempt-2');
  });

  test('is found by event, branch, status, commit and workflow', async () => {
    const { body } = await playground.api('GET', runs('?event=workflow_dispatch&branch=main&status=cancelled'));
    expect(body.workflow_runs.every((run: { conclusion: string }) => run.conclusion === 'cancelled')).toBe(true);
    expect(body.total_count).toBeGreaterThan(0);
    expect((await playground.api('GET', runs('?event=push'))).body.total_count).toBe(0);
    expect((await playground.api('GET', runs(`?head_sha=${'0'.repeat(40)}`))).body.total_count).toBe(0);
    const flaky = await playground.api('GET', '/repos/ada/app/actions/workflows/flaky.yml/runs');
    expect(flaky.body.workflow_runs.every((run: { path: string }) => run.path.endsWith('flaky.yml'))).toBe(true);
  });

  test('shows its jobs as check runs of github-actions, with the same id', async () => {
    const { run, jobs } = await playground.dispatch('app', 'flaky.yml', { marker: freshPath() });
    const { body } = await playground.api('GET', `/repos/ada/app/commits/${run.headSha}/check-runs?filter=all`);
    const check = body.check_runs.find((one: { id: number }) => one.id === jobs[1]?.id);
    expect(check).toMatchObject({ name: 'flaky', conclusion: 'failure', app: { slug: 'github-actions' } });
  });
});

import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { actionsOf } from '../../../local/actions/service.ts';
import { trackedProcesses } from '../../../local/workflows/processes.ts';
import { openPlayground, type Playground } from '../workflows/playground.ts';

const FILES = {
  '.github/workflows/stubborn.yml': `
on: { workflow_dispatch: { inputs: { pids: { type: string, required: true } } } }
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - env: { PIDS: "\${{ inputs.pids }}" }
        run: |
          trap '' INT TERM
          setsid sleep 300 &
          echo $! >> "$PIDS"
          sleep 300 &
          echo $! >> "$PIDS"
          echo ready
          while true; do sleep 0.1; done
      - if: always()
        run: echo "always" "ran"
      - run: echo "not" "reached"
  later:
    needs: job
    runs-on: ubuntu-latest
    steps: [{ run: 'true' }]
`,
  '.github/workflows/polite.yml': `
on: workflow_dispatch
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: |
          trap 'echo got-the-interrupt; exit 0' INT
          echo ready
          while true; do sleep 0.05; done
`,
  '.github/workflows/orphans.yml': `
on: { workflow_dispatch: { inputs: { pids: { type: string, required: true } } } }
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - env: { PIDS: "\${{ inputs.pids }}" }
        run: |
          setsid sleep 300 > /dev/null 2>&1 &
          echo $! >> "$PIDS"
`,
  '.github/workflows/group.yml': `
on: { workflow_dispatch: { inputs: { wait: { type: boolean } } } }
concurrency: { group: "one-\${{ github.ref }}" }
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps: [{ if: inputs.wait, run: 'echo ready; while true; do sleep 0.05; done' }]
`,
  '.github/workflows/replace.yml': `
on: { workflow_dispatch: { inputs: { wait: { type: boolean } } } }
concurrency: { group: two, cancel-in-progress: true }
permissions: {}
jobs:
  job:
    runs-on: ubuntu-latest
    steps: [{ if: inputs.wait, run: 'echo ready; while true; do sleep 0.05; done' }]
`,
};

let playground: Playground;

beforeAll(async () => {
  playground = await openPlayground({ cancelGrace: { interrupt: 200, terminate: 200 } });
  await playground.repository('app', FILES);
});

afterAll(async () => {
  playground.judge.assertClean();
  await playground.close();
});

/** Resolves when the run's first job has printed `ready`. */
async function ready(runId: number): Promise<number> {
  const { actionsOf } = await import('../../../local/actions/service.ts');
  const { state } = actionsOf(playground.github);
  await expect
    .poll(
      async () => {
        const [job] = state.tables.jobs.list({ runId });
        return job === undefined ? '' : state.logs.read(job.id);
      },
      { timeout: 10_000 },
    )
    .toMatch(/Z ready$/m);
  return state.tables.jobs.list({ runId })[0]?.id ?? 0;
}

const cancel = (id: number) => playground.api('POST', `/repos/ada/app/actions/runs/${id}/cancel`);
const isAlive = (pid: number) => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};
const pidFile = () => join(mkdtempSync(join(tmpdir(), 'pids-')), 'pids');
const pidsIn = (file: string) => readFileSync(file, 'utf8').trim().split('\n').map(Number);

describe('cancel', () => {
  test('ends a step that ignores signals, with all that it started, before the run says cancelled', async () => {
    const pids = pidFile();
    const id = await playground.start('app', 'stubborn.yml', { pids });
    const jobId = await ready(id);
    const seen: boolean[] = [];
    const stop = playground.github.onEvent((event) => {
      if (event.event === 'workflow_run' && event.action === 'completed') seen.push(...pidsIn(pids).map(isAlive));
    });
    await cancel(id);
    const outcome = await playground.outcome(id);
    await playground.settled();
    stop();
    expect(outcome.run.conclusion).toBe('cancelled');
    expect(seen).toEqual([false, false]);
    expect(trackedProcesses(`github_${jobId}`)).toEqual([]);
    const log = await outcome.log('job');
    expect(log).toContain('always ran');
    expect(log).not.toContain('not reached');
    expect(outcome.job('later').conclusion).toBe('cancelled');
  });

  test('begins with SIGINT, so that a step can end by itself', async () => {
    const id = await playground.start('app', 'polite.yml');
    await ready(id);
    await cancel(id);
    expect(await (await playground.outcome(id)).log('job')).toContain('got-the-interrupt');
  });

  test('by force runs nothing more', async () => {
    const pids = pidFile();
    const id = await playground.start('app', 'stubborn.yml', { pids });
    await ready(id);
    actionsOf(playground.github).state.active.get(id)?.cancellation.force();
    const outcome = await playground.outcome(id);
    expect(outcome.run.conclusion).toBe('cancelled');
    expect(await outcome.log('job')).not.toContain('always ran');
    expect(pidsIn(pids).map(isAlive)).toEqual([false, false]);
  });

  test('is not needed for what a finished job left behind', async () => {
    const pids = pidFile();
    const outcome = await playground.dispatch('app', 'orphans.yml', { pids });
    expect(outcome.run.conclusion).toBe('success');
    expect(pidsIn(pids).map(isAlive)).toEqual([false]);
    expect(await outcome.log('job')).toContain('Terminated 1 orphan process(es)');
  });
});

describe('concurrency', () => {
  test('lets one run of a group run and one wait; a newer one takes the place of the waiting', async () => {
    const first = await playground.start('app', 'group.yml', { wait: true });
    await ready(first);
    const second = await playground.start('app', 'group.yml', { wait: false });
    const status = async () => (await playground.api('GET', `/repos/ada/app/actions/runs/${second}`)).body.status;
    await expect.poll(status).toBe('pending');
    const third = await playground.start('app', 'group.yml', { wait: false });
    expect((await playground.outcome(second)).run.conclusion).toBe('cancelled');
    await cancel(first);
    expect((await playground.outcome(third)).run.conclusion).toBe('success');
    expect((await playground.outcome(first)).run.conclusion).toBe('cancelled');
  });

  test('with cancel-in-progress ends the running one first', async () => {
    const first = await playground.start('app', 'replace.yml', { wait: true });
    await ready(first);
    const second = await playground.start('app', 'replace.yml', { wait: false });
    const [one, two] = [await playground.outcome(first), await playground.outcome(second)];
    expect([one.run.conclusion, two.run.conclusion]).toEqual(['cancelled', 'success']);
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Sha256 } from '../../../core/names.ts';
import type { WorkflowRun } from '../../../flows/ports.ts';
import { startWorld, type World } from './world.ts';

const FILE = 'trainyard-train.yml';
const WORKFLOW = `
name: Train
run-name: trainyard train \${{ inputs.run_id }}
on:
  workflow_dispatch:
    inputs:
      run_id: { type: string, required: true }
      seconds: { type: string, default: '0' }
permissions: {}
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - run: |
          mkdir out
          echo "{}" > out/metrics.json
          sleep "$SECONDS_TO_SLEEP"
        env:
          SECONDS_TO_SLEEP: \${{ inputs.seconds }}
      - uses: actions/upload-artifact@v7
        with: { name: trainyard-output, path: out }
`;
let world: World;

beforeAll(async () => {
  world = await startWorld();
  await world.commit('main', { [`.github/workflows/${FILE}`]: WORKFLOW });
});
afterAll(() => world.close());

async function ended(id: number): Promise<WorkflowRun> {
  return vi.waitFor(
    async () => {
      const run = await world.ports.workflows.run(id);
      if (run?.status !== 'completed') throw new Error(`expected run ${id} to be completed, it is ${run?.status}`);
      return run;
    },
    { timeout: 25_000, interval: 100 },
  );
}

describe('the execution branch', () => {
  test('is made at the head of the default branch, and follows it, also backwards', async () => {
    const first = await world.ports.workflows.syncExecutionRef();
    expect(await world.ports.source.branchHead('trainyard/exec')).toBe(first);
    const second = await world.commit('main', { 'README.md': 'more\n' });
    expect(await world.ports.workflows.syncExecutionRef()).toBe(second);
    await world.commit('trainyard/exec', { 'evil.txt': 'x' });
    await world.ports.workflows.syncExecutionRef();
    expect(await world.ports.source.branchHead('trainyard/exec')).toBe(second);
  });
});

describe('workflows', () => {
  test('are dispatched once for a mark, run on the execution branch and leave artifacts that are read by digest', async () => {
    const { workflows } = world.ports;
    await workflows.syncExecutionRef();
    const inputs = { run_id: '01JD0000000000000000000001' };
    const mark = 'train 01JD0000000000000000000001';
    const first = await workflows.dispatch(FILE, inputs, mark);
    expect((await workflows.dispatch(FILE, inputs, mark)).id).toBe(first.id);
    const run = await ended(first.id);
    expect(run).toMatchObject({
      conclusion: 'success',
      attempt: 1,
      event: 'workflow_dispatch',
      path: `.github/workflows/${FILE}`,
      headBranch: 'trainyard/exec',
      title: `trainyard ${mark}`,
    });
    expect(await workflows.jobs(first.id)).toMatchObject([
      { name: 'train', status: 'completed', conclusion: 'success' },
    ]);
    const [artifact] = await workflows.artifacts(first.id);
    if (artifact?.digest == null) throw new Error('expected an artifact with a digest');
    expect(artifact).toMatchObject({ name: 'trainyard-output', expired: false });
    const files = await workflows.artifactFiles(artifact.id, artifact.digest, 1000);
    expect([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([
      ['metrics.json', '{}\n'],
    ]);
    const pieces: Uint8Array[] = [];
    for await (const piece of workflows.artifactFile(artifact.id, artifact.digest, 'metrics.json', 1000))
      pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('{}\n');

    const other = Sha256.parse(createHash('sha256').update('other').digest('hex'));
    await expect(workflows.artifactFiles(artifact.id, other, 1000)).rejects.toMatchObject({ code: 'digest_mismatch' });
    await expect(workflows.artifactFiles(artifact.id, artifact.digest, 2)).rejects.toMatchObject({ code: 'too_large' });
    await expect(workflows.artifactFiles(999_999, artifact.digest, 2)).rejects.toMatchObject({ code: 'gone' });
  });

  test('are cancelled, and cancelling what has ended is no error', async () => {
    const { workflows } = world.ports;
    const inputs = { run_id: '01JD0000000000000000000002', seconds: '60' };
    const { id } = await workflows.dispatch(FILE, inputs, 'train 01JD0000000000000000000002');
    await vi.waitFor(async () => expect((await workflows.run(id))?.status).toBe('in_progress'), { timeout: 10_000 });
    await workflows.cancel(id);
    expect(await ended(id)).toMatchObject({ conclusion: 'cancelled' });
    await workflows.cancel(id);
    await workflows.cancel(999_999);
  });

  test('that are not there are named', async () => {
    const missing = world.ports.workflows.dispatch('nothing.yml', {}, 'train x');
    await expect(missing).rejects.toMatchObject({ code: 'not_found', message: expect.stringContaining('nothing.yml') });
    expect(await world.ports.workflows.run(999_999)).toBeNull();
  });
});

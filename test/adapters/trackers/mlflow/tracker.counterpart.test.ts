import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { mlflowTracker } from '../../../../adapters/trackers/mlflow/tracker.ts';
import type { TrackedRun } from '../../../../core/training/tracking.ts';
import { runId } from '../../../core/samples.ts';
import { pythonWith } from '../../../python.ts';

/** Against MLflow's own server from PyPI, and read back with its own client. */
let python: ReturnType<typeof pythonWith>;
let server: ChildProcess;
let uri: string;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

beforeAll(async () => {
  python = pythonWith('mlflow==3.17.2');
  const port = await freePort();
  uri = `http://127.0.0.1:${port}`;
  const store = ['--backend-store-uri', `sqlite:///${join(python.folder, 'mlflow.db')}`];
  const artifacts = ['--artifacts-destination', join(python.folder, 'artifacts')];
  server = spawn(
    python.bin('mlflow'),
    ['server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1', ...store, ...artifacts],
    { stdio: 'ignore', detached: true },
  );
  const answers = async (): Promise<void> => expect((await fetch(`${uri}/health`)).status).toBe(200);
  await vi.waitFor(answers, { timeout: 120_000, interval: 250 });
}, 900_000);

afterAll(async () => {
  const ended = once(server, 'close');
  // It has workers of its own, in its process group.
  if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL');
  await ended;
  python.remove();
});

const Seen = z.array(
  z.object({
    status: z.string(),
    start: z.number(),
    end: z.number(),
    params: z.record(z.string(), z.string()),
    tags: z.record(z.string(), z.string()),
    metrics: z.record(z.string(), z.number()),
    losses: z.array(z.tuple([z.number(), z.number()])),
  }),
);

/** Beside us: while this process stands still, it does not hear that the server has closed an idle connection. */
async function client(script: string, ...args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(python.bin('python'), ['-c', script, ...args])).stdout;
}

async function seen(experiment: string): Promise<z.infer<typeof Seen>> {
  const script = `
import json, sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
found = client.get_experiment_by_name(sys.argv[2])
runs = client.search_runs([found.experiment_id])
print(json.dumps([dict(status=r.info.status, start=r.info.start_time, end=r.info.end_time, params=r.data.params,
  tags=r.data.tags, metrics=r.data.metrics,
  losses=sorted((m.step, m.value) for m in client.get_metric_history(r.info.run_id, 'loss'))) for r in runs]))`;
  return Seen.parse(JSON.parse(await client(script, uri, experiment)));
}

const START = Date.UTC(2026, 10, 2, 10);
const losses = Array.from({ length: 2500 }, (_, step) => ({
  key: 'loss',
  value: 1 / (step + 1),
  step,
  timestamp: START,
}));
const run: TrackedRun = {
  run: runId(1),
  name: `flight-delay ${runId(1)}`,
  status: 'FINISHED',
  start: START,
  end: START + 60_000,
  params: Array.from({ length: 130 }, (_, at) => ({ key: `p${at}`, value: `${'é'.repeat(400)}${at}` })),
  tags: [
    { key: 'trainyard.run', value: runId(1) },
    { key: 'trainyard.model', value: 'flight-delay' },
  ],
  metrics: [...losses, { key: 'evaluated/roc_auc', value: 0.741, step: 0, timestamp: START + 60_000 }],
};

describe('a run that has ended', () => {
  const tracker = () => mlflowTracker({ uri: `${uri}/`, authorization: null, request: fetch });

  test('is told whole, beyond what one request takes', async () => {
    const { url } = await tracker().track('flights/delay', run, []);
    const [found, ...more] = await seen('flights/delay');
    expect(more).toEqual([]);
    expect(found).toMatchObject({ status: 'FINISHED', start: run.start, end: run.end });
    expect(found?.params).toEqual(Object.fromEntries(run.params.map(({ key, value }) => [key, value])));
    expect(found?.tags).toMatchObject({ 'trainyard.run': run.run, 'trainyard.model': 'flight-delay' });
    expect(found?.metrics['evaluated/roc_auc']).toBe(0.741);
    expect(found?.losses).toEqual(losses.map(({ step, value }) => [step, value]));
    expect(url).toMatch(/\/#\/experiments\/\d+\/runs\/[0-9a-f]{32}$/);
  }, 240_000);

  test('is there once when it is told again, also by another process at the same time', async () => {
    await Promise.all([tracker().track('flights/delay', run, []), tracker().track('flights/delay', run, [])]);
    const found = await seen('flights/delay');
    expect(found).toHaveLength(1);
    expect(found[0]?.losses).toHaveLength(2500);
  }, 240_000);

  test('is completed where it was told in part before', async () => {
    const part = { ...run, run: runId(2), metrics: losses.slice(0, 10), params: run.params.slice(0, 3) };
    const tags = [{ key: 'trainyard.run', value: runId(2) }];
    await tracker().track('part', { ...part, tags }, []);
    await tracker().track('part', { ...run, run: runId(2), tags }, []);
    const found = await seen('part');
    expect(found).toHaveLength(1);
    expect(found[0]?.losses).toHaveLength(2500);
    expect(Object.keys(found[0]?.params ?? {})).toHaveLength(130);
  }, 240_000);

  test('is told with what is not a number', async () => {
    const values = [1, Number.NaN, Number.POSITIVE_INFINITY];
    const metrics = values.map((value, step) => ({ key: 'loss', value, step, timestamp: START }));
    const tags = [{ key: 'trainyard.run', value: runId(4) }];
    await tracker().track('lost', { ...run, run: runId(4), tags, params: [], metrics }, []);
    const script = `
import sys
from mlflow import MlflowClient
client = MlflowClient(sys.argv[1])
(run,) = client.search_runs([client.get_experiment_by_name('lost').experiment_id])
print(*(m.value for m in sorted(client.get_metric_history(run.info.run_id, 'loss'), key=lambda m: m.step)))`;
    // The largest number is what its database keeps of infinity.
    expect((await client(script, uri)).trim()).toMatch(/^1\.0 nan (?:inf|1\.7976931348623157e\+308)$/);
  }, 240_000);

  test('keeps the files that came with it, over those of an earlier time', async () => {
    const file = (path: string, text: string) => ({ path, contentType: 'text/markdown', bytes: Buffer.from(text) });
    const artifacts = [file('trainyard/report.md', 'held'), file('plots/roc-curve.png', 'x'.repeat(1 << 20))];
    const tags = [{ key: 'trainyard.run', value: runId(3) }];
    const told = (files: typeof artifacts) => tracker().track('files', { ...run, run: runId(3), tags }, files);
    expect(await told(artifacts)).toMatchObject({ withoutArtifacts: null });
    await told([file('trainyard/report.md', 'candidate')]);
    const script = `
import json, os, sys
import mlflow
from mlflow import MlflowClient
mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient(sys.argv[1])
(run,) = client.search_runs([client.get_experiment_by_name('files').experiment_id])
folder = client.download_artifacts(run.info.run_id, '')
found = {}
for root, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(root, name)
        found[os.path.relpath(path, folder)] = [os.path.getsize(path), open(path).read(9)]
print(json.dumps(found))`;
    expect(JSON.parse(await client(script, uri))).toEqual({
      'trainyard/report.md': [9, 'candidate'],
      'plots/roc-curve.png': [1 << 20, 'xxxxxxxxx'],
    });
  }, 240_000);

  test('is told without what the server refuses for its name, and that is named', async () => {
    const tags = [{ key: 'trainyard.run', value: runId(4) }];
    const bad = { key: 'what?*', value: 1, step: 0, timestamp: START };
    const params = [
      { key: 'fine', value: '1' },
      { key: 'which?', value: '1' },
    ];
    const { leftOut } = await tracker().track(
      'picky',
      { ...run, run: runId(4), tags, params, metrics: [...losses.slice(0, 50), bad, ...losses.slice(50, 100)] },
      [],
    );
    expect(leftOut).toHaveLength(2);
    for (const [index, what] of ['parameter "which?"', 'metric "what?*"'].entries())
      expect(leftOut[index]).toContain(`${what}: MLflow answered 400 INVALID_PARAMETER_VALUE`);
    const [found] = await seen('picky');
    expect(found).toMatchObject({ status: 'FINISHED', params: { fine: '1' } });
    expect(found?.losses).toHaveLength(100);
  }, 240_000);

  test('is told without a parameter that has another value there, which MLflow never changes', async () => {
    const tags = [{ key: 'trainyard.run', value: runId(5) }];
    const told = (value: string) =>
      tracker().track(
        'changed',
        {
          ...run,
          run: runId(5),
          tags,
          params: [
            { key: 'rate', value },
            { key: 'a', value: '1' },
          ],
        },
        [],
      );
    expect((await told('0.1')).leftOut).toEqual([]);
    expect((await told('0.2')).leftOut).toEqual([expect.stringContaining('parameter "rate"')]);
    expect((await seen('changed'))[0]?.params).toEqual({ rate: '0.1', a: '1' });
  }, 240_000);

  test('is refused with words where its experiment was deleted', async () => {
    await tracker().track('gone', run, []);
    await client(
      'import sys\nfrom mlflow import MlflowClient\nc = MlflowClient(sys.argv[1])\nc.delete_experiment(c.get_experiment_by_name("gone").experiment_id)',
      uri,
    );
    await expect(tracker().track('gone', run, [])).rejects.toThrow(/experiment "gone" was deleted; restore it/);
  }, 240_000);
});

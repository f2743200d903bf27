import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type App, createApp } from '../../../app/app.ts';
import { ingestTokens } from '../../../app/ingest/token.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { RepositoryName, RunId } from '../../../core/names.ts';
import type { LiveNote } from '../../../core/training/stall.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import { liveNote } from '../../../flows/live-note.ts';
import type { StepMetric } from '../../../flows/ports.ts';
import { type AppWorld, commentPayload, deliver, SECRET, startAppWorld } from '../world.ts';

const RUN = '01JD0000000000000000000000';
const WORKFLOW = `
run-name: trainyard train \${{ inputs.run_id }}
on:
  workflow_dispatch:
    inputs:
      run_id: { type: string }
      commit: { type: string }
      ingest_url: { type: string }
      ingest_token: { type: string }
permissions: {}
jobs:
  train:
    runs-on: ubuntu-latest
    steps:
      - run: |
          curl --silent --show-error --fail -H "Authorization: Bearer $TOKEN" "$URL" \\
            --data-binary '{"step":1,"metric":"loss","value":0.5}'
        env:
          URL: \${{ inputs.ingest_url }}
          TOKEN: \${{ inputs.ingest_token }}
`;
let world: AppWorld;
let app: App;
const shown: { event: FlowEvent; metrics: readonly StepMetric[]; note: LiveNote }[] = [];

beforeAll(async () => {
  world = await startAppWorld();
  await putFile('.github/workflows/trainyard-train.yml', WORKFLOW);
  app = await createApp({
    config: world.config,
    lost() {},
    log: { info() {}, error() {} },
    async handle(event, ports) {
      if (event.kind === 'comment') {
        await ports.workflows.syncExecutionRef();
        // The engine reads these fields of the record.
        await ports.engine.submit({
          run: RUN,
          commit: 'c'.repeat(40),
          repository: 'flights/delay',
          origin: { kind: 'pull_request', number: 3 },
          order: { timeout: 60 },
          state: { state: 'accepted' },
        } as unknown as RunRecord);
      }
      if (event.kind === 'progress')
        shown.push({
          event,
          metrics: await ports.inFlight.stepMetrics(event.run),
          note: await liveNote(ports, event.run),
        });
      return { code: 'ignored', message: '' };
    },
  });
  const payload = commentPayload(world, { id: 1, pullRequest: 3 });
  await deliver(`${app.url}/api/github/webhooks`, { id: 'train', event: 'issue_comment', payload });
});
afterAll(async () => {
  await app?.close();
  await world?.close();
});

async function putFile(path: string, content: string): Promise<void> {
  const api = `${world.github.urls.api}/repos/flights/delay/git`;
  const post = async (route: string, body: object): Promise<{ sha: string }> => {
    const headers = { authorization: `Bearer ${world.ada.token}` };
    const answer = await fetch(api + route, { method: 'POST', headers, body: JSON.stringify(body) });
    return z
      .object({ sha: z.string() })
      .catch({ sha: '' })
      .parse(await answer.json());
  };
  const tree = await post('/trees', { tree: [{ path, mode: '100644', type: 'blob', content }] });
  const commit = await post('/commits', { message: 'first', tree: tree.sha, parents: [] });
  await post('/refs', { ref: 'refs/heads/main', sha: commit.sha });
}

describe('live metrics', () => {
  test('posted by a job with the token of its run are stored and shown', async () => {
    await vi.waitFor(() => expect(shown).toHaveLength(1), { timeout: 20_000, interval: 50 });
    expect(shown[0]).toEqual({
      event: { kind: 'progress', run: RUN },
      metrics: [{ step: 1, metric: 'loss', value: 0.5 }],
      note: {},
    });
  });

  test('have what the job tells of stalling stored and shown beside them', async () => {
    const token = ingestTokens(SECRET).issue(RepositoryName.parse('flights/delay'), RunId.parse(RUN), Date.now());
    const before = shown.length;
    const post = (body: string) =>
      fetch(`${app.url}/ingest/flights/delay/${RUN}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body,
      });
    expect((await post('{"gpu_use":0.5}')).status).toBe(202);
    expect((await post('{"stalled":"quiet","seconds":660}')).status).toBe(202);
    expect((await post('{"stalled":"in words of its own"}')).status).toBe(422);
    await vi.waitFor(() => expect(shown.length).toBeGreaterThan(before), { timeout: 20_000, interval: 50 });
    expect(shown.at(-1)?.note).toEqual({ stalled: 'quiet', seconds: 660 });
  });

  test('that flood in for one run keep no webhook from being stored', async () => {
    const token = ingestTokens(SECRET).issue(RepositoryName.parse('flights/delay'), RunId.parse(RUN), Date.now());
    const flood = Array.from({ length: 400 }, (_, step) =>
      fetch(`${app.url}/ingest/flights/delay/${RUN}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ step, metric: 'flood', value: 1 }),
      }),
    );
    const webhooks = Array.from({ length: 20 }, (_, index) =>
      deliver(`${app.url}/api/github/webhooks`, {
        id: `beside-a-flood-${index}`,
        event: 'issue_comment',
        payload: { ...commentPayload(world, { id: 100 + index, pullRequest: 4 }), action: 'deleted' },
      }),
    );
    expect(new Set((await Promise.all(webhooks)).map(({ status }) => status))).toEqual(new Set([202]));
    const statuses = (await Promise.all(flood)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 202 && status !== 429)).toEqual([]);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(200);
  });

  test.each([
    ['without a token', `/ingest/flights/delay/${RUN}`, {}, 401],
    [
      'with a made-up token',
      `/ingest/flights/delay/${RUN}`,
      { authorization: `Bearer 9999999999.${'A'.repeat(43)}` },
      401,
    ],
    ['for something that is no run', '/ingest/flights/delay/latest', {}, 404],
    ['for something that is no repository', `/ingest/flights/..%2f/${RUN}`, {}, 404],
  ])('are refused %s', async (_what, path, headers, status) => {
    expect((await fetch(app.url + path, { method: 'POST', headers, body: '' })).status).toBe(status);
  });
});

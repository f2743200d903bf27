import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../../app/app.ts';
import { anchorsOf } from '../../docs/pages.ts';
import { type AppWorld, commentPayload, deliver, SECRET, startAppWorld } from '../world.ts';
import { alerts, metricsNamed, panels } from './deploy.ts';

const quiet = { info() {}, error() {} };
let world: AppWorld;
let app: App;

beforeAll(async () => {
  world = await startAppWorld();
  app = await createApp({
    config: {
      ...world.config,
      metricsPort: 0,
      webhookSecret: 'the secret that replaces it',
      previousWebhookSecret: SECRET,
    },
    log: quiet,
    lost() {},
    async handle(event, { steps, source }) {
      if (event.kind === 'comment' && event.id === 9) throw new Error('a flow that breaks off');
      if (event.kind === 'comment') await steps.run(`show ${event.id}`, () => source.repository());
      return { code: 'replied', message: 'a test' };
    },
  });
});
afterAll(async () => {
  await app?.close();
  await world?.close();
});

const scrape = async (): Promise<string> => (await fetch(app.metrics ?? '')).text();
const send = (id: string, comment: number, secret: string) =>
  deliver(`${app.url}/api/github/webhooks`, {
    id,
    event: 'issue_comment',
    payload: commentPayload(world, { id: comment, pullRequest: comment }),
    secret,
  });
const shows = (line: string) =>
  vi.waitFor(async () => expect((await scrape()).split('\n')).toContain(line), { timeout: 10_000, interval: 50 });

describe('the metrics of an App', () => {
  test('tell new deliveries from those that came again and those that were forged', async () => {
    const answers = [];
    for (const [id, secret] of [
      ['m1', 'the secret that replaces it'],
      ['m2', SECRET],
      ['m2', SECRET],
      ['m3', 'a secret that somebody guessed'],
    ] as const)
      answers.push((await send(id, 5, secret)).status);
    expect(answers).toEqual([202, 202, 202, 401]);
    await shows('trainyard_deliveries_total{event="issue_comment",result="accepted"} 2');
    await shows('trainyard_deliveries_total{event="issue_comment",result="duplicate"} 1');
    await shows('trainyard_deliveries_total{event="issue_comment",result="bad_signature"} 1');
    await shows('trainyard_acknowledgement_seconds_count 3');
  });

  test('tell how flows ended, what their steps took, and what GitHub was asked', async () => {
    await send('m4', 9, SECRET);
    await shows('trainyard_flows_total{event="comment",outcome="replied"} 2');
    await shows('trainyard_flows_total{event="comment",outcome="error"} 1');
    await shows('trainyard_queue_deliveries{state="postponed"} 1');
    await shows('trainyard_step_seconds_count{step="show"} 2');
    expect(await scrape()).toMatch(
      /trainyard_github_requests_total\{route="GET \/repos\/\{owner\}\/\{repo\}",status="2xx"\} [1-9]/,
    );
    expect(await scrape()).toMatch(
      new RegExp(`trainyard_github_rate_remaining\\{installation="${world.installation.id}"\\} \\d+`),
    );
  });

  test('tell that the queue is empty once all is handled', async () => {
    await shows('trainyard_queue_deliveries{state="waiting"} 0');
    await shows('trainyard_queue_oldest_seconds 0');
    await shows('trainyard_database_up 1');
  });

  test('have all that the dashboard and the alerts name', async () => {
    const text = await scrape();
    const declared = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
    const missing = metricsNamed().filter(
      (name) => !declared.has(name) && !declared.has(name.replace(/_(bucket|sum|count)$/, '')),
    );
    expect(metricsNamed().length).toBeGreaterThan(10);
    expect(missing).toEqual([]);
  });

  test('name neither a repository nor a person', async () => {
    expect(await scrape()).not.toMatch(/flights|"ada"/);
  });

  test('are not served where GitHub and jobs come in', async () => {
    expect((await fetch(`${app.url}/metrics`)).status).toBe(404);
  });
});

describe('deploy/', () => {
  test('has a runbook for every alert, at the place that the alert names', () => {
    const anchors = anchorsOf('docs/operations.md');
    const runbooks = alerts().map(({ annotations }) => annotations.runbook);
    expect(runbooks).toEqual(alerts().map(({ alert }) => `docs/operations.md#${alert.toLowerCase()}`));
    expect(runbooks.filter((runbook) => !anchors.has(runbook.split('#')[1] ?? ''))).toEqual([]);
  });

  test('has a dashboard whose panels differ and ask for something', () => {
    const all = panels();
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(new Set(all.map(({ title }) => title)).size).toBe(all.length);
    expect(all.filter(({ targets }) => targets.length === 0)).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../../app/app.ts';
import { jsonLog } from '../../../app/log.ts';
import { PortError } from '../../../flows/ports.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';
import { type SeenSpan, startCollector, type TestCollector } from './collector.ts';

const GUIDS = ['1f0b6a3e-0000-4000-8000-000000000001', '1f0b6a3e-0000-4000-8000-000000000002'] as const;
const lines: string[] = [];
let world: AppWorld;
let collector: TestCollector;
let app: App;

beforeAll(async () => {
  world = await startAppWorld();
  collector = await startCollector();
  app = await createApp({
    config: {
      ...world.config,
      metricsPort: 0,
      traces: { url: `${collector.endpoint}/v1/traces`, headers: { 'x-key': 'k' }, ratio: 1, service: 'trainyard' },
    },
    log: jsonLog(
      (line) => void lines.push(line),
      () => new Date(),
    ),
    lost() {},
    async handle(event, { steps, source }) {
      if (event.kind !== 'comment') return { code: 'ignored', message: 'no comment' };
      await steps.run('show flights/delay 0f3a', async () => (await source.repository()).name);
      if (event.id === 2)
        await steps.run('decide', async () => Promise.reject(new PortError('gone', 'ada wrote this')));
      return { code: 'replied', message: 'a test' };
    },
  });
  for (const [index, id] of GUIDS.entries())
    await deliver(`${app.url}/api/github/webhooks`, {
      id,
      event: 'issue_comment',
      payload: commentPayload(world, { id: index + 1, pullRequest: 7 }),
    });
  const forged = { id: 'forged', event: 'issue_comment', payload: {}, secret: 'guessed' };
  await deliver(`${app.url}/api/github/webhooks`, forged);
  await vi.waitFor(() => expect(lines.join('')).toMatch(/"failed; it is handled again later"/), { timeout: 20_000 });
  await app.close();
}, 60_000);
afterAll(async () => {
  await collector?.close();
  await world?.close();
});

const of = (trace: string | undefined): readonly SeenSpan[] => collector.spans.filter((span) => span.trace === trace);
const named = (spans: readonly SeenSpan[], name: string): SeenSpan => {
  const found = spans.find((span) => span.name === name);
  if (found === undefined) throw new Error(`no span ${name} among ${spans.map((span) => span.name).join(', ')}`);
  return found;
};
const traceOf = (guid: string): readonly SeenSpan[] =>
  of(collector.spans.find(({ attributes }) => attributes['trainyard.delivery'] === guid)?.trace);

describe('an App with a collector', () => {
  test('sends what the protocol asks for, with the headers that were set', () => {
    expect(collector.problems).toEqual([]);
    expect(collector.spans.length).toBeGreaterThan(5);
    expect(collector.headers[0]?.['x-key']).toBe('k');
  });

  test('tells delivery, flow, step and request, each below the one before, in one trace', () => {
    const spans = traceOf(GUIDS[0]);
    const chain = ['delivery issue_comment', 'flow comment', 'step show', 'GET /repos/{owner}/{repo}'];
    const found = chain.map((name) => named(spans, name));
    expect(found.map(({ parent }) => parent)).toEqual([null, ...found.slice(0, -1).map(({ id }) => id)]);
    expect(found.map(({ failed }) => failed)).toEqual([false, false, false, false]);
    expect(named(spans, 'flow comment').attributes).toMatchObject({
      'trainyard.event': 'comment',
      'trainyard.outcome': 'replied',
      'trainyard.pull_request': 7,
      'trainyard.installation': world.installation.id,
    });
    expect(named(spans, 'GET /repos/{owner}/{repo}').attributes).toMatchObject({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
    });
  });

  test('tells errors by their code', () => {
    const spans = traceOf(GUIDS[1]);
    for (const name of ['step decide', 'flow comment']) {
      expect(named(spans, name).failed).toBe(true);
      expect(named(spans, name).attributes['error.type']).toBe('gone');
    }
  });

  test('tells nothing that a person or a repository wrote, and nothing of what was forged', () => {
    const all = collector.bodies.join('\n');
    for (const word of ['flights', 'delay', 'ada', '/status', '0f3a', 'forged']) expect(all).not.toContain(word);
  });

  test('names operation and trace in each line of the log', () => {
    const parsed = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(parsed.filter(({ operation }) => typeof operation !== 'string')).toEqual([]);
    const handled = parsed.find(({ message, operation }) => message === 'handled' && operation === GUIDS[0]);
    expect(handled).toMatchObject({ trace: traceOf(GUIDS[0])[0]?.trace });
    expect(parsed.find(({ message }) => message === 'ready')).toMatchObject({ operation: 'app' });
  });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startCollector, type TestCollector } from '../telemetry/collector.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';
import { allRows, leaks } from './leaks.ts';

/** Each is planted as a setting, and found by its name. */
const PLANTED = {
  OTEL_HEADER: 'collector-pass-4f9a8e7c6b5d',
  WEBHOOK_SECRET: 'the-webhook-secret-Q7zX4kP9vL2m',
  WEBHOOK_SECRET_PREVIOUS: 'the-one-before-it-R3tY8uW1nB6c',
};
let world: AppWorld;
let collector: TestCollector;
let child: ChildProcess;
let secrets: Readonly<Record<string, string>>;
let said = '';
let metrics = '';
let rows: readonly string[] = [];

beforeAll(async () => {
  [world, collector] = await Promise.all([startAppWorld(), startCollector()]);
  const { config } = world;
  const settings = {
    ...{ WEBHOOK_SECRET: PLANTED.WEBHOOK_SECRET, WEBHOOK_SECRET_PREVIOUS: PLANTED.WEBHOOK_SECRET_PREVIOUS },
    ...{ PRIVATE_KEY: config.privateKey, TRAINYARD_SIGNING_KEY: config.signingKey },
    DATABASE_URL: config.databaseUrl ?? '',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${PLANTED.OTEL_HEADER}`,
  };
  const { password } = new URL(settings.DATABASE_URL);
  secrets = { ...PLANTED, PRIVATE_KEY: config.privateKey, SIGNING_KEY: config.signingKey, DATABASE_PASSWORD: password };
  child = spawn(process.execPath, [join(import.meta.dirname, 'leaking-app.ts')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...{ PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...settings },
      ...{ APP_ID: String(config.appId), GITHUB_API_URL: config.githubUrl, TRAINYARD_DATA_DIR: config.dataDir },
      ...{ PORT: '0', METRICS_PORT: '0', PLANTED: Object.keys(settings).join(',') },
    },
  });
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said += chunk;
  });
  const address = await vi.waitFor(() => JSON.parse(/^\{"url".*\}$/m.exec(said)?.[0] ?? ''), { timeout: 60_000 });
  const send = (id: number, secret: string) =>
    deliver(address.webhooks, {
      id: `planted-${id}`,
      event: 'issue_comment',
      payload: commentPayload(world, { id, pullRequest: id }),
      secret,
    });
  for (const id of [1, 2, 3, 4]) await send(id, PLANTED.WEBHOOK_SECRET);
  await send(5, 'guessed');
  await vi.waitFor(() => expect(said.match(/failed; it is handled again/g)?.length).toBeGreaterThanOrEqual(4), {
    timeout: 60_000,
  });
  await vi.waitFor(
    () => expect(collector.spans.filter(({ name }) => name === 'flow comment').length).toBeGreaterThan(3),
    {
      timeout: 20_000,
    },
  );
  metrics = await (await fetch(address.metrics)).text();
  rows = await allRows(config.databaseUrl ?? '');
  await send(100, PLANTED.WEBHOOK_SECRET);
  await once(child, 'exit');
}, 180_000);
afterAll(async () => {
  if (child !== undefined && child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await collector?.close();
  await world?.close();
});

describe('secrets that flows put into their errors', () => {
  test('are not in the log, also where the process ends of an error that nobody caught', () => {
    expect(said).toContain('this was caught nowhere');
    expect(said.match(/\[redacted\]/g)?.length).toBeGreaterThan(4);
    expect(leaks(said, secrets)).toEqual([]);
  });

  test('are not in what the collector gets, nor in metrics', () => {
    expect(leaks(collector.bodies.join('\n'), secrets)).toEqual([]);
    expect(metrics).toContain('trainyard_spans_total');
    expect(leaks(metrics, secrets)).toEqual([]);
  });

  test('are in no row of the database', () => {
    expect(rows.filter((row) => row.includes('[redacted]')).length).toBeGreaterThan(4);
    expect(rows.filter((row) => leaks(row, secrets).length > 0)).toEqual([]);
  });
});

test('what looks for secrets finds each of them', () => {
  for (const [name, secret] of Object.entries(secrets)) {
    expect(leaks(`x ${secret} y`, secrets)).toContain(name);
    expect(leaks(Buffer.from(secret).toString('base64'), secrets)).toContain(name);
    expect(leaks(JSON.stringify({ stack: JSON.stringify(secret.slice(0, 60)) }), secrets)).toContain(name);
  }
});

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type App, createApp } from '../../../app/app.ts';
import { freePort } from '../../../scripts/demo/app-process.ts';
import { type AppWorld, commentPayload, deliver, startAppWorld } from '../world.ts';
import { alerts, DEPLOY, metricsNamed, panels } from './deploy.ts';

const run = promisify(execFile);
const quiet = { info() {}, error() {} };
const found = ['prometheus', 'promtool'].every((program) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program))),
);
if (!found) {
  const message = 'needs Prometheus (Debian: apt-get install prometheus); alerts and dashboard are untested';
  if (process.env['CI'] !== undefined) throw new Error(message);
  process.stderr.write(`SKIPPED: ${message}\n`);
}

const Names = z.object({ data: z.array(z.string()) });
const Queried = z.object({ status: z.literal('success'), data: z.object({ result: z.array(z.unknown()) }) });
const Targets = z.object({
  data: z.object({ activeTargets: z.array(z.object({ health: z.string(), lastError: z.string() })) }),
});
const Loaded = z.object({
  data: z.object({
    groups: z.array(
      z.object({ rules: z.array(z.object({ name: z.string(), health: z.string(), state: z.string() })) }),
    ),
  }),
});

describe.skipIf(!found)('promtool', () => {
  test.each([
    ['check', 'rules', 'prometheus/alerts.yml'],
    ['test', 'rules', 'prometheus/alerts.test.yml'],
  ])('%s %s %s finds nothing wrong', async (...words) => {
    const path = join(DEPLOY, words.at(-1) ?? '');
    const { stdout } = await run('promtool', [...words.slice(0, -1), path]);
    expect(stdout).toContain('SUCCESS');
  });

  test('has a test for every alert', async () => {
    const text = await readFile(join(DEPLOY, 'prometheus/alerts.test.yml'), 'utf8');
    const fired = [...text.matchAll(/alertname: (\w+)\n\s+exp_alerts:\n/g)].map(([, name]) => name);
    expect([...new Set(fired)].sort()).toEqual(
      alerts()
        .map(({ alert }) => alert)
        .sort(),
    );
  });
});

describe.skipIf(!found)('a Prometheus that scrapes an App', () => {
  let directory: string;
  let world: AppWorld;
  let app: App;
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-prometheus-'));
    world = await startAppWorld();
    app = await createApp({
      config: { ...world.config, metricsPort: 0 },
      log: quiet,
      lost() {},
      async handle(_event, { steps, source }) {
        await steps.run('read', () => source.repository());
        return { code: 'replied', message: 'a test' };
      },
    });
    const database = new pg.Client({ connectionString: world.config.databaseUrl ?? '' });
    await database.connect();
    const sql = `insert into trainyard.run_states (repository, run, engine, state) values ('flights/delay', 'r', 'runner', 'training')`;
    await database.query(sql).finally(() => database.end());
    const payload = commentPayload(world, { id: 5, pullRequest: 3 });
    await deliver(`${app.url}/api/github/webhooks`, { id: 'one', event: 'issue_comment', payload });
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: [join(DEPLOY, 'prometheus/alerts.yml')],
      scrape_configs: [{ job_name: 'trainyard', static_configs: [{ targets: [new URL(app.metrics ?? '').host] }] }],
    };
    // JSON is YAML.
    await writeFile(join(directory, 'prometheus.yml'), JSON.stringify(config));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const flags = [`--config.file=${directory}/prometheus.yml`, `--storage.tsdb.path=${directory}/data`];
    server = spawn('prometheus', [...flags, `--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
    await vi.waitFor(async () => expect(await health()).toEqual({ health: 'up', lastError: '' }), {
      timeout: 30_000,
      interval: 200,
    });
  });
  afterAll(async () => {
    if (server?.exitCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
    await app?.close();
    await world?.close();
    await rm(directory, { recursive: true, force: true });
  });

  const ask = async <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
    schema.parse(await (await fetch(`${url}/api/v1/${path}`)).json());
  const health = async () => (await ask('targets', Targets)).data.activeTargets[0];
  const query = async (expr: string) =>
    (await ask(`query?query=${encodeURIComponent(expr)}`, Queried)).data.result.length;

  /** By GPU and currency: there from the first run that has trained. */
  const OF_TRAINING: ReadonlySet<string> = new Set([
    'trainyard_cost_total',
    'trainyard_gpu_hours_total',
    'trainyard_training_hours_total',
  ]);

  test('holds every metric that the dashboard and the alerts name', async () => {
    await vi.waitFor(
      async () => {
        const { data } = await ask('label/__name__/values', Names);
        const absent = metricsNamed().filter((name) => !data.includes(name) && !OF_TRAINING.has(name));
        expect(absent).toEqual([]);
      },
      { timeout: 20_000, interval: 500 },
    );
  });

  test('understands every expression of the dashboard', async () => {
    for (const { targets } of panels()) for (const { expr } of targets) await query(expr);
  });

  test('has values for the panels of what is there from the start', async () => {
    for (const title of ['Database', 'Oldest that waits', 'Memory', 'Budget left by installation']) {
      const expr = panels().find((panel) => panel.title === title)?.targets[0]?.expr ?? '';
      expect([title, await query(expr)]).toEqual([title, 1]);
    }
  });

  test('loads the alerts, and fires none at an App that is well', async () => {
    await vi.waitFor(
      async () => {
        const rules = (await ask('rules', Loaded)).data.groups.flatMap((group) => group.rules);
        // One may be pending: an App that has just started has reconciled nothing yet.
        expect(rules.map(({ name, health, state }) => [name, health, state === 'firing'])).toEqual(
          alerts().map(({ alert }) => [alert, 'ok', false]),
        );
      },
      { timeout: 20_000, interval: 500 },
    );
  });
});

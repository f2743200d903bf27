import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../../app/app.ts';
import { githubApp } from '../../../app/github.ts';
import { governor } from '../../../app/governor/governor.ts';
import { memoryStore } from '../../../app/governor/memory-store.ts';
import { appMetrics } from '../../../app/metrics/metrics.ts';
import { redeliverFailed } from '../../../app/redelivery/sweep.ts';
import { freshDatabase } from '../database/fresh-database.ts';
import { type Severable, severable } from '../database/severed.ts';
import { type AppWorld, startAppWorld } from '../world.ts';

const quiet = { info() {}, error() {} };
const MINUTE = 60_000;
let world: AppWorld;
let app: App;
let database: Severable;
let pool: pg.Pool;
/** Where the App was reached before: what it answers. */
let before: { readonly server: Server; status: number; guids: string[] };
const handled: string[] = [];

beforeAll(async () => {
  const direct = await freshDatabase();
  database = await severable(direct);
  world = await startAppWorld(database.url);
  pool = new pg.Pool({ connectionString: direct, max: 2 });
  app = await createApp({
    config: world.config,
    log: quiet,
    lost() {},
    async handle(event) {
      if (event.kind === 'request') handled.push(String(event.payload['word']));
      return { code: 'ignored', message: '' };
    },
  });
  // Its own sweep at the start is over before anything happens.
  await vi.waitFor(
    async () => {
      const { rows } = await pool.query('select reached from trainyard.redelivery_progress');
      expect(rows[0]?.reached).toBeInstanceOf(Date);
    },
    { timeout: 20_000, interval: 50 },
  );
  const server = createServer((request, response) => {
    before.guids.push(String(request.headers['x-github-delivery']));
    response.writeHead(before.status).end();
  });
  before = { server, status: 503, guids: [] };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(async () => {
  before.server.close();
  before.server.closeAllConnections();
  await app?.close();
  await pool?.end();
  await world?.close();
  await database?.close();
});
beforeEach(async () => {
  await readAnew();
  before.guids.length = 0;
  before.status = 503;
  handled.length = 0;
  // A TCP server has an address of this shape once it listens.
  const { port } = before.server.address() as AddressInfo;
  world.github.setWebhookUrl(world.app.id, `http://127.0.0.1:${port}/`);
});

/** Sweeps at a later time say that they read all until then. */
const readAnew = () => pool.query('update trainyard.redelivery_progress set reached = null');

async function sweep(later = 0): Promise<void> {
  const metrics = appMetrics(Date.now);
  const store = memoryStore(Date.now);
  const github = githubApp(world.config, metrics, governor({ store: () => store, paced: false, metrics }));
  await redeliverFailed({ octokit: await github.asApp(), pool, now: Date.now() + later, log: quiet });
}

let happened = 0;

async function happen(count: number): Promise<readonly string[]> {
  const words = Array.from({ length: count }, () => `word ${happened++}`);
  for (const word of words) {
    await fetch(`${world.github.urls.api}/repos/flights/delay/dispatches`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world.ada.token}` },
      body: JSON.stringify({ event_type: 'trainyard-reconcile', client_payload: { word } }),
    });
  }
  return words;
}

const attempts = () => world.github.tables.deliveries.list({ appId: world.app.id });
const answered = (count: number) =>
  vi.waitFor(() => expect(attempts().filter(({ status }) => status !== 'pending').length).toBe(count), {
    timeout: 30_000,
    interval: 20,
  });

describe('the sweep', () => {
  test('asks for all that failed, however many pages they fill', async () => {
    const words = await happen(230);
    await answered(230);
    const sent = [...before.guids];
    before.status = 202;
    before.guids.length = 0;
    await sweep();
    await answered(380);
    await sweep();
    await answered(460);
    expect(before.guids.toSorted()).toEqual(sent.toSorted());
    expect(words).toHaveLength(new Set(before.guids).size);
  });

  test('asks for nothing again that arrived', async () => {
    const known = attempts().length;
    await sweep();
    await sweep(10 * MINUTE);
    expect(attempts()).toHaveLength(known);
  });

  test('asks again for what fails again, each time after a longer pause', async () => {
    const known = attempts().length;
    await happen(1);
    await answered(known + 1);
    const made: number[] = [];
    for (const later of [0, 0.5, 1.5, 2, 3.5, 4.5]) {
      await readAnew();
      await sweep(later * MINUTE);
      await answered(attempts().length);
      made.push(attempts().length - known);
    }
    // The second attempt is made at once, the third two minutes after it failed, the fourth four minutes after that.
    expect(made).toEqual([2, 2, 2, 3, 3, 4]);
  });

  test('begins anew where GitHub does not know its cursor any more', async () => {
    await pool.query(`update trainyard.redelivery_progress set began = now(), cursor = 'gone'`);
    const known = attempts().length;
    await happen(1);
    await answered(known + 1);
    before.status = 202;
    await sweep();
    await answered(known + 2);
    expect(before.guids).toHaveLength(2);
    expect(new Set(before.guids).size).toBe(1);
  });

  test('brings back what came while the database was away, and each is handled once', async () => {
    const known = attempts().length;
    world.github.setWebhookUrl(world.app.id, `${app.url}/api/github/webhooks`);
    const first = await happen(10);
    database.cut();
    const second = await happen(10);
    await answered(known + 20);
    const refused = attempts()
      .slice(known)
      .filter(({ statusCode }) => statusCode >= 500);
    expect(refused.length).toBeGreaterThanOrEqual(10);
    database.mend();
    await vi.waitFor(async () => expect((await fetch(`${app.url}/readyz`)).status).toBe(200), { timeout: 20_000 });
    await sweep();
    await vi.waitFor(() => expect(handled).toEqual(expect.arrayContaining([...first, ...second])), {
      timeout: 30_000,
      interval: 50,
    });
    expect(handled).toHaveLength(new Set(handled).size);
  });
});

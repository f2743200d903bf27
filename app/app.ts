import pg from 'pg';
import { localKeySigner } from '../adapters/signing/local-key.ts';
import type { FlowEvent } from '../flows/events.ts';
import type { Outcome } from '../flows/outcome.ts';
import type { Ports } from '../flows/ports.ts';
import type { AppConfig } from './config.ts';
import { memoryBegan } from './database/effects.ts';
import { forgetOlderThan, MEMORY_DAYS, migrate } from './database/migrations.ts';
import { embeddedPostgres } from './database/postgres.ts';
import { waitForTurn } from './database/singleton.ts';
import { type Deliveries, startDeliveries } from './durable/deliveries.ts';
import { type GithubApp, githubApp } from './github.ts';
import { type Endpoint, listen } from './http/server.ts';
import { ingestEndpoint } from './ingest/endpoint.ts';
import { progressNotifier } from './ingest/progress.ts';
import { type IngestTokens, ingestTokens } from './ingest/token.ts';
import { laneOf } from './lanes.ts';
import type { Log } from './log.ts';
import { portsFactory } from './ports.ts';
import { redeliverFailed } from './redelivery.ts';
import { startTimer } from './timer.ts';
import { webhookEndpoint } from './webhook.ts';

export interface AppOptions {
  readonly config: AppConfig;
  /** What to do about an event: `handleEvent` of flows/, or a stand-in. */
  readonly handle: (event: FlowEvent, ports: Ports) => Promise<Outcome>;
  readonly log: Log;
  /** Another App took over the database: this process must end at once. */
  readonly lost: () => void;
}

export interface App {
  /** `http://host:port`, where webhooks and live metrics come in. */
  readonly url: string;
  close(): Promise<void>;
}

export const WEBHOOK_PATH = '/api/github/webhooks';

const DAY = 86_400_000;
/** Days for which ids of deliveries are remembered: GitHub redelivers for 3, older servers for 7. */
const IDS = 14;

type End = () => unknown;

/** Starts the App. `close` ends its parts in the reverse order, and so does a start that fails half-way. */
export async function createApp(options: AppOptions): Promise<App> {
  const ends: End[] = [];
  const close = async (): Promise<void> => {
    for (const end of ends.splice(0).reverse()) await end();
  };
  try {
    return { url: await start(options, ends), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start({ config, handle, log, lost }: AppOptions, ends: End[]): Promise<string> {
  const now = () => new Date();
  const signer = localKeySigner(config.signingKey);
  const tokens = ingestTokens(config.webhookSecret);
  const github = githubApp(config);
  const self = await github.self();

  const databaseUrl = config.databaseUrl ?? (await openEmbedded(config, log, ends));
  const turn = await waitForTurn(databaseUrl, log, lost);
  ends.push(() => turn.release());
  const pool = await openTables(databaseUrl, log, ends);

  let url = '';
  const publicUrl = () => config.publicUrl ?? url;
  const { githubUrl } = config;
  const memory = await memoryBegan(pool);
  const portsFor = portsFactory({ pool, github, githubUrl, signer, self, tokens, publicUrl, now, memoryBegan: memory });
  const handleArrival = async (arrival: Parameters<typeof portsFor>[0]) =>
    handle(arrival.event, await portsFor(arrival));
  const deliveries = await startDeliveries({ databaseUrl, handle: handleArrival, log });
  ends.push(() => deliveries.close());
  const forget = () => deliveries.forget(Date.now() - IDS * DAY);
  await forget();
  const forgetting = setInterval(() => void forget().catch((error) => log.error(String(error))), DAY);
  ends.push(() => clearInterval(forgetting));

  const server = await listen(endpoints({ self, pool, github, deliveries, tokens, log }), config, log);
  ends.push(() => server.close());
  url = `http://${config.host}:${server.port}`;

  const timer = startTimer({
    interval: config.timerInterval,
    now: Date.now,
    log,
    rounds: rounds(github, deliveries, log),
  });
  ends.push(() => timer.stop());
  log.info('ready', { url, self, keyid: signer.keyid });
  return url;
}

async function openEmbedded(config: AppConfig, log: Log, ends: End[]): Promise<string> {
  const database = await embeddedPostgres(config.dataDir, log);
  ends.push(() => database.stop());
  return database.url;
}

async function openTables(databaseUrl: string, log: Log, ends: End[]): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const failed = (error: unknown) => log.error('the database failed', { error: String(error) });
  pool.on('error', failed);
  ends.push(() => pool.end());
  await migrate(pool);
  await forgetOlderThan(pool, MEMORY_DAYS);
  const forgetting = setInterval(() => void forgetOlderThan(pool, MEMORY_DAYS).catch(failed), DAY);
  ends.push(() => clearInterval(forgetting));
  return pool;
}

interface EndpointParts {
  readonly self: string;
  readonly pool: pg.Pool;
  readonly github: GithubApp;
  readonly deliveries: Deliveries;
  readonly tokens: IngestTokens;
  readonly log: Log;
}

function endpoints({ self, pool, github, deliveries, tokens, log }: EndpointParts): readonly Endpoint[] {
  const webhooks = webhookEndpoint({
    self,
    verify: github.verify,
    now: () => new Date(),
    log,
    async store(id, { lane, ...arrival }) {
      await deliveries.enqueue(arrival, { id, lane: await laneOf(pool, arrival.repository, lane) });
    },
  });
  const onProgress = progressNotifier({ pool, deliveries, now: Date.now, log });
  const ready = async () => {
    const up = await pool.query('select 1').then(
      () => true,
      () => false,
    );
    return up ? { status: 200, body: 'ready' } : { status: 503, body: 'the database does not answer' };
  };
  return [
    { method: 'POST', path: new RegExp(`^${WEBHOOK_PATH}$`), handle: webhooks },
    { method: 'POST', path: /^\/ingest\//, handle: ingestEndpoint({ pool, tokens, now: Date.now, onProgress }) },
    { method: 'GET', path: /^\/healthz$/, handle: async () => ({ status: 200, body: 'ok' }) },
    { method: 'GET', path: /^\/readyz$/, handle: ready },
  ];
}

function rounds(github: GithubApp, deliveries: Deliveries, log: Log): readonly ((slot: number) => Promise<void>)[] {
  return [
    () => deliveries.retryFailed(Date.now()),
    async () => redeliverFailed(await github.asApp(), Date.now(), log),
    async (slot) => {
      for (const { installation, repository } of await github.repositories()) {
        const arrival = { repository, installation, event: { kind: 'timer' as const } };
        const once = { id: `timer-${repository}-${slot}`, collapse: `timer-${repository}` };
        await deliveries.enqueue(arrival, { ...once, lane: repository });
      }
    },
  ];
}

import pg from 'pg';
import { ENGINES } from '../adapters/engines/registry.ts';
import { type GithubCaches, githubCaches, githubPorts } from '../adapters/github/ports.ts';
import { localKeySigner } from '../adapters/signing/local-key.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RepositoryName, RunId } from '../core/names.ts';
import type { FlowEvent } from '../flows/events.ts';
import type { Outcome } from '../flows/outcome.ts';
import type { Ports } from '../flows/ports.ts';
import type { AppConfig } from './config.ts';
import { inFlight } from './database/in-flight.ts';
import { forgetOlderThan, migrate } from './database/migrations.ts';
import { embeddedPostgres } from './database/postgres.ts';
import { recordRun, runLane } from './database/runs.ts';
import { waitForTurn } from './database/singleton.ts';
import { type Arrival, type Deliveries, startDeliveries } from './durable/deliveries.ts';
import { durableSteps } from './durable/steps.ts';
import { githubApp } from './github.ts';
import { type Endpoint, listen } from './http/server.ts';
import { ingestEndpoint } from './ingest/endpoint.ts';
import { atMostEvery } from './ingest/rate.ts';
import { ingestTokens } from './ingest/token.ts';
import { laneOf, laneOfRun } from './lanes.ts';
import type { Log } from './log.ts';
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

/** Milliseconds between two renderings of a run's live metrics. */
const PROGRESS_INTERVAL = 2_000;
const DAY = 86_400_000;
/** Days after which nothing in flight is remembered: a run lasts 35 at most. */
const MEMORY = 90;
/** Seconds beyond a run's own time limit that its token lasts: queueing, setup, uploads. */
const TOKEN_MARGIN = 86_400;

/** Starts the App: database, durable engine, HTTP, timer, in this order; `close` ends them in the reverse one. */
export async function createApp({ config, handle, log, lost }: AppOptions): Promise<App> {
  const github = githubApp(config);
  const signer = localKeySigner(config.signingKey);
  const self = await github.self();
  const database = config.databaseUrl === null ? await embeddedPostgres(config.dataDir, log) : null;
  const databaseUrl = database?.url ?? config.databaseUrl ?? '';
  const turn = await waitForTurn(databaseUrl, log, lost);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  pool.on('error', (error) => log.error('a database connection broke', { error: String(error) }));
  await migrate(pool);
  await forgetOlderThan(pool, MEMORY);
  const tokens = ingestTokens(config.webhookSecret);
  const caches = new Map<RepositoryName, GithubCaches>();
  let publicUrl = config.publicUrl ?? '';

  const portsFor = async ({ repository, installation }: Arrival): Promise<Ports> => {
    const [owner = '', repo = ''] = repository.split('/');
    const shared = caches.get(repository) ?? githubCaches();
    caches.set(repository, shared);
    const octokit = await github.installation(installation);
    const ports = githubPorts({ octokit, repository: { owner, repo }, self, caches: shared });
    const ingest = async (record: RunRecord) => {
      // Before the dispatch: the first metrics may come in at once.
      await recordRun(pool, repository, record.run, { installation, lane: laneOfRun(record) });
      const expires = Math.floor(Date.now() / 1000) + record.order.timeout + TOKEN_MARGIN;
      return {
        url: `${publicUrl}/ingest/${repository}/${record.run}`,
        token: tokens.issue(repository, record.run, expires),
      };
    };
    return {
      ...ports,
      steps: durableSteps(),
      clock: { now: () => new Date() },
      signer,
      inFlight: inFlight(pool, repository),
      engine: ENGINES.runner({ workflows: ports.workflows, ingest }),
    };
  };

  const deliveries = await startDeliveries({
    databaseUrl,
    handle: async (arrival) => handle(arrival.event, await portsFor(arrival)),
    log,
  });
  const progress = atMostEvery(PROGRESS_INTERVAL, (key) => void showProgress(key).catch(sayFailed), Date.now);
  const showProgress = async (key: string): Promise<void> => {
    const { repository, run } = JSON.parse(key) as { repository: RepositoryName; run: RunId };
    const lane = await runLane(pool, repository, run);
    if (lane === null) return;
    const arrival: Arrival = { repository, installation: lane.installation, event: { kind: 'progress', run } };
    await deliveries.enqueue(arrival, {
      id: `progress-${run}-${Date.now()}`,
      lane: lane.lane,
      collapse: `progress-${run}`,
    });
  };
  const sayFailed = (error: unknown) => log.error('progress is not shown', { error: String(error) });

  const endpoints: readonly Endpoint[] = [
    {
      method: 'POST',
      path: new RegExp(`^${WEBHOOK_PATH}$`),
      handle: webhookEndpoint({
        verify: github.verify,
        now: () => new Date(),
        log,
        async store(id, { lane, ...arrival }) {
          await deliveries.enqueue(arrival, { id, lane: await laneOf(pool, arrival.repository, lane) });
        },
      }),
    },
    {
      method: 'POST',
      path: /^\/ingest\//,
      handle: ingestEndpoint({
        pool,
        tokens,
        now: Date.now,
        onProgress: (repository, run) => progress(JSON.stringify({ repository, run })),
      }),
    },
    { method: 'GET', path: /^\/healthz$/, handle: async () => ({ status: 200, body: 'ok' }) },
    { method: 'GET', path: /^\/readyz$/, handle: () => ready(pool) },
  ];
  const server = await listen(endpoints, config, log);
  const url = `http://${config.host}:${server.port}`;
  publicUrl ||= url;
  const timer = startTimer({
    interval: config.timerInterval,
    now: Date.now,
    log,
    rounds: [
      async () => redeliverFailed(await github.asApp(), Date.now(), log),
      async (slot) => {
        for (const at of await github.repositories()) await tick(deliveries, at, slot);
      },
    ],
  });
  const forgetting = setInterval(() => void forgetOlderThan(pool, MEMORY).catch(sayFailed), DAY);
  log.info('ready', { url, self, keyid: signer.keyid });
  return {
    url,
    async close() {
      clearInterval(forgetting);
      await server.close();
      await timer.stop();
      await deliveries.close();
      await pool.end();
      await turn.release();
      await database?.stop();
    },
  };
}

function tick(
  deliveries: Deliveries,
  { installation, repository }: { installation: number; repository: RepositoryName },
  slot: number,
): Promise<void> {
  const arrival: Arrival = { repository, installation, event: { kind: 'timer' } };
  return deliveries.enqueue(arrival, {
    id: `timer-${repository}-${slot}`,
    lane: repository,
    collapse: `timer-${repository}`,
  });
}

async function ready(pool: pg.Pool): Promise<{ status: number; body: string }> {
  try {
    await pool.query('select 1');
    return { status: 200, body: 'ready' };
  } catch {
    return { status: 503, body: 'the database does not answer' };
  }
}

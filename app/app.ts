import pg from 'pg';
import { localKeySigner } from '../adapters/signing/local-key.ts';
import type { FlowEvent } from '../flows/events.ts';
import type { Outcome } from '../flows/outcome.ts';
import type { PortError, Ports } from '../flows/ports.ts';
import { type AppConfig, isLocalGithub } from './config.ts';
import { memoryBegan } from './database/effects.ts';
import { forgetOlderThan, MEMORY_DAYS, migrateDatabase } from './database/migrations.ts';
import { embeddedPostgres } from './database/postgres.ts';
import { runTraces } from './database/run-traces.ts';
import { type Deliveries, startDeliveries } from './durable/deliveries.ts';
import { obstacleOf } from './durable/failures.ts';
import { fencedFetch, leaseFence } from './durable/fence.ts';
import { joinReplicas, type Replica } from './durable/replica.ts';
import { sharedRounds } from './durable/rounds.ts';
import { replicaTurns } from './durable/turns.ts';
import { type GithubApp, githubApp } from './github.ts';
import { databaseStore } from './governor/database-store.ts';
import { governor } from './governor/governor.ts';
import { memoryStore } from './governor/memory-store.ts';
import { type Intake, openIntake } from './http/drain.ts';
import { type Endpoint, type Listening, listen } from './http/server.ts';
import { openInbox } from './inbox/inbox.ts';
import { endsIngest } from './ingest/ended.ts';
import { ingestEndpoint } from './ingest/endpoint.ts';
import { progressNotifier } from './ingest/progress.ts';
import { type IngestTokens, ingestTokens } from './ingest/token.ts';
import type { Log } from './log.ts';
import { countsCompute } from './metrics/compute.ts';
import { databaseGauges } from './metrics/database.ts';
import { appMetrics, type Metrics } from './metrics/metrics.ts';
import { takeoverCounter } from './metrics/replicas.ts';
import { countsRuns } from './metrics/run-states.ts';
import { serveMetrics } from './metrics/server.ts';
import { portsFactory } from './ports.ts';
import { redactor } from './redaction/redactor.ts';
import { secretsOf } from './redaction/secrets.ts';
import { redeliverFailed } from './redelivery/sweep.ts';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { startTimer } from './timer.ts';
import { webhookEndpoint } from './webhook.ts';

export interface AppOptions {
  readonly config: AppConfig;
  /** What to do about an event: `handleEvent` of flows/, or a stand-in. */
  readonly handle: (event: FlowEvent, ports: Ports) => Promise<Outcome>;
  readonly log: Log;
  /** Another replica took over what this one did: this process must end at once. */
  readonly lost: () => void;
}

export interface App {
  /** `http://host:port`, where webhooks and live metrics come in. */
  readonly url: string;
  /** `http://host:port/metrics`; null where none are served. */
  readonly metrics: string | null;
  close(): Promise<void>;
}

export const WEBHOOK_PATH = '/api/github/webhooks';

const DAY = 86_400_000;
/** Milliseconds between the timers of two repositories. */
const APART = 250;
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
    return { ...(await start(options, ends)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start({ config, handle, log, lost }: AppOptions, ends: End[]): Promise<Omit<App, 'close'>> {
  const now = () => new Date();
  const signer = localKeySigner(config.signingKey);
  const tokens = ingestTokens(config.webhookSecret, config.previousWebhookSecret);
  const metrics = appMetrics(Date.now);
  const redact = redactor(secretsOf(config));
  const fence = leaseFence();
  const fetch = fencedFetch(fence);
  let limits = memoryStore(Date.now);
  const paced = !isLocalGithub(config.githubUrl);
  const github = githubApp(config, metrics, governor({ store: () => limits, paced, metrics }), fetch);
  const self = await github.self();

  const address = config.databaseUrl ?? (await openEmbedded(config, log, ends));
  await migrateDatabase(address);
  const telemetry = startTelemetry({ settings: config.traces, now: Date.now, observe: metrics.spans, log });
  // After all else has ended: nobody waits for a collector who could go on.
  ends.push(() => telemetry.close());
  const alone = config.databaseUrl === null;
  const replica = await joinReplicas({ databaseUrl: address, lease: config.lease, fence, alone, log, lost });
  ends.push(() => replica.leave());
  const pool = await openTables(replica, log, ends);
  limits = databaseStore(pool);

  let url = '';
  const publicUrl = () => config.publicUrl ?? url;
  const { githubUrl } = config;
  const memory = await memoryBegan(pool);
  const traces = runTraces(pool);
  const watchers = [countsRuns(pool), countsCompute(pool), endsIngest(pool), ...telemetry.runs(traces)];
  const portsFor = portsFactory({
    ...{ pool, github, githubUrl, signer, self, tokens, publicUrl, now },
    ...{ memoryBegan: memory, metrics, log, telemetry, watchers, redact },
    turns: replicaTurns({ pool, executor: replica.executor }),
  });
  const handleArrival = async (arrival: Parameters<typeof portsFor>[0]) =>
    counted(metrics, arrival.event, async () => handle(arrival.event, await portsFor(arrival)));
  // Closed after what runs has ended: probes are answered until then.
  const intake = openIntake();
  let server: Listening | null = null;
  ends.push(() => server?.close());
  const deliveries = await startDeliveries({
    ...replica,
    ...{ handle: handleArrival, drain: config.drain, log },
    within: telemetry.flows(traces),
    kept: redact.error,
  });
  ends.push(() => deliveries.close());
  await replica.takeOver({ queued: deliveries.lookAgain, takenOver: takeoverCounter(metrics.registry) });
  const forget = () => deliveries.forget(Date.now() - IDS * DAY);
  await forget();
  const forgetting = setInterval(() => void forget().catch((error) => log.error(String(error))), DAY);
  ends.push(() => clearInterval(forgetting));

  const parts = { self, pool, github, deliveries, tokens, metrics, telemetry, intake, log };
  server = await listen(endpoints(parts), config, log);
  url = `http://${config.host}:${server.port}`;

  const timer = startTimer({
    interval: config.timerInterval,
    shared: sharedRounds(pool, 'timer'),
    log,
    rounds: rounds({ github, deliveries, pool, timerInterval: config.timerInterval, log }),
  });
  ends.push(() => timer.stop());
  const metricsUrl = await openMetrics({ config, metrics, pool, log }, ends);
  ends.push(() => intake.drain());
  log.info('ready', { url, metrics: metricsUrl, self, keyid: signer.keyid });
  return { url, metrics: metricsUrl };
}

async function counted(metrics: Metrics, event: FlowEvent, flow: () => Promise<Outcome>): Promise<Outcome> {
  try {
    const outcome = await flow();
    metrics.flow(event.kind, outcome.code);
    return outcome;
  } catch (error) {
    metrics.flow(event.kind, obstacleOf(error) === 'error' ? 'error' : 'postponed');
    throw error;
  }
}

interface MetricsParts {
  readonly config: AppConfig;
  readonly metrics: Metrics;
  readonly pool: pg.Pool;
  readonly log: Log;
}

async function openMetrics({ config, metrics, pool, log }: MetricsParts, ends: End[]): Promise<string | null> {
  if (config.metricsPort === null) return null;
  const { registry } = metrics;
  const refresh = databaseGauges(registry, pool, Date.now);
  const at = { host: config.metricsHost, port: config.metricsPort };
  const server = await serveMetrics({ registry, refresh, ...at, log });
  ends.push(() => server.close());
  return `http://${at.host}:${server.port}/metrics`;
}

async function openEmbedded(config: AppConfig, log: Log, ends: End[]): Promise<string> {
  const database = await embeddedPostgres(config.dataDir, log);
  ends.push(() => database.stop());
  return database.url;
}

async function openTables({ databaseUrl, admit }: Replica, log: Log, ends: End[]): Promise<pg.Pool> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10, onConnect: admit });
  const failed = (error: unknown) => log.error('the database failed', { error: String(error) });
  pool.on('error', failed);
  ends.push(() => pool.end());
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
  readonly metrics: Metrics;
  readonly telemetry: Pick<Telemetry, 'delivery'>;
  readonly intake: Intake;
  readonly log: Log;
}

function endpoints({
  self,
  pool,
  github,
  deliveries,
  tokens,
  metrics,
  telemetry,
  intake,
  log,
}: EndpointParts): readonly Endpoint[] {
  const inbox = openInbox(pool, deliveries);
  const webhooks = webhookEndpoint({
    self,
    verify: github.verify,
    now: () => new Date(),
    log,
    observe(event, result, seconds) {
      metrics.delivery(event, result, seconds);
      telemetry.delivery(event, result, seconds);
    },
    store: (id, { lane, ...arrival }) => inbox.put(id, arrival, lane),
  });
  const onProgress = progressNotifier({ pool, deliveries, now: Date.now, log });
  const ingest = ingestEndpoint({ pool, tokens, now: Date.now, onProgress });
  const ready = async () => {
    if (intake.draining()) return { status: 503, body: 'it is ending' };
    const up = await pool.query('select 1').then(
      () => true,
      () => false,
    );
    return up ? { status: 200, body: 'ready' } : { status: 503, body: 'the database does not answer' };
  };
  return [
    { method: 'POST', path: new RegExp(`^${WEBHOOK_PATH}$`), handle: intake.guard(webhooks) },
    { method: 'POST', path: /^\/ingest\//, handle: intake.guard(ingest) },
    { method: 'GET', path: /^\/healthz$/, handle: async () => ({ status: 200, body: 'ok' }) },
    { method: 'GET', path: /^\/readyz$/, handle: ready },
  ];
}

function rounds({
  github,
  deliveries,
  pool,
  timerInterval,
  log,
}: Pick<EndpointParts, 'github' | 'deliveries' | 'pool' | 'log'> & Pick<AppConfig, 'timerInterval'>): readonly ((
  round: number,
) => Promise<void>)[] {
  return [
    () => deliveries.retryAbandoned(Date.now()),
    async () => redeliverFailed({ octokit: await github.asApp(), pool, now: Date.now(), log }),
    async (round) => {
      const left = (installation: number, error: PortError) =>
        log.error('the repositories of an installation are not known now', { installation, error: String(error) });
      const repositories = await github.repositories(left);
      for (const [place, { installation, repository }] of repositories.entries()) {
        const arrival = { repository, installation, event: { kind: 'timer' as const } };
        const once = { id: `timer-${repository}-${round}`, collapse: `timer-${repository}` };
        // Spread out: a command must not wait for a worker behind all of them.
        const delay = Math.floor((place * Math.min(timerInterval / repositories.length, APART)) / 1000);
        await deliveries.enqueue(arrival, { ...once, lane: repository, delay });
      }
    },
  ];
}

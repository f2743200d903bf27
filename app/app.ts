import { resolve } from 'node:path';
import type pg from 'pg';
import { openProviders } from '../adapters/runners/registry.ts';
import { localKeySigner } from '../adapters/signing/local-key.ts';
import { mlflowTracker } from '../adapters/trackers/mlflow/tracker.ts';
import type { ProviderName } from '../core/runners/names.ts';
import type { FlowEvent } from '../flows/events.ts';
import type { Outcome } from '../flows/outcome.ts';
import type { Ports, RunnerProvider, Signer, Tracker } from '../flows/ports.ts';
import { type AppConfig, isLocalGithub } from './config.ts';
import { keepRunning } from './database/kept-postgres.ts';
import { migrateDatabase } from './database/migrations.ts';
import { openPool } from './database/pool.ts';
import { embeddedPostgres } from './database/postgres.ts';
import { runTraces } from './database/run-traces.ts';
import type { Arrival } from './durable/arrival.ts';
import { type Deliveries, startDeliveries } from './durable/deliveries.ts';
import { obstacleOf } from './durable/failures.ts';
import { fencedFetch, type LeaseFence, leaseFence } from './durable/fence.ts';
import { joinReplicas, type Replica } from './durable/replica.ts';
import { sharedRounds } from './durable/rounds.ts';
import { replicaTurns } from './durable/turns.ts';
import { endpoints, WEBHOOK_PATH } from './endpoints.ts';
import { type Ends, openEnds } from './ends.ts';
import { type GithubApp, githubApp } from './github.ts';
import { databaseStore } from './governor/database-store.ts';
import { governor } from './governor/governor.ts';
import { memoryStore } from './governor/memory-store.ts';
import { openIntake } from './http/drain.ts';
import { type Listening, listen } from './http/server.ts';
import { endsIngest } from './ingest/ended.ts';
import { type IngestTokens, ingestTokens } from './ingest/token.ts';
import type { Log } from './log.ts';
import { countsCompute } from './metrics/compute.ts';
import { databaseGauges } from './metrics/database.ts';
import { appMetrics, type Metrics } from './metrics/metrics.ts';
import { takeoverCounter } from './metrics/replicas.ts';
import { countsRuns } from './metrics/run-states.ts';
import { serveMetrics } from './metrics/server.ts';
import { ownAddress } from './own-address.ts';
import { portsFactory } from './ports.ts';
import { redactor } from './redaction/redactor.ts';
import { secretsOf } from './redaction/secrets.ts';
import { rounds } from './rounds.ts';
import { startTelemetry, type Telemetry } from './telemetry/telemetry.ts';
import { startTimer } from './timer.ts';
import { toldLately } from './told-lately.ts';

export { WEBHOOK_PATH };

export interface AppOptions {
  readonly config: AppConfig;
  /** What to do about an event: `handleEvent` of flows/, or a stand-in. */
  readonly handle: (event: FlowEvent, ports: Ports) => Promise<Outcome>;
  readonly log: Log;
  /** This process can't go on, for another one took over what it did, or its own database is gone: it must end at once. */
  readonly lost: (why: string) => void;
}

export interface App {
  /** `http://host:port`, where webhooks and live metrics come in. */
  readonly url: string;
  /** `http://host:port/metrics`; null where none are served. */
  readonly metrics: string | null;
  close(): Promise<void>;
}

/** Starts the App. `close` ends its parts in the reverse order, and so does a start that fails half-way. */
export async function createApp(options: AppOptions): Promise<App> {
  const ends = openEnds(options.log);
  try {
    return { ...(await start(options, ends)), close: ends.all };
  } catch (error) {
    // What can't be ended either is in the log; why it did not start counts.
    await ends.all().catch(() => {});
    throw error;
  }
}

async function start(options: AppOptions, ends: Ends): Promise<Omit<App, 'close'>> {
  const { config, log } = options;
  const signer = localKeySigner(config.signingKey);
  const metrics = appMetrics(Date.now);
  const fence = leaseFence();
  let limits = memoryStore(Date.now);
  const paced = !isLocalGithub(config.githubUrl);
  const github = githubApp(config, metrics, governor({ store: () => limits, paced, metrics }), fencedFetch(fence));
  const self = await github.self();

  const database = await openDatabase(options, { fence, metrics }, ends);
  const { pool, replica, telemetry } = database;
  limits = databaseStore(pool);
  // Closed after what runs has ended: probes are answered until then.
  const intake = openIntake();
  let server: Listening | null = null;
  ends.add(() => server?.close());
  const address = ownAddress(config);
  const tokens = ingestTokens(config.webhookSecret, config.previousWebhookSecret);
  const tracker = config.mlflow === null ? null : mlflowTracker({ ...config.mlflow, request: fencedFetch(fence) });
  const handling = { ...database, github, self, signer, metrics, tokens, tracker, publicUrl: address.publicUrl };
  const deliveries = await handleArrivals(options, handling, ends);
  ends.add(address.ends);
  await replica.takeOver({ queued: deliveries.lookAgain, takenOver: takeoverCounter(metrics.registry) });

  const parts = { self, pool, github, deliveries, tokens, metrics, telemetry, intake, log };
  server = await listen(endpoints(parts), config, log);
  const url = `http://${config.host}:${server.port}`;
  address.listens(url);
  const timer = startTimer({
    interval: config.timerInterval,
    shared: sharedRounds(pool, 'timer'),
    log,
    rounds: rounds({ github, deliveries, pool, timerInterval: config.timerInterval, log }),
  });
  ends.add(() => timer.stop());
  const metricsUrl = await openMetrics({ config, metrics, pool, log }, ends);
  ends.add(() => intake.drain());
  log.info('ready', { url, metrics: metricsUrl, self, keyid: signer.keyid });
  return { url, metrics: metricsUrl };
}

/** Sessions beside the durable engine's. */
const CONNECTIONS = 10;

interface Database {
  readonly pool: pg.Pool;
  readonly replica: Replica;
  readonly telemetry: Telemetry;
}

/** Our tables, as one of the replicas that share them. */
async function openDatabase(
  { config, log, lost }: AppOptions,
  { fence, metrics }: { readonly fence: LeaseFence; readonly metrics: Metrics },
  ends: Ends,
): Promise<Database> {
  const address = config.databaseUrl ?? (await openEmbedded({ config, log, lost }, ends));
  await migrateDatabase(address);
  const telemetry = startTelemetry({ settings: config.traces, now: Date.now, observe: metrics.spans, log });
  // After all else has ended: nobody waits for a collector who could go on.
  ends.add(() => telemetry.close());
  const alone = config.databaseUrl === null;
  const replica = await joinReplicas({ databaseUrl: address, lease: config.lease, fence, alone, log, lost });
  ends.add(() => replica.leave());
  const failed = (error: Error): void => log.error('the database failed', { error: String(error) });
  const pool = openPool({ databaseUrl: replica.databaseUrl, max: CONNECTIONS, setUp: replica.admit, failed });
  ends.add(() => pool.end());
  return { pool, replica, telemetry };
}

async function openEmbedded({ config, log, lost }: Omit<AppOptions, 'handle'>, ends: Ends): Promise<string> {
  const database = await embeddedPostgres(config.dataDir, log);
  ends.add(() => database.stop());
  ends.add(keepRunning(database, { log, lost }));
  return database.url;
}

interface Handling extends Database {
  readonly github: GithubApp;
  readonly self: string;
  readonly signer: Signer;
  readonly metrics: Metrics;
  readonly tokens: IngestTokens;
  readonly tracker: Tracker | null;
  readonly publicUrl: () => Promise<string>;
}

/** Begins to handle what is in the queue, each arrival with ports of its own. */
async function handleArrivals(
  { config, handle, log }: AppOptions,
  { replica, telemetry, ...parts }: Handling,
  ends: Ends,
): Promise<Deliveries> {
  const { pool, metrics } = parts;
  const redact = redactor(secretsOf(config));
  const traces = runTraces(pool);
  const portsFor = portsFactory({
    ...{ ...parts, telemetry, redact, log },
    githubUrl: config.githubUrl,
    compute: config.compute,
    providers: runnerProviders(config),
    now: () => new Date(),
    watchers: [countsRuns(pool), countsCompute(pool), endsIngest(pool), ...telemetry.runs(traces)],
    turns: replicaTurns({ pool, executor: replica.executor }),
  });
  const deliveries = await startDeliveries({
    ...replica,
    handle: (arrival: Arrival) =>
      counted(metrics, arrival.event, async () =>
        handle(toldLately(arrival.event, Date.now()), await portsFor(arrival)),
      ),
    within: telemetry.flows(traces),
    kept: redact.error,
    ...{ drain: config.drain, log },
  });
  ends.add(() => deliveries.close());
  return deliveries;
}

/** What makes runners, for all that this process handles. @throws PortError where it is set up wrongly */
function runnerProviders({ runners, githubUrl, dataDir }: AppConfig): ReadonlyMap<ProviderName, RunnerProvider> {
  if (runners === undefined) return new Map();
  const directory = resolve(dataDir, 'machines');
  return openProviders({ settings: runners, githubUrl, directory, clock: Date.now, environment: process.env });
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

async function openMetrics({ config, metrics, pool, log }: MetricsParts, ends: Ends): Promise<string | null> {
  if (config.metricsPort === null) return null;
  const { registry } = metrics;
  const refresh = databaseGauges(registry, pool, Date.now);
  const at = { host: config.metricsHost, port: config.metricsPort };
  const server = await serveMetrics({ registry, refresh, ...at, log });
  ends.add(() => server.close());
  return `http://${at.host}:${server.port}/metrics`;
}

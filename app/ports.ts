import type { Pool } from 'pg';
import { type ComputeSettings, computePort } from '../adapters/engines/compute.ts';
import { ENGINES } from '../adapters/engines/registry.ts';
import type { IngestAddress } from '../adapters/engines/runner/engine.ts';
import { githubApi } from '../adapters/github/api.ts';
import { gitAccess } from '../adapters/github/git-access.ts';
import { type GithubCaches, githubCaches, githubPorts } from '../adapters/github/ports.ts';
import { runnerRegistrations } from '../adapters/github/runners.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { Instant, type RepositoryName } from '../core/names.ts';
import type { ProviderName } from '../core/runners/names.ts';
import type { Ports, RunnerProvider, Signer, Tracker, Turns } from '../flows/ports.ts';
import { databaseEffects } from './database/effects.ts';
import { inFlight } from './database/in-flight.ts';
import { recordRun } from './database/runs.ts';
import { type Arrival, isBackground } from './durable/arrival.ts';
import { durableSteps } from './durable/steps.ts';
import type { GithubApp } from './github.ts';
import type { IngestTokens } from './ingest/token.ts';
import { laneOfRun } from './lanes.ts';
import { type LedgerWatcher, watchedLedger } from './ledger-watch.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Redactor } from './redaction/redactor.ts';
import { redactedSteps } from './redaction/steps.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

export interface PortsOptions {
  readonly pool: Pool;
  readonly github: GithubApp;
  /** The API's address. */
  readonly githubUrl: string;
  readonly signer: Signer;
  readonly self: string;
  readonly tokens: IngestTokens;
  /** Where jobs reach us. */
  readonly publicUrl: () => Promise<string>;
  readonly now: () => Date;
  readonly metrics: Metrics;
  readonly telemetry: Pick<Telemetry, 'steps' | 'requester' | 'git'>;
  /** Hear of what is written to the ledger. */
  readonly watchers: readonly LedgerWatcher[];
  readonly redact: Redactor;
  readonly log: Log;
  /** Null: runs are logged nowhere. */
  readonly tracker: Tracker | null;
  /** Clusters and the store that policy may name. */
  readonly compute: ComputeSettings;
  /** What makes runners for single jobs. */
  readonly providers: ReadonlyMap<ProviderName, RunnerProvider>;
  /** Among all replicas. */
  readonly turns: (repository: RepositoryName) => Turns;
}

/** Repositories whose git content is remembered. */
const REMEMBERED = 50;
/** Milliseconds for which a flow uses what it has read: its own, and read after its event came in. */
const FRESH = 2_000;
/** Seconds beyond a run's own time limit that its token lasts: queueing, setup, uploads. */
const TOKEN_MARGIN = 86_400;

/** Everything a flow may touch, bound to one repository as its installation. */
export function portsFactory(options: PortsOptions): (arrival: Arrival) => Promise<Ports> {
  const { pool, github, signer, self, now, telemetry, watchers } = options;
  const caches = new Map<string, GithubCaches>();
  const cachesOf = (key: string): GithubCaches => {
    const known = caches.get(key) ?? githubCaches();
    caches.delete(key);
    caches.set(key, known);
    const [oldest] = caches.keys();
    if (caches.size > REMEMBERED && oldest !== undefined) caches.delete(oldest);
    return known;
  };
  return async ({ repository, installation, event, again }) => {
    const [owner = '', repo = ''] = repository.split('/');
    const priority = isBackground(event) ? 'background' : 'person';
    const client = await github.installation(installation, priority);
    const octokit = telemetry.requester(client, installation);
    // Never shared between installations: what one may read, another may not.
    const shared = cachesOf(`${installation} ${repository}`);
    const id = { owner, repo };
    const git = gitAccess(options.githubUrl, id, {
      token: (refused) => github.token(installation, refused),
      now,
      fetch: telemetry.git(github.gitFetch(installation, priority)),
    });
    const effects = databaseEffects(pool, repository, now);
    const ports = githubPorts({
      octokit,
      repository: id,
      git,
      freshFor: FRESH,
      self,
      effects,
      caches: shared,
      turns: options.turns(repository),
    });
    const { providers } = options;
    const api = githubApi({ octokit, repository: id, etags: shared.etags });
    const ingest = (record: RunRecord) => ingestAddress(options, record, { repository, installation });
    return {
      ...ports,
      ledger: watchedLedger(ports.ledger, repository, watchers, options.log),
      ...lateness(again, now()),
      steps: telemetry.steps(redactedSteps(durableSteps(options.metrics.step), options.redact)),
      clock: { now },
      signer,
      inFlight: inFlight(pool, repository),
      ...(options.tracker === null ? {} : { tracker: options.tracker }),
      ...(providers.size === 0 ? {} : { runners: { registrations: runnerRegistrations(api), providers } }),
      engine: ENGINES.runner({ workflows: ports.workflows, ingest }),
      compute: computePort({ settings: options.compute, repository, ingest, clock: () => now().getTime() }),
    };
  };
}

function lateness(again: Arrival['again'], now: Date): Pick<Ports, 'late'> {
  if (again === undefined || again.why === 'error') return {};
  const at = (time: Date) => Instant.parse(`${time.toISOString().slice(0, 19)}Z`);
  return { late: { since: at(new Date(again.first)), handled: at(now), why: again.why } };
}

async function ingestAddress(
  { pool, tokens, publicUrl, now }: PortsOptions,
  record: RunRecord,
  { repository, installation }: { repository: RepositoryName; installation: number },
): Promise<IngestAddress> {
  // Before the dispatch: the first metrics may come in at once.
  await recordRun(pool, repository, record.run, { installation, lane: laneOfRun(record) });
  const expires = Math.floor(now().getTime() / 1000) + record.order.timeout + TOKEN_MARGIN;
  return {
    url: `${await publicUrl()}/ingest/${repository}/${record.run}`,
    token: tokens.issue(repository, record.run, expires),
  };
}

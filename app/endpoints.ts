import type pg from 'pg';
import type { Deliveries } from './durable/deliveries.ts';
import type { GithubApp } from './github.ts';
import type { Intake } from './http/drain.ts';
import type { Endpoint, HttpAnswer } from './http/server.ts';
import { openInbox } from './inbox/inbox.ts';
import { ingestEndpoint } from './ingest/endpoint.ts';
import { progressNotifier } from './ingest/progress.ts';
import type { IngestTokens } from './ingest/token.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics/metrics.ts';
import type { Telemetry } from './telemetry/telemetry.ts';
import { webhookEndpoint } from './webhook.ts';

export const WEBHOOK_PATH = '/api/github/webhooks';

export interface EndpointParts {
  readonly self: string;
  readonly pool: pg.Pool;
  readonly github: Pick<GithubApp, 'verify'>;
  readonly deliveries: Deliveries;
  readonly tokens: IngestTokens;
  readonly metrics: Pick<Metrics, 'delivery'>;
  readonly telemetry: Pick<Telemetry, 'delivery'>;
  readonly intake: Intake;
  readonly log: Log;
}

/** Where GitHub, jobs and probes reach us. */
export function endpoints(parts: EndpointParts): readonly Endpoint[] {
  const { self, pool, github, deliveries, tokens, metrics, telemetry, intake, log } = parts;
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
  return [
    { method: 'POST', path: new RegExp(`^${WEBHOOK_PATH}$`), handle: intake.guard(webhooks) },
    { method: 'POST', path: /^\/ingest\//, handle: intake.guard(ingest) },
    { method: 'GET', path: /^\/healthz$/, handle: async () => ({ status: 200, body: 'ok' }) },
    { method: 'GET', path: /^\/readyz$/, handle: () => readiness(parts) },
  ];
}

async function readiness({ pool, intake }: Pick<EndpointParts, 'pool' | 'intake'>): Promise<HttpAnswer> {
  if (intake.draining()) return { status: 503, body: 'it is ending' };
  const up = await pool.query('select 1').then(
    () => true,
    () => false,
  );
  return up ? { status: 200, body: 'ready' } : { status: 503, body: 'the database does not answer' };
}

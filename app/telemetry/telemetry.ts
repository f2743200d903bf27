import { hostname } from 'node:os';
import { SpanKind } from '@opentelemetry/api';
import type { Requester } from '../../adapters/github/api.ts';
import type { Steps } from '../../flows/ports.ts';
import type { RunTraces } from '../database/run-traces.ts';
import { CONVERTERS } from '../deliveries/registry.ts';
import type { LedgerWatcher } from '../ledger-watch.ts';
import type { Log } from '../log.ts';
import type { DeliveryResult } from '../metrics/results.ts';
import { currentOperation } from '../operation.ts';
import { boundedExport, type Collector, type SpanResult } from './exporter.ts';
import { tracedFlows, untracedFlows, type Within } from './flows.ts';
import { deliveryContext } from './ids.ts';
import { tracedGitFetch, tracedRequester } from './requests.ts';
import { runsInTraces } from './runs.ts';
import { tracedSteps } from './steps.ts';
import { startTracing } from './tracing.ts';

/** Where traces go, and which part of them. */
export interface TraceSettings extends Collector {
  /** 0 to 1. */
  readonly ratio: number;
  /** `service.name`. */
  readonly service: string;
}

/** What the App's parts are wrapped in, so that they are told; without a collector, each is itself. */
export interface Telemetry {
  /** The delivery that is the current operation was answered. @param seconds since it came in */
  delivery(event: string, result: DeliveryResult, seconds: number): void;
  flows(traces: RunTraces): Within;
  steps(inner: Steps): Steps;
  requester(inner: Requester, installation: number): Requester;
  git(inner: typeof globalThis.fetch): typeof globalThis.fetch;
  runs(traces: RunTraces): readonly LedgerWatcher[];
  /** Sends what waits, for a few seconds at most. */
  close(): Promise<void>;
}

export interface TelemetryOptions {
  readonly settings: TraceSettings | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly observe: (result: SpanResult, count: number) => void;
  readonly log: Log;
}

const OFF: Telemetry = {
  delivery() {},
  flows: () => untracedFlows,
  steps: (inner) => inner,
  requester: (inner) => inner,
  git: (inner) => inner,
  runs: () => [],
  async close() {},
};

export function startTelemetry({ settings, now, observe, log }: TelemetryOptions): Telemetry {
  if (settings === null) return OFF;
  const failed = (error: Error | undefined): void =>
    // Its text may hold what the collector answered.
    log.error('the collector takes no spans; they are lost until it does', { error: error?.name ?? 'unknown' });
  const tracing = startTracing({
    processor: boundedExport({ collector: settings, observe, failed }),
    ratio: settings.ratio,
    resource: { 'service.name': settings.service, 'service.instance.id': `${hostname()}-${process.pid}` },
  });
  return {
    delivery(event, result, seconds) {
      const { id } = currentOperation() ?? {};
      // What no flow follows says nothing, and of what is not signed the id is anybody's text.
      if (id === undefined || result !== 'accepted') return;
      const kind = CONVERTERS.has(event) ? event : 'other';
      const { traceId, spanId } = deliveryContext(id);
      const end = now();
      tracing.past(
        {
          name: `delivery ${kind}`,
          kind: SpanKind.SERVER,
          parent: null,
          ids: { trace: traceId, span: spanId },
          start: end - seconds * 1000,
          attributes: { 'trainyard.event': kind },
        },
        end,
      );
    },
    flows: (traces) => tracedFlows(tracing, traces, log),
    steps: (inner) => tracedSteps(inner, tracing),
    requester: (inner, installation) => tracedRequester(inner, installation, tracing),
    git: (inner) => tracedGitFetch(inner, tracing),
    runs: (traces) => [runsInTraces(traces, tracing)],
    close: () => tracing.close(),
  };
}

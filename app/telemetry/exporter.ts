import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace';

/** Where spans go, over OTLP/HTTP with JSON (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
export interface Collector {
  /** With its path, e.g. `http://127.0.0.1:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What became of a span: `dropped` where the queue was full, `failed` where the collector did not take it. */
export const SPAN_RESULTS = ['exported', 'failed', 'dropped'] as const;
export type SpanResult = (typeof SPAN_RESULTS)[number];

export interface ExportOptions {
  readonly collector: Collector;
  readonly observe: (result: SpanResult, count: number) => void;
  /** Hears once of a collector that takes nothing, and again only after it took something. */
  readonly failed: (error: Error | undefined) => void;
  /** Milliseconds between exports. */
  readonly delay?: number;
}

/** Spans that wait, about 2 MB. */
const QUEUE = 2048;
const BATCH = 512;
/** Milliseconds for one export with its repetitions. */
const TIMEOUT = 5_000;
const DELAY = 2_000;

/**
 * Sends spans in batches, in the background. A collector that is slow, away or says no costs spans and nothing else: what
 * waits is bounded, and nobody waits for it but the end of the process, for as long as one export may take.
 */
export function boundedExport({ collector, observe, failed, delay = DELAY }: ExportOptions): SpanProcessor {
  let waiting = 0;
  const sent = (count: number): void => {
    waiting = Math.max(0, waiting - count);
  };
  const otlp = new OTLPTraceExporter({ url: collector.url, headers: { ...collector.headers }, timeoutMillis: TIMEOUT });
  const batches = new BatchSpanProcessor({
    exporter: observed(otlp, { observe, failed, sent }),
    maxQueueSize: QUEUE,
    maxExportBatchSize: BATCH,
    scheduledDelayMillis: delay,
    exportTimeoutMillis: TIMEOUT + 1_000,
  });
  return {
    onStart: (span, context) => batches.onStart(span, context),
    onEnd(span) {
      if (waiting >= QUEUE) return observe('dropped', 1);
      waiting += 1;
      batches.onEnd(span);
    },
    // An export that failed was told of already.
    forceFlush: () => batches.forceFlush().catch(() => {}),
    shutdown: () => batches.shutdown().catch(() => {}),
  };
}

interface Observers extends Pick<ExportOptions, 'observe' | 'failed'> {
  readonly sent: (count: number) => void;
}

function observed(inner: SpanExporter, { observe, failed, sent }: Observers): SpanExporter {
  let away = false;
  return {
    export(spans: ReadableSpan[], done) {
      inner.export(spans, (result) => {
        sent(spans.length);
        const ok = result.code === 0;
        observe(ok ? 'exported' : 'failed', spans.length);
        if (!ok && !away) failed(result.error);
        away = !ok;
        done(result);
      });
    },
    shutdown: () => inner.shutdown(),
    forceFlush: () => inner.forceFlush?.() ?? Promise.resolve(),
  };
}

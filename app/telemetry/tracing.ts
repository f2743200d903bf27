import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanKind,
  SpanStatusCode,
  type TimeInput,
  trace,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { errorType } from './error-type.ts';
import { plannedIds } from './ids.ts';

/** One span. Names and values are ours: kinds, codes, numbers and ids, never what a person or a repository wrote. */
export interface SpanOptions {
  readonly name: string;
  readonly kind?: SpanKind;
  /** Absent: the span that is current; null: none, it begins a trace. */
  readonly parent?: SpanContext | null;
  readonly links?: readonly Link[];
  readonly attributes?: Attributes;
  /** Planned ids; a planned trace counts where there is no parent. */
  readonly ids?: { readonly trace?: string; readonly span?: string };
  readonly start?: TimeInput;
  /** Of what is over: it ended in an error. */
  readonly failed?: boolean;
}

/** Tells spans. It never fails and never waits for anybody. */
export interface Tracing {
  /** Runs `work` in a span, which is current meanwhile and ends with it, with the code of its error. */
  within<T>(options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** A span of what is over. */
  past(options: SpanOptions, end?: TimeInput): void;
  /** The flow that is being handled; undefined outside of one. */
  flow(): Span | undefined;
  /** As `within`, for a flow. */
  asFlow<T>(options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T>;
  /** Sends what waits, for a few seconds at most. */
  close(): Promise<void>;
}

export interface TracingOptions {
  readonly processor: SpanProcessor;
  /** Of traces, those that are told: 0 to 1. All spans of one are, or none, in every process. */
  readonly ratio: number;
  readonly resource: Attributes;
}

interface Current {
  readonly span: Span;
  readonly flow: Span | undefined;
}

export function startTracing({ processor, ratio, resource }: TracingOptions): Tracing {
  const ids = plannedIds();
  // A provider of our own: the durable engine would find a global one, and tell spans with the text of its arguments.
  const provider = new TracerProvider({
    idGenerator: ids,
    // By the trace's id alone, so that every process decides alike.
    sampler: ratio >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio),
    resource: resourceFromAttributes(resource),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('trainyard');
  const current = new AsyncLocalStorage<Current>();
  const start = ({ name, kind, parent, links, attributes, ids: planned = {}, start: startTime }: SpanOptions): Span => {
    const above = parent === undefined ? current.getStore()?.span.spanContext() : parent;
    const context = above == null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, above);
    const options = {
      ...(kind === undefined ? {} : { kind }),
      ...(links === undefined ? {} : { links: [...links] }),
      ...(attributes === undefined ? {} : { attributes }),
      ...(startTime === undefined ? {} : { startTime }),
    };
    return ids.during(planned, () => tracer.startSpan(name, options, context));
  };
  const run = async <T>(options: SpanOptions, isFlow: boolean, work: (span: Span) => Promise<T>): Promise<T> => {
    const span = start(options);
    try {
      return await current.run({ span, flow: isFlow ? span : current.getStore()?.flow }, () => work(span));
    } catch (error) {
      // Its message may hold anything; its code is one of a closed set.
      span.setAttribute('error.type', errorType(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  };
  return {
    within: (options, work) => run(options, false, work),
    asFlow: (options, work) => run(options, true, work),
    past(options, end) {
      const span = start(options);
      if (options.failed === true) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(end);
    },
    flow: () => current.getStore()?.flow,
    close: () => provider.shutdown(),
  };
}

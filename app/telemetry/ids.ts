import { createHash } from 'node:crypto';
import { type SpanContext, TraceFlags } from '@opentelemetry/api';
import type { IdGenerator } from '@opentelemetry/sdk-trace';
import { RandomIdGenerator } from '@opentelemetry/sdk-trace';

/**
 * Where a delivery's span stands, from its id alone: whichever process handles it, today or after a crash, under this
 * version or the next, hangs its own spans below without anything being handed on.
 * @param id of the delivery; flows that are tried again carry a number behind it, and stay in its trace
 */
export function deliveryContext(id: string): SpanContext {
  const [base = ''] = id.split('~');
  return { traceId: hex(`trace ${base}`, 16), spanId: hex(`delivery ${base}`, 8), traceFlags: TraceFlags.SAMPLED };
}

/** Of a flow, which is one span even where a second process goes on with what the first began. */
export function flowSpanId(id: string): string {
  return hex(`flow ${id}`, 8);
}

/** Of one stretch of a run's life: told twice, it is the same span. */
export function runSpanId(run: string, what: string): string {
  return hex(`run ${run} ${what}`, 8);
}

/** Timers and calls of our own: nothing came in that a span could stand for. */
export function cameFromGithub(id: string): boolean {
  return !/^(?:timer|progress|reconcile)-/.test(id);
}

function hex(text: string, bytes: number): string {
  return createHash('sha256')
    .update(`trainyard ${text}`)
    .digest('hex')
    .slice(0, bytes * 2);
}

/** https://www.w3.org/TR/trace-context/#traceparent-header, version 00 */
export function traceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Null where it is not of that form. */
export function parseTraceparent(text: string): SpanContext | null {
  const [, traceId = '', spanId = '', flags = ''] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text) ?? [];
  if (!/[1-9a-f]/.test(traceId) || !/[1-9a-f]/.test(spanId)) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

export interface PlannedIds extends IdGenerator {
  /** The ids of the one span that `start` starts, which does so before it returns. */
  during<T>(ids: { readonly trace?: string; readonly span?: string }, start: () => T): T;
}

/** Random ids, but where one was planned. */
export function plannedIds(): PlannedIds {
  const random = new RandomIdGenerator();
  let planned: { readonly trace?: string; readonly span?: string } = {};
  return {
    generateTraceId: () => planned.trace ?? random.generateTraceId(),
    generateSpanId: () => planned.span ?? random.generateSpanId(),
    during(ids, start) {
      planned = ids;
      try {
        return start();
      } finally {
        planned = {};
      }
    },
  };
}

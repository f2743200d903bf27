import { type Attributes, type SpanContext, SpanKind, TraceFlags } from '@opentelemetry/api';
import { RunId } from '../../core/names.ts';
import type { FlowEvent } from '../../flows/events.ts';
import type { Outcome } from '../../flows/outcome.ts';
import type { RunTraces } from '../database/run-traces.ts';
import type { Arrival } from '../durable/arrival.ts';
import type { Log } from '../log.ts';
import { inOperation } from '../operation.ts';
import { cameFromGithub, deliveryContext, flowSpanId, parseTraceparent } from './ids.ts';
import type { Tracing } from './tracing.ts';

/** Handles an arrival, around which something is told. */
export type Within = (id: string, arrival: Arrival, flow: () => Promise<Outcome>) => Promise<Outcome>;

/** Without a collector, an operation has its id alone. */
export const untracedFlows: Within = (id, _, flow) => inOperation({ id }, flow);

/**
 * One span a flow, below its delivery's; what a run's own workflow runs, buttons and metrics bring about, in the trace of
 * the command that the run began with, linked with the delivery. Every log line of it names operation and trace.
 */
export function tracedFlows(tracing: Tracing, traces: RunTraces, log: Log): Within {
  return async (id, arrival, flow) => {
    const delivery = deliveryContext(id);
    const run = await runContext(traces, arrival).catch((error: unknown) => {
      log.error('the trace of a run could not be read', { id, error: String(error) });
      return null;
    });
    const from: SpanContext | null = cameFromGithub(id) ? delivery : null;
    const options = {
      name: `flow ${arrival.event.kind}`,
      kind: SpanKind.CONSUMER,
      parent: run ?? from,
      links: run !== null && from !== null ? [{ context: from }] : [],
      ids: { trace: delivery.traceId, span: flowSpanId(id) },
      attributes: attributesOf(id, arrival),
    };
    return tracing.asFlow(options, (span) => {
      const { traceId, traceFlags } = span.spanContext();
      const told = (traceFlags & TraceFlags.SAMPLED) !== 0 ? { trace: traceId } : {};
      return inOperation({ id, ...told }, async () => {
        const outcome = await flow();
        span.setAttribute('trainyard.outcome', outcome.code);
        return outcome;
      });
    });
  };
}

/** Only by what the event itself says: a merge or a timer is about many runs, which their records link with it. */
async function runContext(traces: RunTraces, { repository, event }: Arrival): Promise<SpanContext | null> {
  const kept = await tracedRun(traces, repository, event);
  return kept === null ? null : parseTraceparent(kept);
}

async function tracedRun(
  traces: RunTraces,
  repository: Arrival['repository'],
  event: FlowEvent,
): Promise<string | null> {
  switch (event.kind) {
    case 'workflow_completed':
      return traces.ofWorkflowRun(repository, event.workflowRun);
    case 'progress':
      return traces.ofRun(repository, event.run);
    case 'check_action': {
      const run = RunId.safeParse(event.externalId);
      return run.success ? traces.ofRun(repository, run.data) : null;
    }
    default:
      return null;
  }
}

function attributesOf(id: string, { installation, event }: Arrival): Attributes {
  const number = 'pullRequest' in event ? event.pullRequest : 'number' in event ? event.number : undefined;
  const again = /~(\d+)$/.exec(id)?.[1];
  return {
    'trainyard.event': event.kind,
    'trainyard.installation': installation,
    ...(number === undefined ? {} : { 'trainyard.pull_request': number }),
    // GitHub's own form; ids of timers hold the repository's name.
    ...(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:~\d+)?$/.test(id)
      ? { 'trainyard.delivery': id }
      : {}),
    ...(again === undefined ? {} : { 'trainyard.again': Number(again) }),
  };
}

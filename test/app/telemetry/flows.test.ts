import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { describe, expect, test } from 'vitest';
import type { RunTraces } from '../../../app/database/run-traces.ts';
import { Arrival } from '../../../app/durable/arrival.ts';
import { currentOperation } from '../../../app/operation.ts';
import { tracedFlows } from '../../../app/telemetry/flows.ts';
import { deliveryContext, flowSpanId } from '../../../app/telemetry/ids.ts';
import { startTracing } from '../../../app/telemetry/tracing.ts';
import type { FlowEvent } from '../../../flows/events.ts';
import { runId } from '../../core/samples.ts';

const GUID = '1f0b6a3e-0000-4000-8000-000000000001';
const RUN = { trace: '0af7651916cd43dd8448eb211c80319c', span: 'b7ad6b7169203331' };
const known = `00-${RUN.trace}-${RUN.span}-01`;
const arrival = (event: FlowEvent) => Arrival.parse({ repository: 'flights/delay', installation: 3, event });
const outcome = { code: 'replied', message: 'a test' } as const;

/** One process: what it handles flows in, and the spans that it ended. */
function process(traces: Partial<RunTraces> = {}, logged: string[] = []) {
  const spans: ReadableSpan[] = [];
  const processor = {
    onStart() {},
    onEnd: (span: ReadableSpan) => void spans.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const tracing = startTracing({ processor, ratio: 1, resource: {} });
  const none = async () => null;
  const all: RunTraces = {
    ...{ ofRun: none, ofWorkflowRun: none, ofVersion: none, becomes: async () => {} },
    remember: async (_, __, { traceparent }) => traceparent,
    ...traces,
  };
  const log = { info() {}, error: (message: string) => void logged.push(message) };
  return { spans, within: tracedFlows(tracing, all, log) };
}

describe('a flow', () => {
  test('that a second process goes on with is the same span, below the same delivery', async () => {
    const [first, second] = [process(), process()];
    const comment = arrival({ kind: 'comment_changed', id: 1, pullRequest: 7, change: 'edited' });
    await first.within(GUID, comment, async () => outcome);
    await second.within(GUID, comment, async () => outcome);
    const [a, b] = [first.spans[0], second.spans[0]];
    expect(a?.spanContext()).toEqual(b?.spanContext());
    expect(a?.parentSpanContext).toMatchObject({ spanId: deliveryContext(GUID).spanId });
    expect(a?.attributes).toEqual({
      'trainyard.event': 'comment_changed',
      'trainyard.installation': 3,
      'trainyard.pull_request': 7,
      'trainyard.delivery': GUID,
      'trainyard.outcome': 'replied',
    });
  });

  test.each([
    ['a workflow run', { kind: 'workflow_completed', workflowRun: 10 }],
    ['new metrics', { kind: 'progress', run: runId(1) }],
    [
      'a button',
      {
        ...{ kind: 'check_action', check: 'c', externalId: runId(1), sha: 'a'.repeat(40), identifier: 'cancel' },
        ...{ sender: 'ada', senderType: 'User', senderId: 1 },
      },
    ],
  ] as const)('of %s of a run is told in the run’s trace, and linked with its delivery', async (_, event) => {
    const found = async () => known;
    const { spans, within } = process({ ofRun: found, ofWorkflowRun: found });
    await within(GUID, arrival(event as FlowEvent), async () => outcome);
    expect(spans[0]?.spanContext().traceId).toBe(RUN.trace);
    expect(spans[0]?.parentSpanContext?.spanId).toBe(RUN.span);
    expect(spans[0]?.links.map(({ context }) => context.spanId)).toEqual([deliveryContext(GUID).spanId]);
  });

  test('of a timer begins a trace of its own, without the name of the repository', async () => {
    const { spans, within } = process();
    await within('timer-flights/delay-9', arrival({ kind: 'timer' }), async () => outcome);
    expect(spans[0]?.parentSpanContext).toBeUndefined();
    expect(spans[0]?.spanContext().spanId).toBe(flowSpanId('timer-flights/delay-9'));
    expect(JSON.stringify(spans[0]?.attributes)).not.toContain('flights');
  });

  test('names its operation and its trace to whatever it does', async () => {
    const { within } = process();
    const seen = within(`${GUID}~2`, arrival({ kind: 'timer' }), async () => {
      await null;
      expect(currentOperation()).toEqual({ id: `${GUID}~2`, trace: deliveryContext(GUID).traceId });
      return outcome;
    });
    expect(await seen).toBe(outcome);
    expect(currentOperation()).toBeUndefined();
  });

  test('is handled where the trace of its run can not be read, or is no trace', async () => {
    const logged: string[] = [];
    const away = process({ ofWorkflowRun: () => Promise.reject(new Error('the database is away')) }, logged);
    const damaged = process({ ofWorkflowRun: async () => 'no traceparent' });
    for (const { spans, within } of [away, damaged]) {
      expect(await within(GUID, arrival({ kind: 'workflow_completed', workflowRun: 1 }), async () => outcome)).toBe(
        outcome,
      );
      expect(spans[0]?.spanContext().traceId).toBe(deliveryContext(GUID).traceId);
    }
    expect(logged).toEqual(['the trace of a run could not be read']);
  });
});

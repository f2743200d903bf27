import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { boundedExport, type SpanResult } from '../../../app/telemetry/exporter.ts';
import { deliveryContext } from '../../../app/telemetry/ids.ts';
import { startTracing } from '../../../app/telemetry/tracing.ts';
import { startCollector, type TestCollector } from './collector.ts';

let collector: TestCollector;
beforeAll(async () => {
  collector = await startCollector();
});
afterAll(async () => {
  await collector?.close();
});

/** Tracing to the collector, and what became of its spans. */
function traced(delay?: number) {
  const counts: Record<SpanResult, number> = { exported: 0, failed: 0, dropped: 0 };
  const failed = vi.fn();
  const processor = boundedExport({
    collector: { url: `${collector.endpoint}/v1/traces`, headers: {} },
    observe: (result, count) => {
      counts[result] += count;
    },
    failed,
    ...(delay === undefined ? {} : { delay }),
  });
  const tracing = startTracing({ processor, ratio: 1, resource: { 'service.name': 'a test' } });
  const tell = (count: number): void => {
    for (let index = 0; index < count; index += 1) tracing.past({ name: 'a span', parent: null });
  };
  return { counts, failed, tracing, tell };
}

describe('the export of spans', () => {
  test('sends what waits when the process ends', async () => {
    collector.answer = 200;
    const { counts, tracing, tell } = traced(60_000);
    tell(700);
    expect(counts.exported).toBeLessThan(700);
    await tracing.close();
    expect(counts).toEqual({ exported: 700, failed: 0, dropped: 0 });
    expect(collector.problems).toEqual([]);
  });

  test('keeps no more than it may while a collector hangs, and does not hold up who tells', async () => {
    collector.answer = 'hang';
    const { counts, tracing, tell } = traced(60_000);
    // It returns while the collector hangs: were it to wait for an answer, this would not end.
    tell(5_000);
    expect(counts.dropped).toBe(5_000 - 2_048);
    // Nobody waits for longer than an export may take.
    await tracing.close();
    expect(counts.exported).toBe(0);
  }, 30_000);

  test('of a collector that refuses is told of once, and fails nobody', async () => {
    collector.answer = 400;
    const { counts, failed, tracing, tell } = traced(10);
    tell(1);
    await vi.waitFor(() => expect(counts.failed).toBe(1), { timeout: 10_000 });
    tell(1);
    await vi.waitFor(() => expect(counts.failed).toBe(2), { timeout: 10_000 });
    expect(failed).toHaveBeenCalledTimes(1);
    collector.answer = 200;
    tell(1);
    await vi.waitFor(() => expect(counts.exported).toBe(1), { timeout: 10_000 });
    await tracing.close();
  });
});

describe('of traces that are sampled', () => {
  test('every process tells the same ones, and all of them or nothing', async () => {
    const seen = new Set<string>();
    const told = async (): Promise<readonly string[]> => {
      const ended: string[] = [];
      const processor = {
        onStart() {},
        onEnd: (span: { spanContext(): { traceId: string } }) => void ended.push(span.spanContext().traceId),
        forceFlush: async () => {},
        shutdown: async () => {},
      };
      const tracing = startTracing({ processor, ratio: 0.5, resource: {} });
      for (let index = 0; index < 64; index += 1) {
        const { traceId: trace } = deliveryContext(String(index));
        await tracing.within({ name: 'outer', parent: null, ids: { trace } }, () =>
          tracing.within({ name: 'inner' }, async () => void seen.add(trace)),
        );
      }
      return ended;
    };
    const [first, second] = [await told(), await told()];
    expect(seen.size).toBe(64);
    expect(first).toEqual(second);
    expect(new Set(first).size * 2).toBe(first.length);
    expect(new Set(first).size).toBeGreaterThan(10);
    expect(new Set(first).size).toBeLessThan(53);
  });
});

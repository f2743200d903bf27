import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

/**
 * OTLP/HTTP with JSON, as `ExportTraceServiceRequest` of opentelemetry-proto 1.x says in its JSON mapping: ids are
 * hexadecimal, 64-bit integers are strings, enumerations are numbers; whatever else stands there is refused.
 */
const Nanoseconds = z.string().regex(/^[1-9][0-9]{0,19}$/);
const Hex = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`));
const Value = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ intValue: z.union([z.int(), z.string().regex(/^-?[0-9]+$/)]) }),
  z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ boolValue: z.boolean() }),
]);
const Attributes = z.array(z.strictObject({ key: z.string().min(1), value: Value }));
const Count = z.int().min(0);
const SpanShape = z.strictObject({
  traceId: Hex(16),
  spanId: Hex(8),
  traceState: z.string().optional(),
  parentSpanId: Hex(8).optional(),
  flags: z.int().optional(),
  name: z.string().min(1),
  kind: z.int().min(1).max(5),
  startTimeUnixNano: Nanoseconds,
  endTimeUnixNano: Nanoseconds,
  attributes: Attributes,
  droppedAttributesCount: Count,
  events: z.array(z.never()),
  droppedEventsCount: Count,
  links: z.array(
    z.strictObject({
      traceId: Hex(16),
      spanId: Hex(8),
      traceState: z.string().optional(),
      attributes: Attributes.optional(),
      droppedAttributesCount: Count.optional(),
      flags: z.int().optional(),
    }),
  ),
  droppedLinksCount: Count,
  status: z.strictObject({ code: z.int().min(0).max(2), message: z.string().optional() }),
});
const Request = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({
      resource: z.strictObject({
        attributes: Attributes,
        droppedAttributesCount: Count,
        entityRefs: z.array(z.unknown()).optional(),
      }),
      scopeSpans: z.array(
        z.strictObject({
          scope: z.strictObject({
            name: z.literal('trainyard'),
            version: z.string().optional(),
            attributes: Attributes.optional(),
            droppedAttributesCount: Count.optional(),
          }),
          spans: z.array(SpanShape),
          schemaUrl: z.string().optional(),
        }),
      ),
      schemaUrl: z.string().optional(),
    }),
  ),
});

export interface SeenSpan {
  readonly trace: string;
  readonly id: string;
  readonly parent: string | null;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly trace: string; readonly id: string }[];
  readonly failed: boolean;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
}

export interface TestCollector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  readonly spans: readonly SeenSpan[];
  /** All that came in, as it came. */
  readonly bodies: readonly string[];
  readonly headers: readonly IncomingMessage['headers'][];
  /** What was not of the documented shape. */
  readonly problems: readonly string[];
  /** What it answers from now on; `hang`: nothing. */
  answer: number | 'hang';
  close(): Promise<void>;
}

/** A collector on loopback that takes spans as one would that knows the protocol alone. */
export async function startCollector(): Promise<TestCollector> {
  const spans: SeenSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const problems: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const raw = Buffer.concat(chunks);
      const text = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString('utf8');
      headers.push(request.headers);
      bodies.push(text);
      if (request.method !== 'POST' || request.url !== '/v1/traces') problems.push(`${request.method} ${request.url}`);
      if (request.headers['content-type'] !== 'application/json')
        problems.push(String(request.headers['content-type']));
      if (collector.answer === 'hang') return;
      if (collector.answer === 200) {
        const parsed = Request.safeParse(JSON.parse(text));
        if (!parsed.success) problems.push(z.prettifyError(parsed.error));
        else
          spans.push(
            ...parsed.data.resourceSpans.flatMap((one) => one.scopeSpans.flatMap((scope) => scope.spans.map(seen))),
          );
      }
      response.writeHead(collector.answer, { 'content-type': 'application/json' });
      response.end('{}');
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const collector: TestCollector = {
    endpoint: `http://127.0.0.1:${port}`,
    ...{ spans, bodies, headers, problems },
    answer: 200,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return collector;
}

function seen(span: z.infer<typeof SpanShape>): SeenSpan {
  return {
    trace: span.traceId,
    id: span.spanId,
    parent: span.parentSpanId ?? null,
    name: span.name,
    attributes: Object.fromEntries(span.attributes.map(({ key, value }) => [key, Object.values(value)[0] ?? ''])),
    links: span.links.map(({ traceId: trace, spanId: id }) => ({ trace, id })),
    failed: span.status.code === 2,
    start: Number(BigInt(span.startTimeUnixNano) / 1_000_000n),
    end: Number(BigInt(span.endTimeUnixNano) / 1_000_000n),
  };
}

import { Counter, Histogram, Registry } from 'prom-client';
import { FlowEvent } from '../../flows/events.ts';
import type { OutcomeCode } from '../../flows/outcome.ts';
import { CONVERTERS } from '../deliveries/registry.ts';
import { PRIORITIES, type Priority, WHYS, type Why } from '../governor/limits.ts';
import { SPAN_RESULTS, type SpanResult } from '../telemetry/exporter.ts';
import { atMost, routeTemplate, statusClass, stepKind } from './bounds.ts';
import { type Budget, budgetGauges } from './budget.ts';

/** What became of a delivery: `malformed` is signed but not shaped as documented, or no delivery at all. */
const DELIVERY_RESULTS = ['accepted', 'duplicate', 'ignored', 'bad_signature', 'malformed', 'failed'] as const;
export type DeliveryResult = (typeof DELIVERY_RESULTS)[number];

export interface GithubRequest {
  readonly route: string;
  /** Null when no answer came. */
  readonly status: number | null;
  /** Refused for a primary or secondary limit. */
  readonly limited: boolean;
}

/** What the App counts and times. No label holds text that a person or a repository wrote. */
export interface Metrics {
  readonly registry: Registry;
  /** @param seconds from the request to its answer */
  delivery(event: string, result: DeliveryResult, seconds: number): void;
  flow(event: FlowEvent['kind'], outcome: OutcomeCode | 'error' | 'postponed'): void;
  step(name: string, seconds: number): void;
  request(request: GithubRequest): void;
  /** A request waited for its turn, and then was sent, or refused by ourselves. @param refused null when it was sent */
  governed(priority: Priority, seconds: number, refused: Why | null): void;
  spans(result: SpanResult, count: number): void;
  /** What GitHub said that is left of the hour's requests. */
  budget(installation: number, budget: Budget): void;
}

/** Different routes in our code, about forty, with room to grow. */
const ROUTES = 100;
/** Outcomes with an alert. */
const WATCHED = ['error', 'frozen', 'promotion_failed'] as const satisfies readonly (OutcomeCode | 'error')[];
/** Signed deliveries that were handed to the queue or need nothing: forged ones say nothing about our speed. */
const ACKNOWLEDGED: ReadonlySet<DeliveryResult> = new Set(['accepted', 'duplicate', 'ignored']);

/** @param now milliseconds since the epoch */
export function appMetrics(now: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const deliveries = new Counter({
    name: 'trainyard_deliveries_total',
    help: 'Webhook deliveries by event and by what became of them.',
    labelNames: ['event', 'result'],
    registers,
  });
  const acknowledgement = new Histogram({
    name: 'trainyard_acknowledgement_seconds',
    help: 'Seconds from a signed delivery to its answer; GitHub gives up after 10.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const flows = new Counter({
    name: 'trainyard_flows_total',
    help: 'Flows that ended, by the event that started them and their outcome; `postponed` and `error` are handled again later.',
    labelNames: ['event', 'outcome'],
    registers,
  });
  const steps = new Histogram({
    name: 'trainyard_step_seconds',
    help: 'Seconds that one attempt at a step of a flow took, by the kind of step.',
    labelNames: ['step'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  });
  const requests = new Counter({
    name: 'trainyard_github_requests_total',
    help: 'Requests to GitHub’s API by route and class of status; `none` when no answer came.',
    labelNames: ['route', 'status'],
    registers,
  });
  const limited = new Counter({
    name: 'trainyard_github_limited_total',
    help: 'Requests that GitHub refused for its primary or secondary limits.',
    registers,
  });
  const waits = new Histogram({
    name: 'trainyard_github_wait_seconds',
    help: 'Seconds that requests to GitHub waited for their turn under its limits, by whose work they are.',
    labelNames: ['priority'],
    buckets: [0.01, 0.1, 0.5, 1, 2, 4, 8],
    registers,
  });
  const postponed = new Counter({
    name: 'trainyard_github_postponed_total',
    help: 'Requests to GitHub that were not sent, as its limits left no room for them, by whose work they are and why.',
    labelNames: ['priority', 'why'],
    registers,
  });
  for (const priority of PRIORITIES) for (const why of WHYS) postponed.inc({ priority, why }, 0);
  const spans = new Counter({
    name: 'trainyard_spans_total',
    help: 'Spans of traces by what became of them: `dropped` where the queue was full, `failed` where no collector took them.',
    labelNames: ['result'],
    registers,
  });
  for (const result of SPAN_RESULTS) spans.inc({ result }, 0);
  // Alerts watch for an increase, and Prometheus sees none in a counter that begins with its first event.
  for (const event of [...CONVERTERS.keys(), 'other'])
    for (const result of DELIVERY_RESULTS) deliveries.inc({ event, result }, 0);
  for (const { shape } of FlowEvent.options)
    for (const outcome of WATCHED) flows.inc({ event: shape.kind.value, outcome }, 0);
  const budget = budgetGauges(registry, now);
  const boundedRoute = atMost(ROUTES);
  return {
    registry,
    delivery(event, result, seconds) {
      // The header is anybody's text until the signature is checked.
      deliveries.inc({ event: CONVERTERS.has(event) ? event : 'other', result });
      if (ACKNOWLEDGED.has(result)) acknowledgement.observe(seconds);
    },
    flow: (event, outcome) => flows.inc({ event, outcome }),
    step: (name, seconds) => steps.observe({ step: stepKind(name) }, seconds),
    request({ route, status, limited: refused }) {
      requests.inc({ route: boundedRoute(routeTemplate(route)), status: statusClass(status) });
      if (refused) limited.inc();
    },
    governed(priority, seconds, refused) {
      waits.observe({ priority }, seconds);
      if (refused !== null) postponed.inc({ priority, why: refused });
    },
    spans: (result, count) => spans.inc({ result }, count),
    budget,
  };
}

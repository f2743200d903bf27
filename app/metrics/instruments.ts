import { Counter, Histogram, type Registry } from 'prom-client';
import { FlowEvent } from '../../flows/events.ts';
import type { OutcomeCode } from '../../flows/outcome.ts';
import { CONVERTERS } from '../deliveries/registry.ts';
import { PRIORITIES, WHYS } from '../governor/limits.ts';
import { SPAN_RESULTS } from '../telemetry/exporter.ts';
import { atMost, routeTemplate, statusClass, stepKind } from './bounds.ts';
import type { Metrics } from './metrics.ts';
import { DELIVERY_RESULTS, type DeliveryResult } from './results.ts';

/** Different routes in our code, about forty, with room to grow. */
const ROUTES = 100;
/** Those heard of first; all further ones count together. */
const INSTALLATIONS = 500;
/** Outcomes with an alert. */
const WATCHED = ['error', 'frozen', 'promotion_failed'] as const satisfies readonly (OutcomeCode | 'error')[];
/** Signed deliveries that were handed to the queue or need nothing: forged ones say nothing about our speed. */
const ACKNOWLEDGED: ReadonlySet<DeliveryResult> = new Set(['accepted', 'duplicate', 'ignored']);

/*
 * What alerts watch for an increase of begins at 0 for each of its labels: Prometheus sees no increase in a counter that
 * begins with its first event.
 */

export function deliveryInstruments(registry: Registry): Pick<Metrics, 'delivery'> {
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
  for (const event of [...CONVERTERS.keys(), 'other'])
    for (const result of DELIVERY_RESULTS) deliveries.inc({ event, result }, 0);
  return {
    delivery(event, result, seconds) {
      // The header is anybody's text until the signature is checked.
      deliveries.inc({ event: CONVERTERS.has(event) ? event : 'other', result });
      if (ACKNOWLEDGED.has(result)) acknowledgement.observe(seconds);
    },
  };
}

export function flowInstruments(registry: Registry): Pick<Metrics, 'flow' | 'step'> {
  const registers = [registry];
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
  for (const { shape } of FlowEvent.options)
    for (const outcome of WATCHED) flows.inc({ event: shape.kind.value, outcome }, 0);
  return {
    flow: (event, outcome) => flows.inc({ event, outcome }),
    step: (name, seconds) => steps.observe({ step: stepKind(name) }, seconds),
  };
}

export function requestInstruments(registry: Registry): Pick<Metrics, 'request'> {
  const registers = [registry];
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
  const byInstallation = new Counter({
    name: 'trainyard_github_installation_requests_total',
    help: 'Requests to GitHub’s API by installation; `app` by the App’s own key.',
    labelNames: ['installation'],
    registers,
  });
  const boundedRoute = atMost(ROUTES);
  const boundedInstallation = atMost(INSTALLATIONS);
  return {
    request({ route, installation, status, limited: refused }) {
      requests.inc({ route: boundedRoute(routeTemplate(route)), status: statusClass(status) });
      byInstallation.inc({ installation: installation === null ? 'app' : boundedInstallation(String(installation)) });
      if (refused) limited.inc();
    },
  };
}

export function governorInstruments(registry: Registry): Pick<Metrics, 'governed'> {
  const registers = [registry];
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
  return {
    governed(priority, seconds, refused) {
      waits.observe({ priority }, seconds);
      if (refused !== null) postponed.inc({ priority, why: refused });
    },
  };
}

export function spanInstruments(registry: Registry): Pick<Metrics, 'spans'> {
  const spans = new Counter({
    name: 'trainyard_spans_total',
    help: 'Spans of traces by what became of them: `dropped` where the queue was full, `failed` where no collector took them.',
    labelNames: ['result'],
    registers: [registry],
  });
  for (const result of SPAN_RESULTS) spans.inc({ result }, 0);
  return { spans: (result, count) => spans.inc({ result }, count) };
}

import { Registry } from 'prom-client';
import type { FlowEvent } from '../../flows/events.ts';
import type { OutcomeCode } from '../../flows/outcome.ts';
import type { Priority, Why } from '../governor/limits.ts';
import type { SpanResult } from '../telemetry/exporter.ts';
import { type Budget, budgetGauges } from './budget.ts';
import {
  deliveryInstruments,
  flowInstruments,
  governorInstruments,
  requestInstruments,
  spanInstruments,
} from './instruments.ts';
import type { DeliveryResult } from './results.ts';

export interface GithubRequest {
  readonly route: string;
  /** Null for the App itself. */
  readonly installation: number | null;
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

/** @param now milliseconds since the epoch */
export function appMetrics(now: () => number): Metrics {
  const registry = new Registry();
  return {
    registry,
    ...deliveryInstruments(registry),
    ...flowInstruments(registry),
    ...requestInstruments(registry),
    ...governorInstruments(registry),
    ...spanInstruments(registry),
    budget: budgetGauges(registry, now),
  };
}

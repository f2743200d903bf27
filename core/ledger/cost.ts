import type { Instant } from '../names.ts';
import { isFinal } from './machine.ts';
import type { Price, RunRecord } from './run.ts';

const HOUR = 3_600_000;

type Costed = Pick<RunRecord, 'hourlyPrice' | 'training' | 'evaluates' | 'order' | 'state'>;

/**
 * What a run's training has cost, or while it goes on what it may come to: its whole timeout, and if it has gone on for
 * longer than that, the longer time. A run that evaluates another counts with all of its evaluator's time-out: how long
 * that took is not kept. Null where no price applied when it was accepted, or its length is not known.
 */
export function costOf(record: Costed, now: Instant): Price | null {
  const { hourlyPrice: price, training, evaluates, order, state } = record;
  if (price === null) return null;
  const priced = (hours: number): Price => pricedBy(price, hours);
  if (evaluates !== null) return priced('order' in state ? state.order.timeout / 3600 : 0);
  const { startedAt, endedAt } = training;
  if (startedAt !== null && endedAt !== null) return priced((Date.parse(endedAt) - Date.parse(startedAt)) / HOUR);
  if (startedAt === null && (state.state === 'training' || state.state === 'judging' || state.state === 'judged'))
    return state.state === 'training' ? priced(order.timeout / 3600) : null;
  if (startedAt === null && isFinal(state)) return priced(0);
  const sofar = startedAt === null ? 0 : (Date.parse(now) - Date.parse(startedAt)) / HOUR;
  return priced(Math.max(order.timeout / 3600, sofar));
}

/** What a run has cost by now, waiting included; of one that is over, what it cost. Null where that is not known. */
export function costSoFar(record: Costed, now: Instant): Price | null {
  const { hourlyPrice: price, training, evaluates } = record;
  if (price === null || evaluates !== null || training.endedAt !== null || isFinal(record.state))
    return costOf(record, now);
  return pricedBy(price, training.startedAt === null ? 0 : (Date.parse(now) - Date.parse(training.startedAt)) / HOUR);
}

function pricedBy(price: Price, hours: number): Price {
  return {
    // Hundredths of a cent: sums of many runs stay free of what binary fractions leave behind.
    amount: Math.round(price.amount * Math.max(0, hours) * 10_000) / 10_000,
    currency: price.currency,
  };
}

import type { Money } from '../config/quantities.ts';
import type { RunRecord } from '../ledger/run.ts';
import type { ModelName } from '../names.ts';
import { machinesOf } from '../policy/machines.ts';
import type { RequestedResources } from './request.ts';

/** Half of the past runs lie between `low` and `high`. */
export interface Spread {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** What a training is likely to take, by past ones. */
export interface Estimate {
  /** Past trainings that it is from. */
  readonly runs: number;
  readonly seconds: Spread;
}

/** Past trainings that count: the newest tell the most. */
const NEWEST = 9;

/**
 * By trainings of the model that went well, on the same kind of machine where there are any: what another GPU took says
 * little.
 *
 * @param records the newest first
 */
export function estimateTraining(
  model: ModelName,
  resources: Pick<RequestedResources, 'gpu' | 'gpus' | 'nodes'>,
  records: readonly RunRecord[],
): Estimate | null {
  const past = records.flatMap((record) => {
    const seconds = record.model === model ? secondsOf(record) : null;
    return seconds === null ? [] : [{ seconds, on: record.order.request.resources }];
  });
  const alike = past.filter(
    ({ on }) => on.gpu === resources.gpu && on.gpus === resources.gpus && machinesOf(on) === machinesOf(resources),
  );
  const counted = (alike.length > 0 ? alike : past).slice(0, NEWEST).map(({ seconds }) => seconds);
  if (counted.length === 0) return null;
  const sorted = counted.sort((a, b) => a - b);
  const seconds = { low: quantile(sorted, 0.25), middle: quantile(sorted, 0.5), high: quantile(sorted, 0.75) };
  return { runs: sorted.length, seconds };
}

/** How long a run's training took; null where it did not end well, or its times are not known. */
function secondsOf({ state, training, evaluates }: RunRecord): number | null {
  if (state.state !== 'judged' || evaluates !== null) return null;
  const { startedAt, endedAt } = training;
  return startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
}

/** Of sorted numbers, interpolated between neighbours (Hyndman and Fan's type 7). */
function quantile(sorted: readonly number[], at: number): number {
  const place = (sorted.length - 1) * at;
  const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
  return below + (above - below) * (place - Math.floor(place));
}

/** What so many seconds come to. @param hour price of one */
export function costOfSeconds({ amount, currency }: Money, seconds: number): Money {
  return { amount: (amount * seconds) / 3600, currency };
}

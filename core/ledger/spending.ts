import type { Instant, ModelName } from '../names.ts';
import { costOf } from './cost.ts';
import type { Price, RunRecord } from './run.ts';

/** What runs have cost, or while they go on may come to. */
export interface Spent {
  readonly runs: number;
  /** One sum for each currency, by its name. */
  readonly sums: readonly Price[];
  /** Runs of which no price is known: they are in no sum. */
  readonly unpriced: number;
}

export interface Spending {
  readonly pullRequest: Spent;
  /** Of this calendar month in UTC, over all pull requests and branches. */
  readonly month: Spent;
  /** The same for each model, by name. */
  readonly models: readonly (readonly [ModelName, Spent])[];
}

/** A run counts in the month in which it was accepted, as budgets count it. */
export function spendingOf(records: readonly RunRecord[], pullRequest: number, now: Instant): Spending {
  const month = records.filter(({ acceptedAt }) => acceptedAt.slice(0, 7) === now.slice(0, 7));
  const models = [...new Set(month.map(({ model }) => model))].sort();
  const own = records.filter(({ origin }) => origin.kind === 'pull_request' && origin.number === pullRequest);
  return {
    pullRequest: spent(own, now),
    month: spent(month, now),
    models: models.map((name) => [
      name,
      spent(
        month.filter(({ model }) => model === name),
        now,
      ),
    ]),
  };
}

function spent(records: readonly RunRecord[], now: Instant): Spent {
  const sums = new Map<string, number>();
  let unpriced = 0;
  for (const record of records) {
    const cost = costOf(record, now);
    if (cost === null) unpriced += 1;
    else sums.set(cost.currency, (sums.get(cost.currency) ?? 0) + cost.amount);
  }
  const sorted = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  // Of hundredths of a cent, as each cost is rounded.
  const priced = sorted.map(([currency, amount]) => ({ amount: Math.round(amount * 10_000) / 10_000, currency }));
  return { runs: records.length, sums: priced, unpriced };
}

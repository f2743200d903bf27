import { Gauge, type Registry } from 'prom-client';

/** An installation's primary limit, as the headers of an answer tell it. */
export interface Budget {
  readonly remaining: number;
  readonly limit: number;
  /** Seconds since the epoch at which all of it is there again. */
  readonly reset: number;
}

/** Installations shown at once: those heard of last. */
const SHOWN = 500;

/**
 * Two gauges by installation. A budget whose hour is over is not shown any more: it is full again, and a quiet
 * installation would else look exhausted for ever.
 * @param now milliseconds since the epoch
 */
export function budgetGauges(registry: Registry, now: () => number): (installation: number, budget: Budget) => void {
  const budgets = new Map<number, Budget>();
  const gauge = (name: string, help: string, read: (budget: Budget) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ['installation'],
      registers: [registry],
      collect() {
        this.reset();
        for (const [installation, budget] of budgets)
          if (budget.reset * 1000 > now()) this.set({ installation: String(installation) }, read(budget));
      },
    });
  };
  gauge('trainyard_github_rate_remaining', 'Requests left of this hour, by installation.', (one) => one.remaining);
  gauge('trainyard_github_rate_limit', 'Requests that an hour allows, by installation.', (one) => one.limit);
  return (installation, budget) => {
    budgets.delete(installation);
    budgets.set(installation, budget);
    const [oldest] = budgets.keys();
    if (budgets.size > SHOWN && oldest !== undefined) budgets.delete(oldest);
  };
}

type Headers = Readonly<Record<string, string | number | undefined>>;

/** Null unless the answer tells of the primary limit: search and others have limits of their own. */
export function budgetOf(headers: Headers): Budget | null {
  if ((headers['x-ratelimit-resource'] ?? 'core') !== 'core') return null;
  const [remaining, limit, reset] = ['remaining', 'limit', 'reset'].map((name) => {
    const value = headers[`x-ratelimit-${name}`];
    return /^[0-9]{1,12}$/.test(String(value)) ? Number(value) : null;
  });
  return remaining == null || limit == null || reset == null ? null : { remaining, limit, reset };
}

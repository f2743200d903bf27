import type { Money } from '../config/quantities.ts';

/** Sums are made in whole cents: a hundred times 0.10 is 10.00, and not 9.99999. */

/** Rounded up: what is spent is never told too low. What a float adds below a millionth is dropped. */
export function centsOf({ amount }: Money): number {
  return Math.ceil(Math.round(amount * 1e6) / 1e4);
}

export function moneyOf(cents: number, currency: string): Money {
  return { amount: cents / 100, currency };
}

/** What something has cost, for people: `12.50 EUR`, and `under 0.01 EUR` where that would read as nothing. */
export function costText(cost: Money): string {
  return cost.amount > 0 && cost.amount < 0.005 ? `under 0.01 ${cost.currency}` : moneyText(cost);
}

/** `12.50 EUR`, `5 USD`: as it is written in the config. */
export function moneyText({ amount, currency }: Money): string {
  return `${Number.isInteger(amount) ? amount : amount.toFixed(2)} ${currency}`;
}

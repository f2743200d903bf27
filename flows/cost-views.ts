import type { Money } from '../core/config/quantities.ts';
import type { Config } from '../core/config/schema.ts';
import { costOf } from '../core/ledger/cost.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { Spending, Spent } from '../core/ledger/spending.ts';
import { costCap, hourlyPrice } from '../core/policy/budget.ts';
import { costText, moneyText } from '../core/policy/money.ts';
import type { EstimateView, SpendingRowView } from '../core/reports/view.ts';
import { costOfSeconds, estimateTraining } from '../core/training/estimate.ts';
import type { AssessedModel, Assessment } from './assessment.ts';

/** What training takes and has cost, from domain data to what reports show. Pure; nothing is escaped here. */

/** What training of a model at the head is likely to take and to cost; null where it can't be trained there. */
export function estimateOf(
  { name, head }: AssessedModel,
  policy: Assessment['policy'],
  records: readonly VerifiedRecord[],
): EstimateView | null {
  if (head.kind !== 'known') return null;
  const { resources, timeout } = head.effective.config.train;
  const price = policy.config === null ? null : hourlyPrice(policy.config.policy, resources);
  const text = (seconds: number): string => (price === null ? '' : costText(costOfSeconds(price, seconds)));
  const past = estimateTraining(
    name,
    resources,
    records.map(({ record }) => record),
  );
  if (past === null) {
    const cap = costCap(price, timeout);
    return { from: 'limit', seconds: timeout, cost: cap === null ? null : moneyText(cap) };
  }
  const { runs, seconds } = past;
  const { low, middle, high } = seconds;
  const cost = price === null ? null : { low: text(low), middle: text(middle), high: text(high) };
  return { from: 'past', runs, seconds, cost };
}

/** What training has cost, where policy names prices: of this pull request, and of this month, by model. */
export function spendingView(
  { policy: { prices, budget } }: Pick<Config, 'policy'>,
  spending: Spending,
): readonly SpendingRowView[] {
  if (prices.cpu === undefined && Object.keys(prices.gpus).length === 0) return [];
  const row = (what: string, spent: Spent, limit: Money | undefined): SpendingRowView => {
    const sum = spent.sums.map((money) => costText(money)).join(' and ') || 'nothing';
    const cost = spent.unpriced === 0 ? sum : `${sum}, and ${spent.unpriced} without a price`;
    return { what, runs: spent.runs, cost, budget: limit === undefined ? null : moneyText(limit) };
  };
  return [
    row('this pull request', spending.pullRequest, budget.per_pull_request),
    row('all of this month', spending.month, budget.per_month),
    ...spending.models.map(([name, spent]) => row(`${name} this month`, spent, undefined)),
  ];
}

/** What a run has cost, once that is known. */
export function paidFor(record: RunRecord): string | null {
  if (!isFinal(record.state)) return null;
  const cost = costOf(record, record.at);
  const { hourlyPrice: price } = record;
  return cost === null || price === null ? null : `${costText(cost)}, at ${moneyText(price)} an hour`;
}

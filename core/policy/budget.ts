import type { PolicyConfig } from '../config/policy.ts';
import type { Money } from '../config/quantities.ts';
import type { Resources } from '../config/training.ts';
import type { RunFact } from '../decision/facts.ts';
import { valueAt } from '../records.ts';
import { sameLogin } from './identity.ts';
import { machinesOf } from './machines.ts';
import { centsOf, moneyOf, moneyText } from './money.ts';

export type BudgetName = keyof PolicyConfig['budget'];

/** What budgets count of a run. */
export type PaidRun = Pick<RunFact, 'cost' | 'pullRequest' | 'requestedBy' | 'acceptedAt'>;

export interface BudgetRequest {
  readonly policy: PolicyConfig;
  /** What the new run may come to: `costCap(hourlyPrice(…), timeout)`; null where policy names no price for it. */
  readonly cap: Money | null;
  /** Every run of the repository, also those that were cancelled: what they spent is spent. */
  readonly runs: readonly PaidRun[];
  /** null: not for a pull request. */
  readonly pullRequest: number | null;
  /** Login of who asks for the run. */
  readonly user: string;
  readonly now: Date;
}

export interface BudgetProblem {
  /** The budget that the run does not fit; null where nothing can be summed. */
  readonly budget: BudgetName | null;
  /** What was expected and found, unescaped. */
  readonly message: string;
  readonly limit: Money | null;
  readonly spent: Money | null;
}

const BUDGETS = ['per_run', 'per_pull_request', 'per_user_month', 'per_month'] as const;
const HOUR = 3600;

/** What an hour of training costs by policy on all of its machines; null where policy names no price for these resources. */
export function hourlyPrice(policy: PolicyConfig, resources: Resources): Money | null {
  const machines = machinesOf(resources);
  if (resources.gpu === undefined) {
    const { cpu } = policy.prices;
    if (resources.gpus > 0 || cpu === undefined) return null;
    return machines === 1 ? cpu : moneyOf(centsOf(cpu) * machines, cpu.currency);
  }
  const price = valueAt(policy.prices.gpus, resources.gpu);
  if (price === undefined) return null;
  return moneyOf(centsOf(price) * Math.max(1, resources.gpus) * machines, price.currency);
}

/** What a training comes to if it uses all of its time, rounded up to a cent. @param timeout seconds */
export function costCap(price: Money | null, timeout: number): Money | null {
  return price === null ? null : moneyOf(Math.ceil((centsOf(price) * timeout) / HOUR), price.currency);
}

/**
 * Why a run may not be begun: with what has been spent it could cost more than a budget of policy. A month is a calendar
 * month in UTC, and a run counts in the one in which it was accepted. Fails closed: no price, no run; nor where runs were
 * paid in another currency.
 */
export function budgetProblem(request: BudgetRequest): BudgetProblem | null {
  const budgets = BUDGETS.flatMap((name) => {
    const limit = request.policy.budget[name];
    return limit === undefined ? [] : [{ name, limit }];
  });
  const [first] = budgets;
  if (first === undefined) return null;
  if (request.cap === null)
    return unsummed(
      `policy has a budget (${first.name}: ${moneyText(first.limit)}) and no price for this run, so what it may cost is not known: name it in policy.prices`,
    );
  for (const { name, limit } of budgets) {
    const problem = problemOf(name, limit, request.cap, request);
    if (problem !== null) return problem;
  }
  return null;
}

function problemOf(name: BudgetName, limit: Money, cap: Money, request: BudgetRequest): BudgetProblem | null {
  const counted = countedFor(name, request);
  const currencies = [cap, ...counted.map(({ cost }) => cost)].flatMap((cost) =>
    cost === null || cost.currency === limit.currency || cost.amount === 0 ? [] : [cost.currency],
  );
  if (currencies[0] !== undefined)
    return unsummed(
      `${name} is in ${limit.currency}, and it counts a run in ${currencies[0]}: name budgets and prices in one currency`,
    );
  const spent = counted.reduce((sum, { cost }) => sum + (cost === null ? 0 : centsOf(cost)), 0);
  const [most, wanted] = [centsOf(limit), centsOf(cap)];
  if (spent + wanted <= most) return null;
  const left = moneyOf(Math.max(0, most - spent), limit.currency);
  const what = `the run may cost ${moneyText(cap)}`;
  const message =
    name === 'per_run'
      ? `${what}, and policy allows ${moneyText(limit)} for a run`
      : `${what}, and of the ${moneyText(limit)} ${inWords(name, request)} ${moneyText(left)} is left`;
  return { budget: name, message, limit, spent: moneyOf(spent, limit.currency) };
}

/** A run that goes on, or another that counts beside it. */
export interface CountedRun extends PaidRun {
  /** What it has cost by now; `cost` is what it may come to. */
  readonly soFar: Money | null;
}

export interface PassedBudget {
  readonly budget: BudgetName;
  /** What was allowed and found, unescaped: "it has cost 6.00 USD, and policy.budget.per_run is 5 USD". */
  readonly message: string;
}

/**
 * The budget for which a run that goes on has to end; null where it may go on. Either what counts together has cost more
 * than the budget by now, or the run has gone on for longer than its timeout (it waited, or lost its machines) and takes
 * what is left to other runs in progress. It counts in the month in which it was accepted. What policy prices in
 * another currency by now is not summed, and ends nothing: the next run is refused for it.
 *
 * @param reserved what the run was accepted for: its timeout's price
 * @param others every other run of the repository
 */
export function passedBudget(
  policy: PolicyConfig,
  run: CountedRun,
  reserved: Money | null,
  others: readonly CountedRun[],
): PassedBudget | null {
  for (const name of BUDGETS) {
    const limit = policy.budget[name];
    if (limit === undefined) continue;
    const { pullRequest, requestedBy: user } = run;
    const scope = { runs: others, pullRequest, user, now: new Date(run.acceptedAt) };
    const counted = [run, ...countedFor(name, scope)];
    const is = `and policy.budget.${name} is ${moneyText(limit)}`;
    const spent = sumOf(counted, 'soFar', limit.currency);
    if (spent > centsOf(limit)) {
      const what = name === 'per_run' ? 'it has' : `what counts ${inWords(name, scope)} has`;
      return { budget: name, message: `${what} cost ${inCents(spent, limit.currency)}, ${is}` };
    }
    const mayBe = sumOf(counted, 'cost', limit.currency);
    const over = reserved !== null && sumOf([run], 'soFar', reserved.currency) > centsOf(reserved);
    if (over && mayBe > centsOf(limit))
      return {
        budget: name,
        message: `it has cost more than the ${moneyText(reserved)} of its timeout, with what other runs may come to that is ${inCents(mayBe, limit.currency)}, ${is}`,
      };
  }
  return null;
}

function sumOf(runs: readonly CountedRun[], key: 'soFar' | 'cost', currency: string): number {
  return runs.reduce((sum, { [key]: cost }) => sum + (cost?.currency === currency ? centsOf(cost) : 0), 0);
}

function inCents(cents: number, currency: string): string {
  return `${(cents / 100).toFixed(2)} ${currency}`;
}

type Scope<Run extends PaidRun> = Pick<BudgetRequest, 'pullRequest' | 'user' | 'now'> & {
  readonly runs: readonly Run[];
};

function countedFor<Run extends PaidRun>(
  name: BudgetName,
  { runs, pullRequest, user, now }: Scope<Run>,
): readonly Run[] {
  const thisMonth = runs.filter(({ acceptedAt }) => acceptedAt.slice(0, 7) === monthOf(now));
  switch (name) {
    case 'per_run':
      return [];
    case 'per_pull_request':
      return pullRequest === null ? [] : runs.filter((run) => run.pullRequest === pullRequest);
    case 'per_user_month':
      return thisMonth.filter(({ requestedBy }) => sameLogin(requestedBy, user));
    case 'per_month':
      return thisMonth;
  }
}

function inWords(
  name: Exclude<BudgetName, 'per_run'>,
  { pullRequest, user, now }: Pick<BudgetRequest, 'pullRequest' | 'user' | 'now'>,
): string {
  if (name === 'per_pull_request')
    return `for ${pullRequest === null ? 'a pull request' : `pull request ${pullRequest}`}`;
  return name === 'per_month' ? `for ${monthOf(now)}` : `for ${user} in ${monthOf(now)}`;
}

/** `2026-11`, in UTC. */
function monthOf(now: Date): string {
  return now.toISOString().slice(0, 7);
}

function unsummed(message: string): BudgetProblem {
  return { budget: null, message, limit: null, spent: null };
}

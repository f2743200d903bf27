import type { PolicyConfig } from '../config/policy.ts';
import type { Money } from '../config/quantities.ts';
import type { ModelName } from '../names.ts';
import { budgetProblem, costCap, hourlyPrice, type PaidRun } from '../policy/budget.ts';
import { locationProblems } from '../policy/locations.ts';
import { machinesOf, machinesProblem } from '../policy/machines.ts';
import { moneyText } from '../policy/money.ts';
import { runnerFor } from '../policy/runner.ts';
import { valueAt } from '../records.ts';
import type { TrainingAction } from './action.ts';
import { type Context, configOf, fact, listed, policyOf, refuse } from './context.ts';
import { trainExample } from './examples.ts';
import type { RunFact } from './facts.ts';
import { inProgress } from './runs.ts';
import type { Deciding } from './steps.ts';
import type { AskedTraining } from './trainings.ts';

/** Holds one training to what policy allows of engines, GPU types and runners, and prices it. */
export function* resourced(context: Context, asked: AskedTraining, fork: boolean): Deciding<TrainingAction> {
  const policy = yield* policyOf(context);
  const { model, set, resume, reproduces } = asked;
  const { resources, timeout } = model.config.train;
  const [lost] = locationProblems(model.config, policy, { fork });
  if (lost !== undefined)
    yield* refuse(context, {
      reason: 'location_not_allowed',
      message: `${model.name}: ${lost.message}.`,
      expected:
        policy.locations.length === 0
          ? 'data in the repository'
          : `a pinned location under ${listed(policy.locations, 5)}`,
      found: `dataset ${lost.dataset} elsewhere`,
      example: null,
    });
  const engine = policy.engines.find((name) => name === asked.engine);
  const example = trainExample(model);
  if (engine === undefined)
    return yield* refuse(context, {
      reason: 'engine_not_allowed',
      message: `expected an engine that policy.engines of the default branch names (${listed(policy.engines)}), got ${JSON.stringify(asked.engine)}.`,
      expected: listed(policy.engines),
      found: asked.engine,
      example,
    });
  const crowded = machinesProblem(engine, resources);
  if (crowded !== null)
    return yield* refuse(context, {
      reason: 'engine_not_allowed',
      message: `${model.name}: ${crowded}.`,
      expected: 'one machine',
      found: `${machinesOf(resources)} machines`,
      example,
    });
  const runner = runnerFor(policy, { fork, gpu: asked.gpu });
  if (!runner.ok)
    return yield* refuse(context, {
      reason: runner.reason,
      message: `${model.name}: ${runner.message}.`,
      expected: policy.gpus.length === 0 ? 'no --gpu: policy names no type' : `one of ${listed(policy.gpus)}`,
      found: asked.gpu ?? 'none',
      // Where the config itself asks for what policy does not allow, no line helps.
      example: resources.gpu === asked.gpu ? null : example,
    });
  const gpus = asked.gpu === null ? 0 : Math.max(1, resources.gpus);
  const price = hourlyPrice(policy, { ...resources, gpus, gpu: asked.gpu ?? undefined });
  return {
    model,
    set,
    gpu: asked.gpu,
    gpus,
    engine,
    runner: runner.labels,
    hourlyPrice: price,
    cap: costCap(price, timeout),
    timeout,
    trust: fork ? 'fork' : 'member',
    resume,
    reproduces,
    earlier: null,
  };
}

/** Whether all that would be begun fits the budgets, each after those before it, and the limit of runs at a time. */
export function* affordable(
  context: Context,
  starts: readonly TrainingAction[],
  pullRequest: number | null,
): Deciding<void> {
  yield* withinConcurrency(context, starts.length);
  yield* withinBudgets(context, starts, pullRequest);
}

/** What is paid for by time, and may come to `cap`; null where policy names no price for it. */
export type Paid = Pick<TrainingAction, 'cap'> & { readonly model: Pick<TrainingAction['model'], 'name'> };

/** What judging these models again may come to: the evaluator's time, on a machine without a GPU. */
export function* judgings(context: Context, models: readonly ModelName[]): Deciding<Paid[]> {
  const config = yield* configOf(context);
  return models.flatMap((name) => {
    const timeout = valueAt(config.models, name)?.evaluate?.timeout;
    // Without an evaluator training's own metrics are read, which takes no time that counts.
    return timeout === undefined ? [] : [{ model: { name }, cap: costCap(config.policy.prices.cpu ?? null, timeout) }];
  });
}

/** Whether all that would be begun fits the budgets, each after those before it. */
export function* withinBudgets(context: Context, starts: readonly Paid[], pullRequest: number | null): Deciding<void> {
  const policy = yield* policyOf(context);
  const paid: PaidRun[] = [...(yield* othersRuns(context))];
  const { author: requestedBy } = context.facts.comment;
  for (const start of starts) {
    yield* withinBudget(context, policy, start, pullRequest, paid);
    paid.push({ cost: start.cap, pullRequest, requestedBy, acceptedAt: context.facts.now });
  }
}

export function* withinConcurrency(context: Context, count: number): Deciding<void> {
  const { concurrency } = yield* policyOf(context);
  const active = (yield* othersRuns(context)).filter(inProgress);
  if (count === 0 || active.length + count <= concurrency) return;
  yield* refuse(context, {
    reason: 'concurrency_reached',
    message: `expected at most ${runsOf(concurrency)} in progress (policy.concurrency), but ${active.length} ${active.length === 1 ? 'is' : 'are'}${
      count === 1 ? '' : `, and ${count} would be begun`
    }. Wait for one to end, or /cancel one.`,
    expected: `at most ${runsOf(concurrency)}`,
    found: `${active.length} in progress, ${count} asked for`,
    example: active.some(({ pullRequest }) => pullRequest === context.facts.pull?.number) ? '/cancel all' : '/status',
  });
}

const runsOf = (count: number): string => `${count} run${count === 1 ? '' : 's'}`;

/** Without those of this very command: heard of twice, it asks for no second place and no second price. */
function* othersRuns(context: Context): Deciding<RunFact[]> {
  const runs = yield* fact(context, 'runs');
  return runs.filter(({ operation }) => operation !== context.operation);
}

function* withinBudget(
  context: Context,
  policy: PolicyConfig,
  { model, cap }: Paid,
  pullRequest: number | null,
  runs: readonly PaidRun[],
): Deciding<void> {
  const { facts } = context;
  const user = facts.comment.author;
  const problem = budgetProblem({ policy, cap, runs, pullRequest, user, now: new Date(facts.now) });
  if (problem === null) return;
  const left = problem.limit === null ? 'a price' : moneyText(problem.limit);
  yield* refuse(context, {
    reason: 'budget_exceeded',
    message: `${model.name}: ${problem.message}. The budgets stand in policy.budget of the default branch.`,
    expected: problem.budget === null ? 'prices and budgets in one currency' : `${problem.budget}: at most ${left}`,
    found: `${amount(cap)} asked for${problem.spent === null ? '' : `, ${moneyText(problem.spent)} spent`}`,
    example: null,
  });
}

const amount = (money: Money | null): string => (money === null ? 'an unknown amount' : moneyText(money));

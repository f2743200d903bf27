import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PolicyConfig } from '../../core/config/policy.ts';
import { Instant } from '../../core/names.ts';
import { budgetProblem } from '../../core/policy/budget.ts';
import { type Contender, crowdedOut } from '../../flows/budgets.ts';
import { runId } from '../core/samples.ts';

const AT = Instant.parse('2026-11-02T10:00:00Z');
const LIMIT = 10;
const RUNS = 3;
const policies = ['per_month', 'per_user_month', 'per_pull_request'].map((name) =>
  PolicyConfig.parse({ prices: { cpu: '1 USD' }, budget: { [name]: `${LIMIT} USD` }, concurrency: RUNS }),
);

const contender = (number: number, amount: number, undecided = true): Contender => ({
  run: runId(number),
  cost: { amount, currency: 'USD' },
  pullRequest: 7,
  requestedBy: 'ada',
  acceptedAt: AT,
  undecided,
  inProgress: amount > 0,
});

/** A command as the flows carry it out: decided, accepted, looked at again, begun or given up, each as one write or read. */
async function asked(world: Map<string, Contender>, policy: PolicyConfig, own: Contender, turn: () => Promise<void>) {
  const others = async (): Promise<readonly Contender[]> => {
    await turn();
    return [...world.values()].filter(({ run }) => run !== own.run);
  };
  const scope = { policy, cap: own.cost, pullRequest: 7, user: 'ada', now: new Date(AT) };
  if (budgetProblem({ ...scope, runs: await others() }) !== null) return;
  await turn();
  world.set(own.run, own);
  const problem = await crowdedOut({ policy, user: 'ada' }, own, others);
  await turn();
  if (problem === null) world.set(own.run, { ...own, undecided: false });
  else world.set(own.run, { ...own, undecided: false, inProgress: false, cost: { amount: 0, currency: 'USD' } });
}

test('no order of events lets several runs pass a budget, or how many may go on, together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.constantFrom(...policies),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 6 }),
      async (scheduler, policy, costs) => {
        const world = new Map<string, Contender>();
        const turn = (): Promise<void> => scheduler.schedule(Promise.resolve());
        const all = Promise.all(costs.map((cost, index) => asked(world, policy, contender(index + 1, cost), turn)));
        await scheduler.waitFor(all);
        const begun = [...world.values()].reduce((sum, { cost }) => sum + (cost?.amount ?? 0), 0);
        expect(begun).toBeLessThanOrEqual(LIMIT);
        expect([...world.values()].filter(({ inProgress }) => inProgress).length).toBeLessThanOrEqual(RUNS);
      },
    ),
    { numRuns: 300 },
  );
});

test('waits for later ones that are undecided, and begins once they have given way', async () => {
  const [policy = PolicyConfig.parse({})] = policies;
  let looks = 0;
  const others = async () => {
    looks += 1;
    return [contender(2, looks < 3 ? 8 : 0, looks < 3)];
  };
  expect(await crowdedOut({ policy, user: 'ada' }, contender(1, 8), others)).toBeNull();
  expect(looks).toBe(3);
});

test.each([
  ['an earlier one', contender(1, 8)],
  ['a later one that has begun', contender(3, 8, false)],
])('gives way at once to %s', async (_, other) => {
  const [policy = PolicyConfig.parse({})] = policies;
  let looks = 0;
  const found = await crowdedOut({ policy, user: 'ada' }, contender(2, 8), async () => {
    looks += 1;
    return [other];
  });
  const message = expect.stringContaining('2 USD is left');
  expect([found, looks]).toEqual([{ reason: 'budget_exceeded', message }, 1]);
});

test('gives way where as many as may are in progress, also where nothing has a price', async () => {
  const policy = PolicyConfig.parse({ concurrency: 2 });
  const own = { ...contender(3, 1), cost: null };
  const others = [1, 2].map((number) => ({ ...contender(number, 1), cost: null }));
  const found = await crowdedOut({ policy, user: 'ada' }, own, async () => others);
  expect(found).toMatchObject({
    reason: 'concurrency_reached',
    message: expect.stringContaining('beside this one are 2'),
  });
  expect(await crowdedOut({ policy, user: 'ada' }, own, async () => others.slice(1))).toBeNull();
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PolicyConfig } from '../../../core/config/policy.ts';
import type { Money } from '../../../core/config/quantities.ts';
import { Resources } from '../../../core/config/training.ts';
import { RunFact } from '../../../core/decision/facts.ts';
import { budgetProblem, type CountedRun, costCap, hourlyPrice, passedBudget } from '../../../core/policy/budget.ts';

const usd = (amount: number): Money => ({ amount, currency: 'USD' });
const policyOf = (budget: object, rest: object = {}): PolicyConfig =>
  PolicyConfig.parse({ prices: { cpu: '1 USD' }, budget, ...rest });

/** Ada's run for pull request 7 on the 2nd of November. */
function run(cost: number | null, rest: object = {}): RunFact {
  return RunFact.parse({
    run: '01JB000000000000000000000A',
    model: 'flight-delay',
    pullRequest: 7,
    commit: 'a'.repeat(40),
    requestedBy: 'ada',
    acceptedAt: '2026-11-02T10:00:00Z',
    state: 'candidate',
    cost: cost === null ? null : usd(cost),
    ...rest,
  });
}

/** Ada asks for a run for pull request 7 on the 20th of November. */
function problem(budget: object, cap: Money | null, runs: readonly RunFact[], rest: object = {}) {
  const now = new Date('2026-11-20T12:00:00Z');
  return budgetProblem({ policy: policyOf(budget), cap, runs, pullRequest: 7, user: 'ada', now, ...rest });
}

describe('the price of an hour', () => {
  const policy = PolicyConfig.parse({
    gpus: ['a100', 't4'],
    prices: { cpu: '0.10 USD', gpus: { a100: '3.33 USD' } },
  });
  test.each<[string, object, Money | null]>([
    ['without a GPU', {}, usd(0.1)],
    ['one GPU', { gpu: 'a100', gpus: 1 }, usd(3.33)],
    ['a GPU whose number is left out', { gpu: 'a100' }, usd(3.33)],
    ['eight GPUs', { gpu: 'a100', gpus: 8 }, usd(26.64)],
    ['a GPU without a price', { gpu: 't4', gpus: 1 }, null],
    ['a GPU that nobody knows', { gpu: 'h100', gpus: 1 }, null],
    ['a GPU called constructor', { gpu: 'constructor', gpus: 1 }, null],
    ['GPUs of no type', { gpus: 2 }, null],
    ['eight GPUs on each of four machines', { gpu: 'a100', gpus: 8, nodes: 4 }, usd(106.56)],
    ['three machines without a GPU', { nodes: 3 }, usd(0.3)],
  ])('%s', (_, resources, expected) => {
    expect(hourlyPrice(policy, Resources.parse(resources))).toEqual(expected);
  });

  test('without prices there is none', () => {
    expect(hourlyPrice(PolicyConfig.parse({}), Resources.parse({}))).toBeNull();
  });
});

test.each<[string, Money | null, number, Money | null]>([
  ['an hour', usd(2), 3600, usd(2)],
  ['a quarter', usd(2), 900, usd(0.5)],
  ['a second is rounded up to a cent', usd(2), 1, usd(0.01)],
  ['two weeks', usd(0.1), 14 * 86_400, usd(33.6)],
  ['no price', null, 3600, null],
  ['a price of nothing', usd(0), 3600, usd(0)],
])('what a training may come to: %s', (_, price, seconds, expected) => {
  expect(costCap(price, seconds)).toEqual(expected);
});

describe('a run fits', () => {
  const old = { acceptedAt: '2026-10-31T23:59:59Z' };
  test.each<[string, object, Money | null, () => readonly RunFact[], 'fits' | string]>([
    ['no budget, whatever it costs', {}, usd(1e6), () => [run(1e6)], 'fits'],
    ['no budget and no price', {}, null, () => [], 'fits'],
    ['a budget and no price', { per_month: '5 USD' }, null, () => [], 'no price'],
    ['a run at its limit', { per_run: '5 USD' }, usd(5), () => [], 'fits'],
    ['a run a cent above its limit', { per_run: '5 USD' }, usd(5.01), () => [], 'per_run'],
    ['a run, whatever others cost', { per_run: '5 USD' }, usd(5), () => [run(100)], 'fits'],
    ['a month at its limit', { per_month: '10 USD' }, usd(4), () => [run(6)], 'fits'],
    ['a month a cent above its limit', { per_month: '10 USD' }, usd(4), () => [run(6.01)], 'per_month'],
    ['a month, with what was spent in another', { per_month: '10 USD' }, usd(4), () => [run(100, old)], 'fits'],
    [
      'a month, from its first second in UTC',
      { per_month: '10 USD' },
      usd(4),
      () => [run(7, { acceptedAt: '2026-11-01T00:00:00Z' })],
      'per_month',
    ],
    ['a month, of whoever asked', { per_month: '10 USD' }, usd(4), () => [run(7, { requestedBy: 'ben' })], 'per_month'],
    [
      'a month, without a pull request',
      { per_month: '10 USD' },
      usd(4),
      () => [run(7, { pullRequest: null })],
      'per_month',
    ],
    ['a pull request at its limit', { per_pull_request: '10 USD' }, usd(4), () => [run(6)], 'fits'],
    ['a pull request above its limit', { per_pull_request: '10 USD' }, usd(4), () => [run(7)], 'per_pull_request'],
    ['a pull request of months', { per_pull_request: '10 USD' }, usd(4), () => [run(7, old)], 'per_pull_request'],
    [
      'a pull request, whatever others spent',
      { per_pull_request: '10 USD' },
      usd(4),
      () => [run(100, { pullRequest: 8 })],
      'fits',
    ],
    ['a user at the limit', { per_user_month: '10 USD' }, usd(4), () => [run(6)], 'fits'],
    ['a user above the limit', { per_user_month: '10 USD' }, usd(4), () => [run(7)], 'per_user_month'],
    [
      'a user above the limit, written otherwise',
      { per_user_month: '10 USD' },
      usd(4),
      () => [run(7, { requestedBy: 'Ada' })],
      'per_user_month',
    ],
    [
      'a user, whatever others spent',
      { per_user_month: '10 USD' },
      usd(4),
      () => [run(100, { requestedBy: 'ben' })],
      'fits',
    ],
    ['a user, in another month', { per_user_month: '10 USD' }, usd(4), () => [run(100, old)], 'fits'],
    [
      'a user, in other pull requests',
      { per_user_month: '10 USD' },
      usd(4),
      () => [run(7, { pullRequest: 8 })],
      'per_user_month',
    ],
    ['a cancelled run has spent', { per_month: '10 USD' }, usd(4), () => [run(7, { state: 'cancelled' })], 'per_month'],
    [
      'a run in progress may spend',
      { per_month: '10 USD' },
      usd(4),
      () => [run(7, { state: 'training' })],
      'per_month',
    ],
    ['a run before prices were named', { per_month: '10 USD' }, usd(4), () => [run(null)], 'fits'],
    [
      'one that cost nothing in another currency',
      { per_month: '10 USD' },
      usd(4),
      () => [run(0, { cost: { amount: 0, currency: 'EUR' } })],
      'fits',
    ],
    [
      'one paid in another currency',
      { per_month: '10 USD' },
      usd(4),
      () => [run(0, { cost: { amount: 1, currency: 'EUR' } })],
      'EUR',
    ],
    ['a price in another currency', { per_run: '10 USD' }, { amount: 1, currency: 'EUR' }, () => [], 'EUR'],
    [
      'a hundred times ten cents',
      { per_month: '10.10 USD' },
      usd(0.1),
      () => Array.from({ length: 100 }, () => run(0.1)),
      'fits',
    ],
    [
      'ten times 0.1 + 0.2',
      { per_month: '3.10 USD' },
      usd(0.1),
      () => Array.from({ length: 10 }, () => run(0.1 + 0.2)),
      'fits',
    ],
    [
      'parts of a cent count as one',
      { per_month: '0.03 USD' },
      usd(0.01),
      () => [run(0.001), run(0.001), run(0.001)],
      'per_month',
    ],
    ['a month that is overdrawn', { per_month: '10 USD' }, usd(0), () => [run(20)], 'per_month'],
    ['a budget of nothing, and a run of nothing', { per_run: '0 USD' }, usd(0), () => [], 'fits'],
    ['a budget of nothing', { per_run: '0 USD' }, usd(0.01), () => [], 'per_run'],
  ])('%s', (_, budget, cap, runs, expected) => {
    const found = problem(budget, cap, runs());
    if (expected === 'fits') expect(found).toBeNull();
    else expect(found?.budget ?? found?.message).toContain(expected);
  });

  test('what is for no pull request has no pull request’s budget', () => {
    expect(
      problem({ per_pull_request: '1 USD' }, usd(1), [run(5, { pullRequest: null })], { pullRequest: null }),
    ).toBeNull();
  });
});

test.each<[string, object, number, string]>([
  ['of a run', { per_run: '5 USD' }, 0, 'the run may cost 6.50 USD, and policy allows 5 USD for a run'],
  [
    'of a pull request',
    { per_pull_request: '10 USD' },
    4,
    'the run may cost 6.50 USD, and of the 10 USD for pull request 7 6 USD is left',
  ],
  [
    'of a user',
    { per_user_month: '10 USD' },
    4,
    'the run may cost 6.50 USD, and of the 10 USD for ada in 2026-11 6 USD is left',
  ],
  ['of a month', { per_month: '10 USD' }, 20, 'the run may cost 6.50 USD, and of the 10 USD for 2026-11 0 USD is left'],
])('a refusal says the budget %s, what is left of it and what the run may cost', (_, budget, spent, message) => {
  expect(problem(budget, usd(6.5), [run(spent)])?.message).toBe(message);
});

test('what is accepted one after the other never comes to more than the budget', () => {
  const cents = fc.integer({ min: 0, max: 500 });
  fc.assert(
    fc.property(fc.array(cents, { maxLength: 20 }), cents, (asked, limit) => {
      const accepted: RunFact[] = [];
      for (const amount of asked) {
        if (problem({ per_month: `${(limit / 100).toFixed(2)} USD` }, usd(amount / 100), accepted) === null)
          accepted.push(run(amount / 100));
      }
      const spent = accepted.reduce((sum, { cost }) => sum + Math.round((cost?.amount ?? 0) * 100), 0);
      expect(spent).toBeLessThanOrEqual(limit);
    }),
  );
});

describe('a run that goes on', () => {
  /** A run that may come to 4 USD, and has cost this much by now. */
  const going = (soFar: number, rest: object = {}): CountedRun => {
    return { ...run(Math.max(4, soFar)), soFar: usd(soFar), ...rest };
  };
  const before = { acceptedAt: '2026-10-31T23:59:59Z' };
  const EUR = { amount: 100, currency: 'EUR' };
  test.each<[string, object, CountedRun, readonly CountedRun[], string | null]>([
    ['without a budget, whatever it costs', {}, going(1e6), [], null],
    ['at the limit of a run', { per_run: '5 USD' }, going(5), [], null],
    ['a cent above the limit of a run', { per_run: '5 USD' }, going(5.01), [], 'per_run'],
    ['whatever others cost', { per_run: '5 USD' }, going(1), [going(100)], null],
    ['at the limit of the month, with others', { per_month: '5 USD' }, going(2), [going(3)], null],
    ['above the limit of the month, with others', { per_month: '5 USD' }, going(2), [going(3.01)], 'per_month'],
    ['with others of another month', { per_month: '5 USD' }, going(2), [going(100, before)], null],
    ['of the month before', { per_month: '5 USD' }, going(2, before), [going(100)], null],
    ['with another user', { per_user_month: '5 USD' }, going(2), [going(9, { requestedBy: 'ben' })], null],
    ['above the limit of its user', { per_user_month: '5 USD' }, going(2), [going(4)], 'per_user_month'],
    ['with another pull request', { per_pull_request: '5 USD' }, going(2), [going(9, { pullRequest: 8 })], null],
    ['above the limit of its pull request', { per_pull_request: '5 USD' }, going(2), [going(4)], 'per_pull_request'],
    ['within its timeout, while others may yet spend more', { per_month: '5 USD' }, going(3.99), [going(0)], null],
    ['beyond its timeout, where there is room', { per_month: '20 USD' }, going(4.01), [going(0)], null],
    ['beyond its timeout, into what others may come to', { per_month: '8 USD' }, going(4.01), [going(0)], 'per_month'],
    ['paid in another currency by now', { per_run: '5 USD' }, going(0, { cost: EUR, soFar: EUR }), [], null],
    ['of which no price is known', { per_run: '5 USD' }, going(0, { cost: null, soFar: null }), [], null],
  ])('%s', (_, budget, own, others, expected) => {
    const found = passedBudget(policyOf(budget), own, usd(4), others);
    expect(found?.budget ?? null).toBe(expected);
    if (expected !== null) expect(found?.message).toContain(`policy.budget.${expected} is`);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseComment } from '../../../core/commands/parse.ts';
import { decide } from '../../../core/decision/decide.ts';
import type { Decision } from '../../../core/decision/decision.ts';
import { FACT_NAMES } from '../../../core/decision/facts.ts';
import { and, type Change, FORK, gathered, HEAD, OLD_HEAD, RUNS, requestFor, run, type Situation } from './samples.ts';

const ROLES = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
const LOGINS = ['ada', 'ben', 'Ben', 'cy', 'x[bot]', 'trainyard[bot]'] as const;
const COMMANDS = [
  '/train',
  '/train flight-delay delay-cause --set epochs=12',
  '/train nothing --gpu a100',
  `/train --force @${HEAD}`,
  `/train --resume ${RUNS.first}`,
  '/validate',
  '/validate flights',
  '/evaluate',
  '/evaluate all',
  `/retry ${RUNS.first}`,
  '/retry all',
  '/cancel',
  '/cancel all',
  '/status',
  '/promote flight-delay to production',
  '/promote delay-cause@v0.1.0 to staging',
  '/rollback flight-delay staging',
  '/rollback flight-delay production to v1.0.0',
  '/hold labels --for 2h',
  '/unhold',
  '/lock staging',
  '/lock flight-delay mine --keep',
  '/unlock staging',
  '/override roc_auc it is old',
  `/ok-to-train ${HEAD}`,
  '/help train',
  '/trian',
] as const;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.constantFrom('', 'labels', '@everyone', '<!-- x -->'),
);
const login = fc.constantFrom(...LOGINS);
const time = fc
  .integer({ min: 0, max: 900 })
  .map((second) => new Date(Date.parse('2026-11-04T10:00:00Z') + second * 1000).toISOString().replace('.000', ''));
/** After every head that is seen. */
const late = fc.constantFrom('2026-11-04T10:09:58Z', '2026-11-04T10:30:00Z');
const rarely = fc.integer({ min: 0, max: 9 }).map((number) => number === 0);
const mostly = rarely.map((is) => !is);
const lock = fc.record({
  kind: fc.constantFrom('stage', 'model'),
  name: fc.constantFrom('staging', 'production', 'flight-delay', 'delay-cause'),
  owner: login,
  reason: text,
  pullRequest: fc.constantFrom(null, 9, 12),
  expiresAt: fc.option(time),
});
const hold = fc.record({ owner: login, reason: text, expiresAt: fc.option(time) });
const anyRun = fc
  .record({
    run: fc.constantFrom(...Object.values(RUNS)),
    model: fc.constantFrom('flight-delay', 'delay-cause'),
    pullRequest: fc.constantFrom(12, 12, 12, 13, null),
    commit: fc.constantFrom(HEAD, HEAD, OLD_HEAD),
    requestedBy: login,
    acceptedAt: time,
    state: fc.constantFrom('accepted', 'training', 'judging', 'candidate', 'held', 'failed', 'cancelled'),
    failedAt: fc.constantFrom(null, 'dispatch', 'training', 'judging'),
    heldByOther: fc.boolean(),
    artifactsKept: fc.boolean(),
    checkpointsKept: fc.boolean(),
    cost: fc.option(
      fc.record({ amount: fc.double({ min: 0, max: 1000, noNaN: true }), currency: fc.constantFrom('USD', 'EUR') }),
    ),
  })
  .map((change) => run(change));
const review = fc.record({
  user: login,
  state: fc.constantFrom('approved', 'changes_requested', 'commented', 'dismissed', 'pending'),
  commit: fc.constantFrom(HEAD, OLD_HEAD, null),
  at: time,
  role: fc.constantFrom(...ROLES),
});
const sighting = fc.record({
  sha: fc.constantFrom(HEAD, OLD_HEAD),
  headRepository: fc.constantFrom('acme/flights', 'eve/flights'),
  at: time,
  sender: login,
});

const policy = fc.constantFrom<object>(
  {},
  FORK.policy,
  {
    ...FORK.policy,
    require: { train: { approvals: {} }, promote: { labels: ['go'], approvals: { code_owners: true } } },
  },
  {
    commands: {
      train: { models: { 'flight-delay': 'maintain' } },
      promote: { stages: { staging: 'team:ml' } },
      override: 'write',
    },
  },
  { prices: { cpu: '10 USD' }, budget: { per_run: '50 USD', per_month: '60 USD' }, concurrency: 2 },
  { freeze: [{ days: ['wed'], stages: ['production'] }], gpus: ['a100'] },
);

const facts: fc.Arbitrary<Change> = fc.record(
  {
    comment: fc.record(
      {
        author: fc.oneof({ weight: 3, arbitrary: fc.constant('ben') }, { weight: 1, arbitrary: login }),
        createdAt: late,
        edited: rarely,
        kind: fc.constantFrom('conversation', 'conversation', 'button', 'request'),
      },
      { requiredKeys: [] },
    ),
    actor: fc.record({
      role: fc.constantFrom(...ROLES, 'write', 'maintain', 'maintain', 'admin'),
      teams: fc.subarray(['ml', 'ops']),
    }),
    pull: fc.record(
      {
        author: login,
        state: fc.constantFrom('open', 'open', 'open', 'closed'),
        fork: fc.boolean(),
        labels: fc.subarray(['go', 'stop']),
      },
      { requiredKeys: [] },
    ),
    sightings: fc.array(sighting, { minLength: 1, maxLength: 4 }),
    reviews: fc.array(review, { maxLength: 3 }),
    ledger: fc.record(
      {
        trusted: mostly,
        problem: fc.option(text),
        hold: fc.option(hold),
        locks: fc.array(lock, { maxLength: 3 }),
        okToTrain: fc.subarray([HEAD, OLD_HEAD]),
      },
      { requiredKeys: [] },
    ),
    plan: fc.record({
      affected: fc.subarray(['flight-delay', 'delay-cause']),
      datasets: fc.subarray(['flights']),
      problems: rarely.map((broken) => (broken ? ['cut'] : [])),
    }),
    runs: fc.uniqueArray(anyRun, { maxLength: 4, selector: ({ run: id }) => id }),
    earlier: fc.constantFrom({}, { 'flight-delay': { run: RUNS.other, state: 'kept' } }),
    candidates: fc.constantFrom({}, { 'delay-cause': { run: RUNS.other, version: '0.1.0' } }),
    validations: fc.subarray(['flights']),
    unavailable: fc.oneof(
      { weight: 8, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.subarray([...FACT_NAMES], { maxLength: 2 }) },
    ),
  },
  { requiredKeys: [] },
);

const situation: fc.Arbitrary<Situation> = fc.record({
  facts,
  policy,
  signerNamed: mostly,
});
const line = fc.constantFrom(...COMMANDS);
const settings = { numRuns: 200 };

function on(typed: string, given: Situation): Decision {
  return decide(requestFor(typed, given));
}

const verdictOf = (decision: Decision): string =>
  decision.verdict === 'needs' ? 'needs' : `${decision.verdict} ${decision.reason}`;

describe('whatever the facts', () => {
  test('a decision is made, and what it says is bounded', () => {
    fc.assert(
      fc.property(line, situation, (typed, given) => {
        const decision = on(typed, given);
        const said = decision.verdict === 'needs' ? '' : decision.message;
        expect(said.length).toBeLessThanOrEqual(2000);
        if (decision.verdict !== 'refused') return;
        expect(`${decision.expected}`.length).toBeLessThanOrEqual(500);
        expect(`${decision.found}`.length).toBeLessThanOrEqual(500);
        if (decision.example !== null) expect(parseComment(decision.example)).toMatchObject([{ kind: 'command' }]);
      }),
      settings,
    );
  });

  test('equal facts have equal decisions', () => {
    fc.assert(
      fc.property(line, situation, (typed, given) => {
        const request = requestFor(typed, given);
        expect(decide({ ...request, facts: structuredClone(request.facts) })).toEqual(decide(request));
      }),
      settings,
    );
  });

  test('gathering ends, and comes to what the whole would have come to', () => {
    fc.assert(
      fc.property(line, situation, (typed, given) => {
        const full = requestFor(typed, given);
        const { asked, decision } = gathered(full);
        expect(asked.length).toBeLessThanOrEqual(FACT_NAMES.length + 2);
        expect(verdictOf(decision)).toBe(verdictOf(decide(full)));
      }),
      settings,
    );
  });

  test('nothing is allowed before the role is known', () => {
    fc.assert(
      fc.property(line, situation, (typed, given) => {
        expect(on(typed, and(given, { actor: undefined })).verdict).not.toBe('allowed');
      }),
      settings,
    );
  });

  test('nobody without a role is allowed anything', () => {
    fc.assert(
      fc.property(line, situation, (typed, given) => {
        expect(on(typed, and(given, { actor: { role: 'none', teams: [] } })).verdict).not.toBe('allowed');
      }),
      settings,
    );
  });

  test('an allowed command names the head and no other commit', () => {
    fc.assert(
      fc.property(line, situation, (typed, given) => {
        const decision = on(typed, given);
        if (decision.verdict === 'allowed') expect([HEAD, null]).toContain(decision.sha);
      }),
      settings,
    );
  });
});

describe('what takes something away allows nothing more', () => {
  function holdIn({ facts: given }: Situation): unknown {
    const ledger: unknown = given?.['ledger'];
    return typeof ledger === 'object' && ledger !== null && 'hold' in ledger ? ledger.hold : null;
  }
  const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  function locksOf({ facts: given }: Situation): unknown[] {
    const ledger: unknown = given?.['ledger'];
    return typeof ledger === 'object' && ledger !== null && 'locks' in ledger ? listOf(ledger.locks) : [];
  }
  const others = (...names: string[]) =>
    fc.constantFrom(...COMMANDS.filter((typed) => !names.some((name) => typed.startsWith(name))));
  const steps: [string, fc.Arbitrary<string>, fc.Arbitrary<(given: Situation) => Situation>][] = [
    [
      'a lock',
      others('/unlock'),
      lock.map((one) => (given) => and(given, { ledger: { locks: [...locksOf(given), one] } })),
    ],
    ['a hold', others('/unhold'), hold.map((one) => (given) => and(given, { ledger: { hold: holdIn(given) ?? one } }))],
    ['the loss of the role', line, fc.constant((given) => and(given, { actor: { role: 'none', teams: [] } }))],
    [
      'the loss of write',
      others('/status', '/help'),
      fc.constant((given) => and(given, { actor: { role: 'read', teams: [] } })),
    ],
    ['a ledger that cannot be trusted', line, fc.constant((given) => and(given, { ledger: { trusted: false } }))],
    ['the loss of approvals', line, fc.constant((given) => and(given, { reviews: [] }))],
    ['the loss of labels', line, fc.constant((given) => and(given, { pull: { labels: [] } }))],
    ['the loss of an /ok-to-train', line, fc.constant((given) => and(given, { ledger: { okToTrain: [] } }))],
    [
      'a fact that cannot be had',
      line,
      fc
        .constantFrom(...FACT_NAMES)
        .map((name) => (given) => and(given, { unavailable: [...listOf(given.facts?.['unavailable']), name] })),
    ],
    ['an unsigned service', line, fc.constant((given) => ({ ...given, signerNamed: false }))],
    ['an edit', line, fc.constant((given) => and(given, { comment: { edited: true } }))],
    ['the lack of policy', line, fc.constant((given) => ({ ...given, base: { kind: 'absent' } }))],
  ];
  test.each(steps)('%s', (_name, typed, change) => {
    fc.assert(
      fc.property(typed, situation, change, (command, given, taking) => {
        if (on(command, given).verdict === 'allowed') return;
        expect(on(command, taking(given)).verdict).not.toBe('allowed');
      }),
      { numRuns: 120 },
    );
  });
});

test('enough of what is generated is allowed for this to mean something', () => {
  const kinds = fc
    .sample(fc.tuple(line, situation), { numRuns: 400, seed: 7 })
    .map(([typed, given]) => on(typed, given).verdict);
  expect(kinds.filter((verdict) => verdict === 'allowed').length).toBeGreaterThan(30);
});

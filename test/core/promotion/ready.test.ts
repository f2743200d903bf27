import { describe, expect, test } from 'vitest';
import { Instant, ModelName } from '../../../core/names.ts';
import type { PolicyChange } from '../../../core/policy/changes.ts';
import type { Selection } from '../../../core/promotion/candidate.ts';
import { readyVerdict } from '../../../core/promotion/ready.ts';
import type { PullReadiness } from '../../../core/promotion/situations.ts';
import type { StageBlock } from '../../../core/promotion/stage-block.ts';
import { holdEntry, lockEntry, overrideEntry, STAGING } from '../ledger/samples.ts';
import { MODEL, makeKey, recordOf, runId, sha256 } from '../samples.ts';

const other = ModelName.parse('other');
const keyid = makeKey().public.keyid;
const run = (n = 1) => ({ record: recordOf({ run: runId(n) }), digest: sha256('r'), keyid });
const candidate: Extract<Selection, { kind: 'candidate' }> = { kind: 'candidate', run: run(), overrides: [] };
const none: Selection = { kind: 'none' };
const running: Selection = { kind: 'running', run: run(), candidate: null };
const held: Selection = { kind: 'held', run: run(), reasons: ['gate roc_auc failed', 'scan found a pickle'] };
const failed: Selection = { kind: 'failed', run: run(), reasons: ['exit code 1'] };
const stale: Selection = { kind: 'stale', run: run(), reasons: ['src/features has changed'] };
const frozen: Selection = { kind: 'frozen', reasons: ['a tag that nobody signed'] };
const change = (effect: PolicyChange['effect']): PolicyChange => ({
  kind: 'changed',
  model: MODEL,
  key: 'k',
  from: '1',
  to: '2',
  effect,
});

const loosened = [{ dataset: 'rows', message: 'rows: @ben has to approve' }];

function pull(changes: Partial<PullReadiness> = {}, ...selections: Selection[]): PullReadiness {
  const models = selections.map((selection, index) => ({ model: index === 0 ? MODEL : other, selection }));
  return { number: 1, plan: { status: 'complete' }, policyChanges: [], models, ...changes };
}

describe('the rows of the design', () => {
  test.each<[string, PullReadiness, string, string | RegExp]>([
    ['no model affected', pull(), 'success', 'no model affected'],
    [
      'plan truncated',
      pull({ plan: { status: 'truncated', message: '100,000 files' } }),
      'failure',
      'the plan is truncated: 100,000 files',
    ],
    [
      'plan errored',
      pull({ plan: { status: 'errored', message: 'GitHub did not answer' } }),
      'failure',
      /^the plan failed/,
    ],
    [
      'policy unreadable',
      pull({ plan: { status: 'policy_unreadable', message: 'line 3' } }),
      'failure',
      /^the policy can not be read/,
    ],
    [
      'a loosened contract that its owner has not approved',
      pull({ loosened }, candidate),
      'action_required',
      'rows: @ben has to approve',
    ],
    ['the same, with no model affected', pull({ loosened }), 'action_required', 'rows: @ben has to approve'],
    [
      'the same, with a policy change',
      pull({ loosened, policyChanges: [change('policy')] }),
      'action_required',
      'rows: @ben has to approve',
    ],
    [
      'policy change',
      pull({ policyChanges: [change('policy')] }),
      'success',
      'policy change: this merge promotes nothing; main is trained after it',
    ],
    [
      'policy change of an affected model',
      pull({ policyChanges: [change('policy')] }, none),
      'success',
      /^policy change/,
    ],
    [
      'policy change with an unreadable plan',
      pull({ policyChanges: [change('policy')], plan: { status: 'errored', message: 'x' } }),
      'failure',
      /^the plan failed/,
    ],
    ['a mere notice', pull({ policyChanges: [change('notice')] }, none), 'action_required', /\/train flight-delay$/],
    [
      'affected, no candidate',
      pull({}, none),
      'action_required',
      'flight-delay is affected and has no candidate: comment /train flight-delay',
    ],
    ['run in progress', pull({}, running), 'in_progress', /is in progress$/],
    ['gate failed, finding', pull({}, held), 'failure', /is held: gate roc_auc failed; scan found a pickle$/],
    ['run failed', pull({}, failed), 'failure', /failed: exit code 1; comment \/train flight-delay to try again$/],
    ['stale', pull({}, stale), 'failure', /is stale: src\/features has changed; comment \/train flight-delay$/],
    ['frozen', pull({}, frozen), 'failure', /promotion is frozen: a tag that nobody signed$/],
    ['a valid candidate', pull({}, candidate), 'success', `flight-delay: merging promotes run ${runId(1)}`],
  ])('%s', (_, situation, state, title) => {
    const verdict = readyVerdict([situation]);
    expect(verdict.state).toBe(state);
    expect(verdict.title).toMatch(title);
  });
});

describe('the most severe situation decides', () => {
  test.each<[string, PullReadiness[], string]>([
    ['candidate and held', [pull({}, candidate, held)], 'failure'],
    ['candidate and none', [pull({}, candidate, none)], 'action_required'],
    ['candidate and running', [pull({}, candidate, running)], 'in_progress'],
    ['none and running', [pull({}, running, none)], 'action_required'],
    ['none and stale', [pull({}, none, stale)], 'failure'],
    ['two candidates', [pull({}, candidate, candidate)], 'success'],
    ['two pull requests, one without effect', [pull(), pull({ number: 2 }, none)], 'action_required'],
    [
      'two pull requests, one that changes policy',
      [pull({ policyChanges: [change('policy')] }), pull({ number: 2 }, held)],
      'failure',
    ],
    ['two pull requests, both good', [pull({}, candidate), pull({ number: 2 })], 'success'],
    ['no pull request', [], 'failure'],
  ])('%s', (_, pulls, state) => {
    expect(readyVerdict(pulls).state).toBe(state);
  });
});

test('every situation has its line, the most severe first', () => {
  const { lines } = readyVerdict([pull({}, candidate, held)]);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^other: run .* is held/);
});

test('what a merge promotes is named, once', () => {
  const { promotes } = readyVerdict([pull({}, candidate), pull({ number: 2 }, candidate)]);
  expect(promotes).toEqual([{ model: MODEL, run: runId(1) }]);
});

test('nothing is promoted by a merge that is not ready', () => {
  expect(readyVerdict([pull({}, candidate, running)]).promotes).toEqual([]);
});

test('nothing is promoted by a merge that changes policy', () => {
  expect(readyVerdict([pull({ policyChanges: [change('policy')] }, candidate)]).promotes).toEqual([]);
});

test.each([
  ['running', 'in_progress', /is being validated/],
  ['failed', 'failure', /fails its contract/],
  ['not_checked', 'failure', /was not checked/],
] as const)('changed data that is %s keeps ready from being green', (status, state, title) => {
  const plan = { status: 'complete' } as const;
  const verdict = readyVerdict([
    { number: 1, plan, policyChanges: [], models: [], data: [{ dataset: 'flights', status }] },
  ]);
  expect(verdict.state).toBe(state);
  expect(verdict.title).toMatch(title);
});

describe('what people and policy hold back', () => {
  const until = Instant.parse('2026-11-05T00:00:00Z');
  const [hold, lock, modelLock] = [
    holdEntry({ reason: 'legal' }),
    lockEntry(),
    lockEntry({ target: { kind: 'model', name: MODEL } }),
  ].map((draft) => ({ ...draft, sequence: 0, previous: null }));
  if (hold?.kind !== 'hold' || lock?.kind !== 'lock' || modelLock?.kind !== 'lock') throw new Error('not the samples');
  const locked: StageBlock = {
    kind: 'locked',
    stage: STAGING.name,
    lock: { ...lock, expiresAt: until, reason: 'load test' },
  };
  const frozenNow: StageBlock = { kind: 'freeze_window', stage: STAGING.name, reason: 'weekend', endsAt: until };
  const withModel = (selection: Selection, changes: Partial<PullReadiness['models'][number]>): PullReadiness =>
    pull({ models: [{ model: MODEL, selection, ...changes }] });

  test.each<[string, PullReadiness, string, string | RegExp]>([
    [
      'a hold is red, with who, why and what to type',
      pull({ hold }, candidate),
      'failure',
      'pull request #1 is on hold by ada: legal; merging promotes nothing; comment /unhold to release it',
    ],
    [
      'a hold says until when',
      pull({ hold: { ...hold, expiresAt: until } }, candidate),
      'failure',
      /on hold by ada until 2026-11-05T00:00:00Z: legal/,
    ],
    ['a hold is red where no model is affected', pull({ hold }), 'failure', /^pull request #1 is on hold/],
    [
      'a hold is red where policy is changed',
      pull({ hold, policyChanges: [change('policy')] }),
      'failure',
      /^pull request #1 is on hold/,
    ],
    [
      'what policy asks for is asked for',
      pull({ requirement: 'one approval is needed' }, candidate),
      'action_required',
      'policy asks for more before a merge: one approval is needed',
    ],
    [
      'it is asked for where policy is changed',
      pull({ requirement: 'one approval is needed', policyChanges: [change('policy')] }),
      'action_required',
      /one approval is needed$/,
    ],
    [
      'it is not asked for where no model is affected',
      pull({ requirement: 'one approval is needed' }),
      'success',
      'no model affected',
    ],
    [
      'a locked stage says so before the merge, which makes a version',
      withModel(candidate, { block: locked }),
      'success',
      /^flight-delay: staging is locked by ada until 2026-11-05T00:00:00Z: load test; merging makes the version/,
    ],
    [
      'a freeze window says so before the merge',
      withModel(candidate, { block: frozenNow }),
      'success',
      /^flight-delay: staging is in a freeze window of policy until 2026-11-05T00:00:00Z: weekend/,
    ],
    [
      'a locked stage is no news without a candidate',
      withModel(none, { block: locked }),
      'action_required',
      /no candidate/,
    ],
    [
      'a locked model says that nothing is trained',
      withModel(candidate, { lock: modelLock }),
      'success',
      /^flight-delay is locked by ada; nothing of it is trained until \/unlock model:flight-delay$/,
    ],
    [
      'a locked model without a candidate is not ready',
      withModel(none, { lock: modelLock }),
      'action_required',
      /no candidate/,
    ],
  ])('%s', (_, readiness, state, title) => {
    const verdict = readyVerdict([readiness]);
    expect(verdict.state).toBe(state);
    if (typeof title === 'string') expect(verdict.title).toBe(title);
    else expect(verdict.title).toMatch(title);
  });

  test('a blocked stage tells what to type once the version is made', () => {
    const { lines } = readyVerdict([withModel(candidate, { block: locked })]);
    expect(lines[1]).toMatch(
      /^flight-delay: merging makes run \S+ a version; then comment `\/promote flight-delay to staging`/,
    );
  });

  test('overrides are named beside the run that they let through', () => {
    const [override] = [overrideEntry()].map((draft) => ({ ...draft, sequence: 0, previous: null }));
    const overrides = override?.kind === 'override' ? [override] : [];
    const { title } = readyVerdict([pull({}, { ...candidate, overrides })]);
    expect(title).toMatch(/merging promotes run \S+; gate roc_auc overridden by cleo: seasonal dip$/);
  });
});

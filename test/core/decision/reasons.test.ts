import { describe, expect, test } from 'vitest';
import { type ParsedLine, parseComment } from '../../../core/commands/parse.ts';
import { decide, NO_COMMAND } from '../../../core/decision/decide.ts';
import type { Decision } from '../../../core/decision/decision.ts';
import { REASONS, type Reason } from '../../../core/decision/reasons.ts';
import type { Instant } from '../../../core/names.ts';
import { and, decisionOn, FORK, HEAD, OLD_HEAD, RUNS, requestFor, run, type Situation } from './samples.ts';

const held = { actor: { role: 'maintain' }, runs: [run()] };
const lock = { kind: 'stage', name: 'staging', owner: 'ada', reason: '', pullRequest: 9, expiresAt: null };
const hold = { owner: 'ada', reason: '', expiresAt: null };
const seen = (sha: string, at: string) => ({
  sha,
  headRepository: 'acme/flights',
  at: `2026-11-04T${at}Z`,
  sender: 'ada',
});
const TO_STAGING = '/promote flight-delay@v1.1.0 to staging';
const failed = (failedAt: string) => run({ state: 'failed', failedAt, failedGates: [] });
const twin = { models: { 'flight-delay': { promote: { stages: ['delay-cause', 'production'] } } } };

function onLine(line: ParsedLine | undefined): Decision {
  if (line === undefined) throw new Error('no line');
  return decide({ ...requestFor('/train'), line });
}

/** What flows find out by themselves, before or after a decision. */
const OF_FLOWS = ['already_handled', 'comment_gone', 'not_carried_out'] as const;

/** One situation for each other reason; the types see to it that none is left out. */
const CASES: Readonly<Record<Exclude<Reason, (typeof OF_FLOWS)[number]>, (other?: string) => Decision>> = {
  no_command: () => NO_COMMAND,
  comment_edited: on('/train', { facts: { comment: { edited: true } } }),
  comment_by_bot: on('/train', { facts: { comment: { author: 'x[bot]', authorType: 'Bot' } } }),
  own_comment: on('/train', { facts: { comment: { author: 'trainyard[bot]' } } }),
  not_a_pull_request: on('/train', { facts: { comment: { kind: 'issue' } } }),
  review_not_read: on('/train', { facts: { comment: { kind: 'review' } } }),
  unknown_command: on('/trian'),
  bad_quoting: on("/train 'x"),
  bad_arguments: on('/train --nothing'),
  too_many_commands: () => onLine(parseComment('/status\n'.repeat(11)).at(-1)),
  body_too_long: () => onLine(parseComment('x'.repeat(70_000))[0]),
  app_needed: on('/validate', { facts: { app: false } }),
  pull_request_closed: on('/train', { facts: { pull: { state: 'closed' } } }),
  no_policy: on('/train', { base: { kind: 'absent' } }),
  policy_unreadable: on('/train', { base: { kind: 'unreadable', problems: ['line 1'] } }),
  plan_incomplete: on('/train', { facts: { plan: { problems: ['cut'] } } }),
  signing_key_unknown: on('/train', { signerNamed: false }),
  ledger_untrusted: on('/train', { facts: { ledger: { trusted: false } } }),
  facts_unavailable: on('/train', { facts: { unavailable: ['actor'] } }),
  not_permitted: on('/train', { facts: { actor: { role: 'read' } } }),
  head_not_sighted: on('/train', { facts: { sightings: [] } }),
  head_too_fresh: on('/train', { facts: { sightings: [seen(HEAD, '10:09:50')] } }),
  head_moved: on('/train', { facts: { sightings: [seen(HEAD, '10:10:00')] } }),
  sha_not_sighted: on(`/train @${'c'.repeat(40)}`),
  ambiguous_sha: on('/train @aaaaaaa', {
    facts: { sightings: [seen(HEAD, '10:00:00'), seen(`${'a'.repeat(39)}2`, '09:00:00')] },
  }),
  time_unreadable: () => {
    const request = requestFor('/train');
    return decide({
      ...request,
      facts: { ...request.facts, comment: { ...request.facts.comment, createdAt: 'then' as Instant } },
    });
  },
  fork_denied: on('/train', { facts: FORK.facts }),
  fork_not_approved: on('/train', and(FORK, { ledger: { okToTrain: [OLD_HEAD] } })),
  not_a_fork: on(`/ok-to-train ${HEAD}`),
  approvals_missing: on('/train', { policy: { require: { train: { approvals: {} } } } }),
  code_owner_missing: on('/train', {
    policy: { require: { train: { approvals: { code_owners: true } } } },
    facts: {
      files: { changed: ['models/flight-delay/train.py'], codeOwners: '* @dee' },
      reviews: [{ user: 'cy', state: 'approved', commit: HEAD, at: '2026-11-04T10:02:00Z', role: 'write' }],
    },
  }),
  label_missing: on('/train', { policy: { require: { train: { labels: ['go'] } } } }),
  freeze_window: on(TO_STAGING, { policy: { freeze: [{ days: ['wed'] }] } }),
  held: on(TO_STAGING, { facts: { ledger: { hold } } }),
  locked: on(TO_STAGING, { facts: { ledger: { locks: [lock] } } }),
  frozen: on(TO_STAGING, { facts: { ledger: { models: { 'flight-delay': { frozen: 'moved' } } } } }),
  engine_not_allowed: on('/train --engine ray'),
  gpu_not_allowed: on('/train --gpu a100'),
  location_not_allowed: on('/train', {
    models: {
      'flight-delay': { data: { flights: { path: 'data/flights.csv', location: 's3://elsewhere/flights.csv' } } },
    },
  }),
  budget_exceeded: on('/train', { policy: { prices: { cpu: '10 USD' }, budget: { per_run: '1 USD' } } }),
  concurrency_reached: on('/train', { policy: { concurrency: 1 }, facts: { runs: [run({ state: 'training' })] } }),
  unknown_model: on('/train flight'),
  unknown_param: on('/train --set rate=1'),
  bad_param: on('/train --set epochs=0'),
  nothing_to_train: on('/train', { facts: { plan: { affected: [] } } }),
  unknown_dataset: on('/validate flight'),
  nothing_to_validate: on('/validate', { facts: { plan: { datasets: [] } } }),
  unknown_run: on(`/cancel ${RUNS.first}`),
  run_ended: on(`/cancel ${RUNS.first}`, { facts: { runs: [run()] } }),
  nothing_to_cancel: on('/cancel'),
  several_runs: on('/retry', {
    facts: { runs: [failed('training'), run({ ...failed('training'), run: RUNS.second, model: 'delay-cause' })] },
  }),
  nothing_to_retry: on('/retry'),
  nothing_to_evaluate: on('/evaluate'),
  checkpoints_not_kept: on(`/train --resume ${RUNS.first}`, { facts: { runs: [run()] } }),
  unknown_stage: on('/promote flight-delay to prod'),
  unknown_version: on('/promote flight-delay@v9.0.0 to staging'),
  never_in_stage: on('/rollback flight-delay production to v1.2.0', { facts: { actor: { role: 'maintain' } } }),
  no_candidate: on('/promote delay-cause to staging'),
  already_in_stage: on('/promote flight-delay to staging'),
  no_earlier_version: on('/rollback delay-cause staging'),
  ambiguous_target: on('/lock delay-cause', twin),
  unknown_target: on('/lock prod'),
  not_held: on('/unhold'),
  not_locked: on('/unlock staging'),
  already_locked: on('/lock staging', { facts: { ledger: { locks: [lock] } } }),
  others_lock: on('/unlock staging', { facts: { ledger: { locks: [lock] } } }),
  unknown_gate: on('/override auc it is old', { facts: held }),
  gate_not_failed: on('/override brier it is close', { facts: held }),
  not_overridable: on('/override scan a false alarm', { facts: held }),
  override_by_author: on('/override roc_auc it is old', { facts: { ...held, pull: { author: 'ben' } } }),
  reason_missing: on('/override roc_auc'),
  allowed: on('/train'),
  reused: on('/train', { facts: { earlier: { 'flight-delay': { run: RUNS.first, state: 'kept' } } } }),
  in_progress: on('/train', { facts: { earlier: { 'flight-delay': { run: RUNS.first, state: 'in_progress' } } } }),
};

function on(text: string, situation: Situation = {}): (other?: string) => Decision {
  return (other = text) => decisionOn(other, situation);
}

const rows = Object.entries(CASES);

test('every reason has a situation', () => {
  expect([...rows.map(([reason]) => reason), ...OF_FLOWS].sort()).toEqual(Object.keys(REASONS).sort());
});

describe.each(rows)('%s', (reason, situation) => {
  test('is reached', () => {
    expect(situation()).toMatchObject({ reason });
  });

  test('names no command but such as work', () => {
    const decision = situation();
    if (decision.verdict !== 'refused' || decision.example === null) return expect(decision).toBeDefined();
    expect(parseComment(decision.example)).toMatchObject([{ kind: 'command' }]);
  });
});

describe('the example of a refusal', () => {
  /** Of these the example shows what is to be done first, or what there is to see. */
  const examples = rows.flatMap(([reason, situation]) => {
    const decision = situation();
    // What can't be had now is asked for again, later and by the same line.
    return decision.verdict === 'refused' && decision.example !== null && reason !== 'facts_unavailable'
      ? [[reason, decision.example, situation] as const]
      : [];
  });

  test.each(examples)('of %s, %s, is not refused for the same', (reason, example, situation) => {
    const again = situation(example);
    expect(again.verdict === 'refused' ? again.reason : again.verdict).not.toBe(reason);
  });
});

describe('a refusal', () => {
  const refusals = rows.flatMap(([reason, situation]) => {
    const decision = situation();
    return decision.verdict === 'refused' ? [[reason, decision] as const] : [];
  });

  test.each(refusals)('of %s says what was expected and found', (_reason, { expected, found, message }) => {
    expect(message.length).toBeGreaterThan(15);
    expect(message).not.toMatch(/undefined|null|NaN|\[object/);
    // A line that is no command has its usage, where one is known.
    if (found !== null) expect(`${expected}${found}`).not.toMatch(/undefined|NaN|\[object/);
  });

  test.each([
    'unknown_model',
    'unknown_param',
    'bad_param',
    'nothing_to_train',
    'unknown_stage',
    'unknown_version',
    'unknown_dataset',
    'unknown_gate',
    'gpu_not_allowed',
    'engine_not_allowed',
  ] as const)('of %s has an example with this repository’s own names', (reason) => {
    const decision = CASES[reason]();
    expect(decision).toMatchObject({ example: expect.stringMatching(/flight-delay|flights|staging/) });
  });

  test.each([
    'head_not_sighted',
    'head_too_fresh',
    'head_moved',
    'sha_not_sighted',
    'ambiguous_sha',
    'fork_not_approved',
  ] as const)('of %s has an example with the whole head', (reason) => {
    expect(CASES[reason]()).toMatchObject({ example: expect.stringContaining(HEAD) });
  });

  test.each([
    'not_permitted',
    'pull_request_closed',
    'no_policy',
    'fork_denied',
    'app_needed',
    'override_by_author',
    'freeze_window',
  ] as const)('of %s has no example, since no line would work', (reason) => {
    expect(CASES[reason]()).toMatchObject({ example: null });
  });
});

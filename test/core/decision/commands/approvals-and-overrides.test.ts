import { describe, expect, test } from 'vitest';
import { decide } from '../../../../core/decision/decide.ts';
import {
  allowed,
  and,
  answerTo,
  FORK,
  HEAD,
  OLD_HEAD,
  RUNS,
  refused,
  requestFor,
  run,
  type Situation,
} from '../samples.ts';

type Row = [sentence: string, text: string, situation: Situation, reason: string];

const held = (...changes: object[]): Situation => ({
  facts: { actor: { role: 'maintain' }, runs: changes.map((change) => run({ ...change })) },
});
const ONE = held({});
const TEXT = '/override roc_auc the holdout lacks the new airport';
const sighting = (sender: string) => [
  { sha: HEAD, headRepository: 'acme/flights', at: '2026-11-04T10:00:00Z', sender },
];

describe('/override', () => {
  test.each<Row>([
    ['a failed gate, by a maintainer', TEXT, ONE, 'allowed'],
    ['a failed gate, by somebody with write', TEXT, and(ONE, { actor: { role: 'write' } }), 'not_permitted'],
    [
      'a failed gate, by somebody with write where policy says so',
      TEXT,
      { ...and(ONE, { actor: { role: 'write' } }), policy: { commands: { override: 'write' } } },
      'allowed',
    ],
    ['by the author of the pull request', TEXT, and(ONE, { pull: { author: 'Ben' } }), 'override_by_author'],
    ['by who pushed the head', TEXT, and(ONE, { sightings: sighting('ben') }), 'override_by_author'],
    [
      'by who pushed an earlier head',
      TEXT,
      and(ONE, {
        sightings: [...sighting('ada'), { ...sighting('ben')[0], sha: OLD_HEAD, at: '2026-11-04T09:00:00Z' }],
      }),
      'allowed',
    ],
    [
      'a model that asks for an admin, not named',
      TEXT,
      { ...ONE, policy: { commands: { override: { models: { 'flight-delay': 'admin' } } } } },
      'not_permitted',
    ],
    [
      'by who reopened it, and did not push',
      TEXT,
      and(ONE, {
        sightings: [...sighting('ada'), { ...sighting('ben')[0], event: 'reopened', at: '2026-11-04T10:05:00Z' }],
      }),
      'allowed',
    ],
    [
      'by who had pushed this head before it left and came back',
      TEXT,
      and(ONE, {
        sightings: [
          { ...sighting('ben')[0], at: '2026-11-04T09:00:00Z' },
          { ...sighting('ada')[0], sha: OLD_HEAD, at: '2026-11-04T09:30:00Z' },
          ...sighting('ada'),
        ],
      }),
      'override_by_author',
    ],
    ['where nobody knows who pushed the head', `${TEXT} @${HEAD}`, and(ONE, { sightings: [] }), 'head_not_sighted'],
    ['without a reason', "/override roc_auc ' '", ONE, 'reason_missing'],
    ['a gate that is not there', '/override auc the holdout is old', ONE, 'unknown_gate'],
    ['the scan', '/override scan it is a false alarm', ONE, 'not_overridable'],
    ['a signature', '/override signature it is ours', ONE, 'not_overridable'],
    ['policy', '/override policy just this once', ONE, 'not_overridable'],
    ['a budget', '/override budget it is the end of the month', ONE, 'not_overridable'],
    ['approvals', '/override approvals all are away', ONE, 'not_overridable'],
    ['a run that the scan holds, too', TEXT, held({ heldByOther: true }), 'not_overridable'],
    ['a gate that passed', '/override brier it is close', ONE, 'gate_not_failed'],
    ['a candidate', TEXT, held({ state: 'candidate', failedGates: [] }), 'gate_not_failed'],
    ['no run', TEXT, held(), 'gate_not_failed'],
    ['a run of an earlier head', TEXT, held({ commit: OLD_HEAD }), 'gate_not_failed'],
    [
      'a held run that a newer one has replaced',
      TEXT,
      held({}, { run: RUNS.second, acceptedAt: '2026-11-04T10:05:00Z', state: 'candidate' }),
      'gate_not_failed',
    ],
    ['two models that the gate holds', TEXT, held({}, { run: RUNS.second, model: 'delay-cause' }), 'several_runs'],
    [
      'two models that the gate holds, one named',
      '/override delay-cause/roc_auc it is old',
      held({}, { run: RUNS.second, model: 'delay-cause' }),
      'allowed',
    ],
    ['a model that is not there', '/override flight/roc_auc it is old', ONE, 'unknown_model'],
    ['a fork', TEXT, and({ ...ONE, ...{ policy: FORK.policy } }, FORK.facts), 'fork_denied'],
    ['a closed pull request', TEXT, and(ONE, { pull: { state: 'closed' } }), 'pull_request_closed'],
    ['a head that moved since', `${TEXT} @${OLD_HEAD}`, ONE, 'head_moved'],
    [
      'a model locked by somebody else',
      TEXT,
      and(ONE, {
        ledger: {
          locks: [{ kind: 'model', name: 'flight-delay', owner: 'ada', reason: '', pullRequest: 1, expiresAt: null }],
        },
      }),
      'locked',
    ],
    ['a ledger that cannot be trusted', TEXT, and(ONE, { ledger: { trusted: false } }), 'ledger_untrusted'],
    ['a gate of a run that other gates hold, too', TEXT, held({ failedGates: ['roc_auc', 'brier'] }), 'allowed'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('names run, metric and reason, and the gates that still hold', () => {
    const decision = allowed(TEXT, held({ failedGates: ['roc_auc', 'brier'] }));
    expect(decision.sha).toBe(HEAD);
    expect(decision.action).toEqual({
      kind: 'override',
      run: RUNS.first,
      model: 'flight-delay',
      metric: 'roc_auc',
      reason: 'the holdout lacks the new airport',
    });
    expect(decision.effects[1]).toBe('Other gates still hold the run: brier.');
  });

  test('a reason of nothing but spaces is none, whoever made the command', () => {
    const request = requestFor(TEXT, ONE);
    if (request.line.kind !== 'command' || request.line.command.name !== 'override') throw new Error(TEXT);
    const line = { ...request.line, command: { ...request.line.command, reason: '  ' } };
    expect(decide({ ...request, line })).toMatchObject({ reason: 'reason_missing' });
  });

  test('the example where several models are held names one', () => {
    expect(refused(TEXT, held({}, { run: RUNS.second, model: 'delay-cause' })).example).toMatch(
      /^\/override (flight-delay|delay-cause)\/roc_auc /,
    );
  });
});

describe('/ok-to-train', () => {
  const fresh = and(FORK, { ledger: { okToTrain: [] } });
  test.each<Row>([
    ['the head of a fork', `/ok-to-train ${HEAD}`, fresh, 'allowed'],
    ['the head of a fork, abbreviated', `/ok-to-train ${HEAD.slice(0, 7)}`, fresh, 'allowed'],
    [
      'the head, abbreviated, that came after the comment',
      `/ok-to-train ${HEAD.slice(0, 7)}`,
      and(fresh, {
        sightings: [{ sha: HEAD, headRepository: 'eve/flights', at: '2026-11-04T10:10:00Z', sender: 'eve' }],
      }),
      'sha_not_sighted',
    ],
    ['a head that was approved before', `/ok-to-train ${HEAD}`, FORK, 'allowed'],
    [
      'an earlier head',
      `/ok-to-train ${OLD_HEAD}`,
      and(fresh, {
        sightings: [
          ...FORK.facts.sightings,
          { sha: OLD_HEAD, headRepository: 'eve/flights', at: '2026-11-04T09:00:00Z', sender: 'eve' },
        ],
      }),
      'head_moved',
    ],
    ['a commit that was never a head', `/ok-to-train ${'c'.repeat(40)}`, fresh, 'sha_not_sighted'],
    ['no fork', `/ok-to-train ${HEAD}`, {}, 'not_a_fork'],
    ['a fork, where policy denies forks', `/ok-to-train ${HEAD}`, { facts: fresh.facts ?? {} }, 'fork_denied'],
    ['a fork, where no App is', `/ok-to-train ${HEAD}`, and(fresh, { app: false }), 'fork_denied'],
    [
      'by its author, who may not write',
      `/ok-to-train ${HEAD}`,
      and(fresh, { comment: { author: 'eve' }, actor: { role: 'read' } }),
      'not_permitted',
    ],
    [
      'by somebody with write, where an affected model asks for maintain',
      `/ok-to-train ${HEAD}`,
      { ...fresh, policy: { ...FORK.policy, commands: { 'ok-to-train': { models: { 'flight-delay': 'maintain' } } } } },
      'not_permitted',
    ],
    ['by a triager', `/ok-to-train ${HEAD}`, and(fresh, { actor: { role: 'triage' } }), 'not_permitted'],
    ['a closed pull request', `/ok-to-train ${HEAD}`, and(fresh, { pull: { state: 'closed' } }), 'pull_request_closed'],
    [
      'a ledger that cannot be trusted',
      `/ok-to-train ${HEAD}`,
      and(fresh, { ledger: { trusted: false } }),
      'ledger_untrusted',
    ],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });

  test('approves the whole commit of this repository', () => {
    expect(allowed(`/ok-to-train ${HEAD.slice(0, 7)}`, fresh).action).toEqual({
      kind: 'ok-to-train',
      sha: HEAD,
      headRepository: 'eve/flights',
    });
  });

  test('a refusal to train a fork names the line that approves its head', () => {
    expect(refused('/train', fresh).example).toBe(`/ok-to-train ${HEAD}`);
  });
});

describe('/status and /help', () => {
  test.each<Row>([
    ['a reader asks for the status', '/status', { facts: { actor: { role: 'read' } } }, 'allowed'],
    ['a reader asks for help', '/help train', { facts: { actor: { role: 'read' } } }, 'allowed'],
    ['a stranger asks for help', '/help', { facts: { actor: { role: 'none' } } }, 'not_permitted'],
    ['on a closed pull request', '/status', { facts: { pull: { state: 'closed' } } }, 'allowed'],
    ['where there is no config', '/help', { base: { kind: 'absent' } }, 'allowed'],
    ['where the config cannot be read', '/status', { base: { kind: 'unreadable', problems: [] } }, 'allowed'],
    ['with a ledger that cannot be trusted', '/status', { facts: { ledger: { trusted: false } } }, 'allowed'],
  ])('%s', (_sentence, text, situation, reason) => {
    expect(answerTo(text, situation)).toBe(reason);
  });
});

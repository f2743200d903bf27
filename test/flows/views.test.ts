import { describe, expect, test } from 'vitest';
import type { VerifiedRecord } from '../../core/ledger/envelope.ts';
import type { RunRecord, RunState } from '../../core/ledger/run.ts';
import { DatasetName, Instant, MetricName, ModelName } from '../../core/names.ts';
import type { Reproduction } from '../../core/training/reproduction.ts';
import { comparableMetrics } from '../../flows/comparison.ts';
import { spendingView } from '../../flows/cost-views.ts';
import { metricRows, newestRuns, noticeView, planView, runView } from '../../flows/views.ts';
import {
  CONFIG_TEXT,
  changedConfig,
  configOf,
  judged,
  MODEL,
  NOW,
  recordOf,
  runId,
  sha256,
  treeOf,
} from '../core/samples.ts';
import { changes, policyOf } from './snapshots.ts';

const ROC = MetricName.parse('roc_auc');
const same = configOf(CONFIG_TEXT);
const verified = (change: Partial<RunRecord> = {}): VerifiedRecord => ({
  record: recordOf(change),
  digest: sha256('envelope'),
  keyid: sha256('key'),
});
const view = (change: Partial<RunRecord>, tree = treeOf()) =>
  runView(verified(change), {
    policy: policyOf(),
    now: changes(same, tree).models[0] ?? null,
    serverUrl: 'https://github.example/acme/flights',
    chartUrl: null,
    reference: null,
  });
const pull = (number: number) => ({ kind: 'pull_request', number, commentId: 1, line: 1 }) as const;

describe('the plan', () => {
  test('says of each affected model what changed, and what to type', () => {
    const config = changedConfig(['default: 0.1', 'default: 0.2'], ['run: python train.py', 'run: python fit.py']);
    const { models } = planView(changes(config, treeOf({ 'data/flights.csv': 'new' })));
    expect(models).toMatchObject([
      {
        model: 'flight-delay',
        affected: true,
        changes: ['data/flights.csv changed', 'the default of learning_rate is 0.2', 'the command is python fit.py'],
        stages: ['staging', 'production'],
        command: '/train flight-delay',
        estimate: { from: 'limit', seconds: 7200, cost: null },
      },
    ]);
  });

  test('has no command for what is not affected', () => {
    expect(planView(changes(same)).models).toMatchObject([{ affected: false, changes: [], command: null }]);
  });

  test('promotes to no stage when policy changes', () => {
    const { models, policyChanges } = planView(changes(changedConfig(['min: 0.7', 'min: 0.6'])));
    expect(models[0]?.stages).toEqual([]);
    expect(policyChanges).toMatchObject([{ from: '0.7', to: '0.6' }]);
  });

  test('shows what is no policy apart, and promotes all the same', () => {
    const config = changedConfig(['[models/flight-delay, src/features]', '[models/flight-delay]']);
    const { models, policyChanges, noticed } = planView(changes(config));
    expect(noticed).toEqual([{ key: 'models.flight-delay.inputs', from: 'src/features', to: 'not set' }]);
    expect([policyChanges, models[0]?.stages]).toEqual([[], ['staging', 'production']]);
  });

  const priced = changedConfig(['policy:\n', 'policy:\n  prices: { cpu: 3 USD }\n']);
  const withPrices = { ...changes(same, treeOf({ 'data/flights.csv': 'new' })), policy: policyOf(priced) };

  test('tells time and cost by past runs that went well, with their spread', () => {
    const ended = (seconds: number, state: RunState = judged()) => {
      const endedAt = Instant.parse(new Date(Date.parse(NOW) + seconds * 1000).toISOString());
      return verified({ state, training: { startedAt: NOW, endedAt } });
    };
    const failed = { state: 'failed', at: 'training', reason: 'x', message: 'x', workflowRun: 1 } as const;
    const past = [ended(1200), ended(2, failed), ended(3600), ended(2400)];
    expect(planView(withPrices, past).models[0]?.estimate).toEqual({
      from: 'past',
      runs: 3,
      seconds: { low: 1800, middle: 2400, high: 3000 },
      cost: { low: '1.50 USD', middle: '2 USD', high: '2.50 USD' },
    });
  });

  test('tells without a past run what the time limit would come to, by the price table', () => {
    expect(planView(withPrices).models[0]?.estimate).toEqual({
      from: 'limit',
      seconds: 7200,
      cost: '6 USD',
    });
  });

  test('is an error with its problems, or truncated', () => {
    expect(planView(changes(same, treeOf({ 'data/flights.csv': null })))).toMatchObject({
      status: 'error',
      problem: expect.stringContaining('data/flights.csv'),
    });
    expect(planView(changes(same, { ...treeOf(), truncated: true }))).toMatchObject({ status: 'truncated' });
  });
});

describe('a run', () => {
  const links = (...names: string[]) => names.map((text) => expect.objectContaining({ text }));
  test.each<[string, RunState, string, readonly unknown[]]>([
    ['accepted', { state: 'accepted' }, 'accepted', []],
    ['in training', { state: 'training', workflowRun: 5 }, 'training', links('training')],
    ['a candidate', judged(), 'candidate', links('training', 'judging')],
    ['held', judged({ verdict: 'held', reasons: ['too slow'] }), 'held', links('training', 'judging')],
    ['cancelled', { state: 'cancelled', by: 'ada', workflowRun: 5 }, 'cancelled', links('workflow run')],
    [
      'failed before anything ran',
      { state: 'failed', at: 'dispatch', reason: 'x', message: 'no workflow', workflowRun: null },
      'failed',
      [],
    ],
  ])('%s is shown as that, with links to what ran', (_, state, shown, expected) => {
    expect(view({ state })).toMatchObject({ state: shown, links: expected });
  });

  test('says why it is held or failed', () => {
    expect(view({ state: judged({ verdict: 'held', reasons: ['too slow'] }) }).reasons).toEqual(['too slow']);
    const state = { state: 'failed', at: 'training', reason: 'x', message: 'exit code 3', workflowRun: 1 } as const;
    expect(view({ state }).reasons).toEqual(['exit code 3']);
  });

  test.each<[Reproduction, readonly string[]]>([
    [{ kind: 'equal', of: runId(9) }, []],
    [{ kind: 'differs', of: runId(9), differences: ['a has other bytes'] }, ['a has other bytes']],
    [{ kind: 'unknown', of: runId(9), why: 'it left no package' }, ['it left no package']],
  ])('says whether it reproduced another one: %j', (reproduction, lines) => {
    const { of, kind } = reproduction;
    expect(view({ state: judged({ reproduction }) }).reproduction).toEqual({ of, kind, lines });
  });

  test('that was a candidate of another tree is stale, and says what has changed', () => {
    expect(view({ state: judged() }, treeOf({ 'data/flights.csv': 'new' }))).toMatchObject({
      state: 'stale',
      reasons: ['data/flights.csv has changed'],
    });
  });

  test('that is held stays held, whatever the tree', () => {
    const state = judged({ verdict: 'held', reasons: ['too slow'] });
    expect(view({ state }, treeOf({ 'data/flights.csv': 'new' })).state).toBe('held');
  });

  test('offers to commit a parameter that differs from its default', () => {
    const record = recordOf();
    const request = { ...record.order.request, params: { learning_rate: 0.2, epochs: 10 } };
    const shown = view({ order: { ...record.order, request } as RunRecord['order'] }).parameters;
    expect(shown).toEqual([
      { name: 'learning_rate', value: '0.2', committed: '0.1' },
      { name: 'epochs', value: '10', committed: null },
    ]);
  });

  test.each([
    [{ production: 'v1.0.0', staging: 'v1.1.0' }, 'v1.0.0 in production'],
    [{ staging: 'v1.1.0' }, 'v1.1.0 in staging'],
    [{ base: 'v1.1.0' }, 'v1.1.0'],
    [{}, null],
  ])('is compared with production rather than another: %j', (references, shown) => {
    expect(view({ state: judged({ references }) }).comparedWith).toBe(shown);
  });
});

describe('metrics', () => {
  const RECALL = MetricName.parse('recall');
  const [HOLDOUT, SECOND] = [DatasetName.parse('holdout'), DatasetName.parse('second')];
  const evaluation = {
    status: 'evaluated',
    metrics: { [ROC]: 0.8, [RECALL]: 0.5 },
    sandbox: 'namespaces',
    holdout: { [HOLDOUT]: sha256('rows') },
    seconds: 1,
  } as const;
  const verdict = { metric: ROC, verdict: 'fail', value: 0.8, reference: 0.9, explanation: 'worse' } as const;
  const record = recordOf({ state: judged({ evaluation, gates: [verdict] }) });

  test('that a gate reads come first; others follow beside what they are compared with', () => {
    const rows = metricRows(record, {}, { [RECALL]: 0.4 });
    expect(rows).toMatchObject([
      { metric: 'roc_auc', value: 0.8, reference: 0.9, gate: { verdict: 'fail', explanation: 'worse' } },
      { metric: 'recall', value: 0.5, reference: 0.4, gate: null },
    ]);
  });

  test.each([
    [{ min: 0.7 }, 'higher'],
    [{ max: 0.7 }, 'lower'],
    [{ min: 0.7, max: 0.9, better: 'lower' as const }, 'lower'],
  ])('of the gate %j are better when they are %s', (gate, better) => {
    expect(metricRows(record, { [ROC]: gate }, null)[0]?.better).toBe(better);
  });

  test('compare only where they were measured on the same holdout', () => {
    expect(comparableMetrics(record, evaluation)).toEqual(evaluation.metrics);
    expect(comparableMetrics(record, { ...evaluation, holdout: { [HOLDOUT]: sha256('others') } })).toBeNull();
    expect(comparableMetrics(record, { ...evaluation, holdout: { [SECOND]: sha256('rows') } })).toBeNull();
    expect(comparableMetrics(null, evaluation)).toBeNull();
    expect(comparableMetrics(recordOf({ state: { state: 'accepted' } }), evaluation)).toBeNull();
  });
});

test('of a pull request’s runs, the newest of each model counts', () => {
  const other = ModelName.parse('other');
  const runs = [
    verified({ run: runId(5), origin: pull(1) }),
    verified({ run: runId(4), origin: pull(2) }),
    verified({ run: runId(3), origin: pull(1), model: other }),
    verified({ run: runId(2), origin: pull(1) }),
    verified({ run: runId(1), origin: { kind: 'branch', branch: 'main' } }),
  ];
  expect(newestRuns(runs, 1).map(({ record }) => [record.model, record.run])).toEqual([
    [MODEL, runId(5)],
    [other, runId(3)],
  ]);
});

test.each([
  ['refused', 'refused'],
  ['ok', 'answered'],
  ['info', 'answered'],
] as const)('an answer of tone %s is shown as %s', (tone, kind) => {
  const notice = { pullRequest: 1, key: '1:1', at: NOW, author: 'ada', command: '/train', tone, message: 'm' };
  expect(noticeView(notice)).toEqual({ kind, command: '/train', by: 'ada', message: 'm', at: NOW });
});

describe('what training has cost', () => {
  const none = { runs: 0, sums: [], unpriced: 0 };
  const some = { runs: 3, sums: [{ amount: 0.001, currency: 'USD' }], unpriced: 1 };
  const spending = { pullRequest: some, month: none, models: [[ModelName.parse('flight-delay'), some] as const] };

  test('is shown beside its budget, and what has no price is named', () => {
    const config = changedConfig(['policy:\n', 'policy:\n  prices: { cpu: 3 USD }\n  budget: { per_month: 20 USD }\n']);
    expect(spendingView(config, spending)).toEqual([
      { what: 'this pull request', runs: 3, cost: 'under 0.01 USD, and 1 without a price', budget: null },
      { what: 'all of this month', runs: 0, cost: 'nothing', budget: '20 USD' },
      { what: 'flight-delay this month', runs: 3, cost: 'under 0.01 USD, and 1 without a price', budget: null },
    ]);
  });

  test('is not shown where policy names no price', () => {
    expect(spendingView(same, spending)).toEqual([]);
  });
});

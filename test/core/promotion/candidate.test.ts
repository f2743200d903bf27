import { describe, expect, test } from 'vitest';
import { gateReason } from '../../../core/evaluation/gates.ts';
import { treeSide } from '../../../core/fingerprint/match.ts';
import { sourceManifest } from '../../../core/fingerprint/source.ts';
import type { EntryDraft } from '../../../core/ledger/append.ts';
import type { VerifiedRecord } from '../../../core/ledger/envelope.ts';
import { foldLedger } from '../../../core/ledger/fold.ts';
import type { GateVerdict, RunRecord } from '../../../core/ledger/run.ts';
import { MetricName, ModelName } from '../../../core/names.ts';
import { type CandidateQuery, type Selection, selectCandidate } from '../../../core/promotion/candidate.ts';
import { describeOverride } from '../../../core/promotion/override.ts';
import { entriesOf, freezeEntry, overrideEntry, ranEntry } from '../ledger/samples.ts';
import {
  COMMIT,
  CONFIG_TEXT,
  configOf,
  effectiveOf,
  gitId,
  judged,
  MODEL,
  makeKey,
  recordOf,
  runId,
  sha256,
  treeOf,
} from '../samples.ts';

const key = makeKey();
const effective = effectiveOf(configOf(CONFIG_TEXT));

function treeWith(files: Record<string, string>): CandidateQuery['tree'] {
  const source = sourceManifest(effective, treeOf(files));
  if (!source.ok) throw new Error(source.problems[0]?.message);
  return treeSide(effective, source.manifest);
}

/** A run, numbered by age, with the digest that the ledger's entry names. */
function run(age: number, changes: Partial<RunRecord> & { files?: Record<string, string> } = {}): VerifiedRecord {
  const { files = {}, ...rest } = changes;
  const made = {
    sha256: sha256(`package ${age}`),
    size: 10,
    artifact: { id: 2, digest: sha256('archive'), runId: 11 },
  };
  const record = recordOf({ run: runId(age), state: judged({ package: made }), tree: treeOf(files), ...rest });
  return { record, digest: sha256(`record ${age}`), keyid: key.public.keyid };
}

const old = { 'data/flights.csv': 'old' };
const held = judged({ verdict: 'held', reasons: ['gate roc_auc: 0.61 < min 0.7'] });
const failed = { state: 'failed', at: 'training', reason: 'exit', message: 'exit code 1', workflowRun: 10 } as const;
const training = { state: 'training', workflowRun: 10 } as const;
const cancelled = { state: 'cancelled', by: 'ada', workflowRun: 10 } as const;

function select(
  records: readonly VerifiedRecord[],
  entries: readonly EntryDraft[],
  changes: Partial<CandidateQuery> = {},
): Selection {
  const ledger = foldLedger(entriesOf(entries, key));
  return selectCandidate({
    model: MODEL,
    ledger,
    records,
    tree: treeWith({}),
    pullRequest: 1,
    head: COMMIT,
    policyDigest: sha256('policy'),
    ...changes,
  });
}

function told(selection: Selection): string {
  return 'run' in selection ? `${selection.kind} ${Number(selection.run.record.run.slice(3))}` : selection.kind;
}

describe('selects', () => {
  test.each<[string, readonly VerifiedRecord[], readonly EntryDraft[], string]>([
    ['none without a run', [], [], 'none'],
    ['the candidate that matches', [run(1)], [ranEntry(1)], 'candidate 1'],
    ['the newest of two candidates', [run(1), run(2)], [ranEntry(1), ranEntry(2)], 'candidate 2'],
    [
      'the candidate that matches, not a newer one that does not',
      [run(1), run(2, { files: old })],
      [ranEntry(1), ranEntry(2)],
      'candidate 1',
    ],
    [
      'a candidate rather than a newer held run',
      [run(1), run(2, { state: held })],
      [ranEntry(1), ranEntry(2, { outcome: 'held' })],
      'candidate 1',
    ],
    ['a candidate rather than a newer failed run', [run(1), run(2, { state: failed })], [ranEntry(1)], 'candidate 1'],
    [
      'a newer run in progress rather than a candidate',
      [run(1), run(2, { state: training })],
      [ranEntry(1)],
      'running 2',
    ],
    [
      'a candidate rather than an older run in progress',
      [run(1, { state: training }), run(2)],
      [ranEntry(2)],
      'candidate 2',
    ],
    ['a run in progress', [run(1, { state: training })], [], 'running 1'],
    ['a run just accepted', [run(1, { state: { state: 'accepted' } })], [], 'running 1'],
    ['a candidate that is about to be entered in the ledger, as in progress', [run(1)], [], 'running 1'],
    ['a held run', [run(1, { state: held })], [ranEntry(1, { outcome: 'held' })], 'held 1'],
    ['a failed run', [run(1, { state: failed })], [], 'failed 1'],
    ['none after a cancelled run', [run(1, { state: cancelled })], [], 'none'],
    ['the held run before a cancelled one', [run(1, { state: held }), run(2, { state: cancelled })], [], 'held 1'],
    ['a candidate of an older tree as stale', [run(1, { files: old })], [ranEntry(1)], 'stale 1'],
    ['none where only a held run is of an older tree', [run(1, { files: old, state: held })], [], 'none'],
    ['none where only a run in progress is of an older tree', [run(1, { files: old, state: training })], [], 'none'],
    [
      "none where another pull request's candidate does not match",
      [run(1, { files: old, origin: { kind: 'pull_request', number: 2, commentId: 1, line: 1 } })],
      [ranEntry(1)],
      'none',
    ],
    [
      "none where the default branch's candidate does not match",
      [run(1, { files: old, origin: { kind: 'branch', branch: 'main' } })],
      [ranEntry(1)],
      'none',
    ],
    [
      "another pull request's candidate that matches",
      [run(1, { origin: { kind: 'pull_request', number: 2, commentId: 1, line: 1 } })],
      [ranEntry(1)],
      'candidate 1',
    ],
    [
      'a run whose pull request changes policy as held',
      [run(1, { policyChange: true })],
      [ranEntry(1, { policyChange: true })],
      'held 1',
    ],
    ["none for a fork's run", [run(1, { trust: 'fork' })], [ranEntry(1, { trust: 'fork' })], 'none'],
    ["none for another model's run", [run(1, { model: ModelName.parse('other') })], [ranEntry(1)], 'none'],
    [
      'a candidate whose record is not the one in the ledger as held',
      [run(1)],
      [ranEntry(1, { record: sha256('else') })],
      'held 1',
    ],
    [
      'a candidate whose package is not the one in the ledger as held',
      [run(1)],
      [ranEntry(1, { package: sha256('else') })],
      'held 1',
    ],
    ['a candidate that the ledger calls held as held', [run(1)], [ranEntry(1, { outcome: 'held' })], 'held 1'],
    [
      'a candidate without a package as held',
      [run(1, { state: judged({ package: null }) })],
      [ranEntry(1, { package: null })],
      'held 1',
    ],
    ['nothing of a frozen model', [run(1)], [ranEntry(1), freezeEntry()], 'frozen'],
  ])('%s', (_, records, entries, expected) => {
    expect(told(select(records, entries))).toBe(expected);
  });

  test('a candidate judged under another policy as stale, and says so', () => {
    const selection = select([run(1)], [ranEntry(1)], { policyDigest: sha256('new policy') });
    expect(selection).toMatchObject({
      kind: 'stale',
      reasons: ['the policy of the default branch has changed since it was judged'],
    });
  });

  test('a stale candidate with the inputs that have changed', () => {
    expect(select([run(1, { files: old })], [ranEntry(1)])).toMatchObject({
      reasons: ['data/flights.csv has changed'],
    });
  });

  test('a held run with its reasons', () => {
    expect(select([run(1, { state: held })], [])).toMatchObject({ reasons: ['gate roc_auc: 0.61 < min 0.7'] });
  });

  test('a run in progress with the candidate that stands until it ends', () => {
    const selection = select([run(1), run(2, { state: training })], [ranEntry(1)]);
    expect(selection.kind === 'running' && selection.candidate?.record.run).toBe(runId(1));
  });
});

describe('of a held run whose gates were overridden, selects', () => {
  const low = {
    metric: MetricName.parse('roc_auc'),
    value: 0.61,
    verdict: 'fail',
    explanation: '0.61 < min 0.7',
    reference: null,
  } as const;
  const slow = { ...low, metric: MetricName.parse('latency'), explanation: '90 > max 50' } as const;
  const absent = { ...low, metric: MetricName.parse('f1'), value: null, verdict: 'missing' } as const;
  const good = { ...low, metric: MetricName.parse('recall'), verdict: 'pass' } as const;
  const because = (...gates: readonly GateVerdict[]): string[] => gates.flatMap(gateReason);
  const heldBy = (changes: Parameters<typeof judged>[0] = {}, ...gates: readonly GateVerdict[]) =>
    judged({ verdict: 'held', gates: [...gates], reasons: because(...gates), package: made, ...changes });
  const made = { sha256: sha256('package 1'), size: 10, artifact: { id: 2, digest: sha256('archive'), runId: 11 } };
  const enteredHeld = ranEntry(1, { outcome: 'held' });
  const latency = { metric: slow.metric };
  const notEvaluated = { status: 'not_evaluated', reason: 'predict_failed', message: '' } as const;

  test.each<[string, RunRecord['state'], readonly EntryDraft[], Partial<CandidateQuery>, string]>([
    ['it, once its failed gate is', heldBy({}, low), [overrideEntry()], {}, 'candidate 1'],
    ['it, where other gates passed', heldBy({}, low, good), [overrideEntry()], {}, 'candidate 1'],
    [
      'it, once each of two failed gates is',
      heldBy({}, low, slow),
      [overrideEntry(), overrideEntry(1, latency)],
      {},
      'candidate 1',
    ],
    ['it as held, while one of two failed gates is not', heldBy({}, low, slow), [overrideEntry()], {}, 'held 1'],
    [
      'it as held, where only a gate that passed is',
      heldBy({}, low, good),
      [overrideEntry(1, { metric: good.metric })],
      {},
      'held 1',
    ],
    ['it as held, where no gate is', heldBy({}, low), [], {}, 'held 1'],
    ['it as held, after a push', heldBy({}, low), [overrideEntry()], { head: gitId('pushed') }, 'held 1'],
    ['it as held, where there is no head to compare', heldBy({}, low), [overrideEntry()], { head: null }, 'held 1'],
    ['it as held, for another pull request', heldBy({}, low), [overrideEntry()], { pullRequest: 2 }, 'held 1'],
    [
      'it as held, where it was overridden in another pull request',
      heldBy({}, low),
      [overrideEntry(1, { pullRequest: 2 })],
      {},
      'held 1',
    ],
    ['none, under another policy', heldBy({}, low), [overrideEntry()], { policyDigest: sha256('new policy') }, 'none'],
    [
      'it as held, where the scan found something',
      heldBy({ scanVerdict: 'finding' }, low),
      [overrideEntry()],
      {},
      'held 1',
    ],
    [
      'it as held, where nothing could be scanned',
      heldBy({ scanVerdict: 'unscanned' }, low),
      [overrideEntry()],
      {},
      'held 1',
    ],
    [
      'it as held, where nothing was evaluated',
      heldBy({ evaluation: notEvaluated }, low),
      [overrideEntry()],
      {},
      'held 1',
    ],
    [
      'it as held, where a metric is missing',
      heldBy({}, low, absent),
      [overrideEntry(), overrideEntry(1, { metric: absent.metric })],
      {},
      'held 1',
    ],
    [
      'it as held, where something else was held against it',
      heldBy({ reasons: [...because(low), 'the judge run ended as failure'] }, low),
      [overrideEntry()],
      {},
      'held 1',
    ],
    ['it as held, where nothing was packed', heldBy({ package: null }, low), [overrideEntry()], {}, 'held 1'],
  ])('%s', (_, state, overrides, query, expected) => {
    expect(told(select([run(1, { state })], [enteredHeld, ...overrides], query))).toBe(expected);
  });

  test('it, with who overrode what and why', () => {
    const selection = select([run(1, { state: heldBy({}, low) })], [enteredHeld, overrideEntry()]);
    expect(selection.kind === 'candidate' && selection.overrides.map(describeOverride)).toEqual([
      'gate roc_auc overridden by cleo: seasonal dip',
    ]);
  });

  test('a newer one rather than an older candidate', () => {
    const package2 = { ...made, sha256: sha256('package 2') };
    const newer = run(2, { state: heldBy({ package: package2 }, low) });
    const entries = [ranEntry(1), ranEntry(2, { outcome: 'held' }), overrideEntry(2)];
    expect(told(select([run(1), newer], entries))).toBe('candidate 2');
  });
});

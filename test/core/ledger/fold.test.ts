import { describe, expect, test } from 'vitest';
import type { EntryDraft } from '../../../core/ledger/append.ts';
import { foldLedger, modelState } from '../../../core/ledger/fold.ts';
import { ModelName } from '../../../core/names.ts';
import { MODEL, makeKey, runId, sha256 } from '../samples.ts';
import { entriesOf, freezeEntry, liftEntry, ranEntry, stageEntry, versionEntry } from './samples.ts';

const key = makeKey();
const fold = (...drafts: EntryDraft[]) => foldLedger(entriesOf(drafts, key));
const released = [ranEntry(), versionEntry('1.0.0'), stageEntry('staging', '1.0.0', 1)] as const;
const fingerprint = { source: sha256('source'), request: sha256('request') };

test('an empty ledger knows nothing of a model', () => {
  expect(modelState(fold(), MODEL)).toMatchObject({ versions: [], highestCounter: 0, frozen: null });
});

test('versions, stages and the counter add up', () => {
  const state = modelState(
    fold(
      ...released,
      stageEntry('production', '1.0.0', 2),
      ranEntry(2),
      versionEntry('1.1.0', 2),
      stageEntry('staging', '1.1.0', 3),
    ),
    MODEL,
  );
  expect(state.versions.map(({ version }) => version)).toEqual(['1.0.0', '1.1.0']);
  expect([...state.stages].map(([stage, { version }]) => [stage, version])).toEqual([
    ['staging', '1.1.0'],
    ['production', '1.0.0'],
  ]);
  expect(state.highestCounter).toBe(3);
  expect(state.assignments.map(({ counter }) => counter)).toEqual([1, 2, 3]);
});

test('a rollback points a stage at an earlier version', () => {
  const state = modelState(
    fold(
      ...released,
      ranEntry(2),
      versionEntry('1.1.0', 2),
      stageEntry('staging', '1.1.0', 2),
      stageEntry('staging', '1.0.0', 3, { reason: 'rollback' }),
    ),
    MODEL,
  );
  expect([...state.stages.values()][0]?.version).toBe('1.0.0');
});

test('a freeze holds until it is lifted, and says what was found first', () => {
  const frozen = modelState(fold(freezeEntry({ found: 'first' }), freezeEntry({ found: 'second' })), MODEL);
  expect(frozen.frozen?.found).toBe('first');
  expect(modelState(fold(freezeEntry(), liftEntry()), MODEL).frozen).toBeNull();
});

test('models do not touch one another', () => {
  const other = ModelName.parse('other');
  const state = fold(...released, freezeEntry({ model: other }));
  expect([modelState(state, MODEL).frozen, modelState(state, other).versions]).toEqual([null, []]);
});

describe('does not follow', () => {
  test.each<[string, readonly EntryDraft[]]>([
    ['a version without its run', [versionEntry('1.0.0')]],
    ['a version of a held run', [ranEntry(1, { outcome: 'held' }), versionEntry('1.0.0')]],
    ["a version of a fork's run", [ranEntry(1, { trust: 'fork' }), versionEntry('1.0.0')]],
    ['a version of a run under changed policy', [ranEntry(1, { policyChange: true }), versionEntry('1.0.0')]],
    ['a version of another package', [ranEntry(), versionEntry('1.0.0', 1, { package: sha256('other') })]],
    ["a version of another model's run", [ranEntry(1, { model: ModelName.parse('other') }), versionEntry('1.0.0')]],
    ['a version that exists', [ranEntry(), versionEntry('1.0.0'), versionEntry('1.0.0')]],
    ['a stage without its version', [ranEntry(), versionEntry('1.0.0'), stageEntry('staging', '2.0.0', 1)]],
    ['a counter used twice', [...released, stageEntry('production', '1.0.0', 1)]],
    ['a counter left out', [...released, stageEntry('production', '1.0.0', 3)]],
    ['a run that has ended before', [ranEntry(), ranEntry()]],
  ])('%s', (_, drafts) => {
    expect(() => fold(...drafts)).toThrow(expect.objectContaining({ code: 'inconsistent' }));
  });
});

describe('a run is reused', () => {
  test('for the same fingerprint, policy and trust', () => {
    expect(fold(ranEntry()).findReusable(fingerprint, sha256('policy'), 'member')?.run).toBe(runId(1));
  });

  test('the newest of several', () => {
    expect(fold(ranEntry(1), ranEntry(2)).findReusable(fingerprint, sha256('policy'), 'member')?.run).toBe(runId(2));
  });

  test('a candidate rather than a held one', () => {
    expect(
      fold(ranEntry(1), ranEntry(2, { outcome: 'held' })).findReusable(fingerprint, sha256('policy'), 'member')?.run,
    ).toBe(runId(1));
  });

  test('a held one rather than none', () => {
    expect(fold(ranEntry(1, { outcome: 'held' })).findReusable(fingerprint, sha256('policy'), 'member')?.run).toBe(
      runId(1),
    );
  });
});

describe('a run is not reused', () => {
  test.each<[string, Parameters<typeof ranEntry>[1]]>([
    ['of another source', { fingerprint: { ...fingerprint, source: sha256('other') } }],
    ['of another request', { fingerprint: { ...fingerprint, request: sha256('other') } }],
    ['under another policy', { policyDigest: sha256('other') }],
    ['of a fork', { trust: 'fork' }],
    ['that failed', { outcome: 'failed', package: null }],
    ['that was cancelled', { outcome: 'cancelled', package: null }],
    ['without a package', { outcome: 'held', package: null }],
    ['under changed policy', { outcome: 'held', policyChange: true }],
  ])('%s', (_, changes) => {
    expect(fold(ranEntry(1, changes)).findReusable(fingerprint, sha256('policy'), 'member')).toBeNull();
  });

  test('by a fork, not even its own', () => {
    expect(fold(ranEntry(1, { trust: 'fork' })).findReusable(fingerprint, sha256('policy'), 'fork')).toBeNull();
  });
});

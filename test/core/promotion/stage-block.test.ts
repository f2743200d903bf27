import { describe, expect, test } from 'vitest';
import type { FreezeWindow } from '../../../core/config/schema.ts';
import type { EntryDraft } from '../../../core/ledger/append.ts';
import { foldLedger, modelState } from '../../../core/ledger/fold.ts';
import { Instant, StageName } from '../../../core/names.ts';
import { describeBlock, heldBefore, promoteLater, stageBlock } from '../../../core/promotion/stage-block.ts';
import { entriesOf, lockEntry, ranEntry, STAGING, stageEntry, versionEntry } from '../ledger/samples.ts';
import { MODEL, makeKey } from '../samples.ts';

const key = makeKey();
const staging = STAGING.name;
const production = StageName.parse('production');
const at = (time: string): Instant => Instant.parse(`2026-11-02T${time}:00Z`);
const window: FreezeWindow = { from: '2026-11-02T12:00:00Z', to: '2026-11-02T14:00:00Z', reason: 'launch' };
const ofProduction: FreezeWindow = { ...window, stages: [production], reason: '' };
const lock = lockEntry({ reason: 'load test', expiresAt: at('13:00') });

describe('a stage', () => {
  test.each<[string, readonly EntryDraft[], readonly FreezeWindow[], string, string | null]>([
    ['moves where nothing speaks against it', [], [], '12:30', null],
    [
      'that is locked says by whom, why and until when',
      [lock],
      [],
      '12:30',
      'staging is locked by ada until 2026-11-02T13:00:00Z: load test',
    ],
    ['whose lock has expired moves', [lock], [], '13:00', null],
    ['that is locked without a reason gives none', [lockEntry()], [], '12:30', 'staging is locked by ada'],
    [
      'in a freeze window says until when and why',
      [],
      [window],
      '12:00',
      'staging is in a freeze window of policy until 2026-11-02T14:00:00Z: launch',
    ],
    ['moves when the window ends', [], [window], '14:00', null],
    ['moves in the window of another stage', [], [ofProduction], '12:30', null],
    [
      'names the lock before the window',
      [lock],
      [window],
      '12:30',
      'staging is locked by ada until 2026-11-02T13:00:00Z: load test',
    ],
    [
      'stays in the window once the lock is over',
      [lock],
      [window],
      '13:00',
      'staging is in a freeze window of policy until 2026-11-02T14:00:00Z: launch',
    ],
  ])('%s', (_, drafts, windows, time, expected) => {
    const block = stageBlock(foldLedger(entriesOf(drafts, key)), windows, staging, at(time));
    expect(block === null ? null : describeBlock(block)).toBe(expected);
  });
});

describe('a rollback that names no version goes', () => {
  const released = [ranEntry(1), versionEntry('1.0.0', 1), ranEntry(2), versionEntry('1.1.0', 2)];
  const stages = (...versions: readonly string[]): EntryDraft[] =>
    versions.map((version, index) => stageEntry('staging', version, index + 1));
  test.each<[string, readonly string[], string | null]>([
    ['nowhere from the first version', ['1.0.0'], null],
    ['nowhere where the stage never moved', [], null],
    ['to the version before', ['1.0.0', '1.1.0'], '1.0.0'],
    ['back again after a rollback', ['1.0.0', '1.1.0', '1.0.0'], '1.1.0'],
    ['past repeats of the present version', ['1.0.0', '1.1.0', '1.1.0'], '1.0.0'],
  ])('%s', (_, versions, expected) => {
    const state = modelState(foldLedger(entriesOf([...released, ...stages(...versions)], key)), MODEL);
    expect(heldBefore(state, staging)).toBe(expected);
    expect(heldBefore(state, production)).toBeNull();
  });
});

test('what to type later names the version where there is one', () => {
  const { versions } = modelState(foldLedger(entriesOf([ranEntry(), versionEntry('1.0.0')], key)), MODEL);
  expect(promoteLater(MODEL, versions[0]?.version ?? null, staging)).toContain(
    '`/promote flight-delay@v1.0.0 to staging`',
  );
});

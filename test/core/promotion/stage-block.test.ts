import { describe, expect, test } from 'vitest';
import type { FreezeWindow } from '../../../core/config/policy.ts';
import type { EntryDraft } from '../../../core/ledger/append.ts';
import { foldLedger, modelState } from '../../../core/ledger/fold.ts';
import { Instant, StageName } from '../../../core/names.ts';
import { type AskedMove, describeBlock, promoteLater, stageBlock } from '../../../core/promotion/stage-block.ts';
import { entriesOf, lockEntry, ranEntry, STAGING, versionEntry } from '../ledger/samples.ts';
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

describe('a move that a person asks for', () => {
  const blocked = (drafts: readonly EntryDraft[], windows: readonly FreezeWindow[], asked: AskedMove) =>
    stageBlock(foldLedger(entriesOf(drafts, key)), windows, staging, at('12:30'), asked)?.kind ?? null;
  test.each<[string, readonly EntryDraft[], readonly FreezeWindow[], AskedMove, string | null]>([
    ['goes back in a freeze window', [], [window], { by: 'ben', back: true }, null],
    ['does not go forward in a freeze window', [], [window], { by: 'ben', back: false }, 'freeze_window'],
    ['does not go back past somebody’s lock', [lock], [window], { by: 'ben', back: true }, 'locked'],
    ['is not kept back by a lock of their own', [lock], [], { by: 'Ada', back: false }, null],
    ['stays in the window with a lock of their own', [lock], [window], { by: 'ada', back: false }, 'freeze_window'],
  ])('%s', (_, drafts, windows, asked, expected) => {
    expect(blocked(drafts, windows, asked)).toBe(expected);
  });
});

test('what to type later names the version where there is one', () => {
  const { versions } = modelState(foldLedger(entriesOf([ranEntry(), versionEntry('1.0.0')], key)), MODEL);
  expect(promoteLater(MODEL, versions[0]?.version ?? null, staging)).toContain(
    '`/promote flight-delay@v1.0.0 to staging`',
  );
});

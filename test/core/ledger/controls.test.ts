import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EntryDraft } from '../../../core/ledger/append.ts';
import {
  activeHold,
  activeLock,
  activeLocks,
  approvedFork,
  isApprovedHead,
  overridesOf,
} from '../../../core/ledger/controls.ts';
import type { LedgerEntry } from '../../../core/ledger/entry.ts';
import type { VerifiedEntry } from '../../../core/ledger/envelope.ts';
import { LedgerError } from '../../../core/ledger/error.ts';
import { foldLedger, type LedgerState, modelState } from '../../../core/ledger/fold.ts';
import { Instant, ModelName, StageName } from '../../../core/names.ts';
import { COMMIT, gitId, MODEL, makeKey, runId, sha256 } from '../samples.ts';
import {
  entriesOf,
  holdEntry,
  lockEntry,
  okToTrainEntry,
  overrideEntry,
  ranEntry,
  STAGING,
  stageEntry,
  unholdEntry,
  unlockEntry,
  versionEntry,
} from './samples.ts';

const key = makeKey();
const fold = (...drafts: EntryDraft[]): LedgerState => foldLedger(entriesOf(drafts, key));
const at = (minute: number): Instant => Instant.parse(new Date(Date.UTC(2026, 10, 2, 10, minute)).toISOString());
const PRODUCTION = { kind: 'stage', name: StageName.parse('production') } as const;
const heldRun = ranEntry(1, { outcome: 'held' });
const moved = [ranEntry(), versionEntry('1.0.0'), stageEntry('staging', '1.0.0', 1)];

describe('a hold', () => {
  test.each<[string, readonly EntryDraft[], boolean]>([
    ['stands once it is set', [holdEntry()], true],
    ['stands one second before it expires', [holdEntry({ expiresAt: at(31) })], true],
    ['is over at the moment at which it expires', [holdEntry({ expiresAt: at(30) })], false],
    ['is over once it is released', [holdEntry(), unholdEntry()], false],
    ['is over once its pull request is closed', [holdEntry(), unholdEntry({ cause: 'closed' })], false],
    ['stands when it is set again', [holdEntry(), unholdEntry(), holdEntry()], true],
    ['stands when it is set again after it expired', [holdEntry({ expiresAt: at(1) }), holdEntry({ at: at(2) })], true],
    ['is of one pull request only', [holdEntry({ pullRequest: 2 })], false],
  ])('%s', (_, drafts, stands) => {
    expect(activeHold(fold(...drafts), 1, at(30)) !== null).toBe(stands);
  });
});

describe('a lock', () => {
  test.each<[string, readonly EntryDraft[], boolean]>([
    ['stands once it is set', [lockEntry()], true],
    ['is over at the moment at which it expires', [lockEntry({ expiresAt: at(30) })], false],
    ['is over once it is released', [lockEntry(), unlockEntry()], false],
    ['stands when it is set again after it expired', [lockEntry({ expiresAt: at(1) }), lockEntry({ at: at(2) })], true],
    ['of a model is none of a stage of that name', [lockEntry({ target: modelTarget('staging') })], false],
    ['of one stage is none of another', [lockEntry({ target: PRODUCTION })], false],
    [
      'is released by its own target alone',
      [lockEntry(), lockEntry({ target: PRODUCTION }), unlockEntry({ target: PRODUCTION })],
      true,
    ],
  ])('%s', (_, drafts, stands) => {
    expect(activeLock(fold(...drafts), STAGING, at(30)) !== null).toBe(stands);
  });

  test('is listed with the others, in the order in which they were set', () => {
    const state = fold(lockEntry({ target: PRODUCTION }), lockEntry(), lockEntry({ target: modelTarget('delay') }));
    expect(activeLocks(state, at(0)).map(({ target }) => `${target.kind} ${target.name}`)).toEqual([
      'stage production',
      'stage staging',
      'model delay',
    ]);
  });
});

function modelTarget(name: string) {
  return { kind: 'model', name: ModelName.parse(name) } as const;
}

describe('an entry does not follow', () => {
  test.each<[string, readonly EntryDraft[]]>([
    ['that holds what is held', [holdEntry(), holdEntry()]],
    ['that shortens a hold of somebody else', [holdEntry(), holdEntry({ by: 'ben', expiresAt: at(1) })]],
    ['that releases what is not held', [unholdEntry()]],
    ['that releases a hold that has expired', [holdEntry({ expiresAt: at(1) }), unholdEntry({ at: at(2) })]],
    ['that releases another pull request', [holdEntry(), unholdEntry({ pullRequest: 2 })]],
    ['that locks what is locked', [lockEntry(), lockEntry()]],
    ['that unlocks nothing', [unlockEntry()]],
    ['that unlocks twice', [lockEntry(), unlockEntry(), unlockEntry()]],
    ['that unlocks what has expired', [lockEntry({ expiresAt: at(1) }), unlockEntry({ at: at(2) })]],
    ['that unlocks a model for a stage of its name', [lockEntry(), unlockEntry({ target: modelTarget('staging') })]],
    ['of an operation that was entered before', [holdEntry({ operation: 'x' }), lockEntry({ operation: 'x' })]],
    ['that overrides a gate of an unknown run', [overrideEntry()]],
    ["that overrides a gate of another model's run", [heldRun, overrideEntry(1, { model: ModelName.parse('other') })]],
    ['that overrides a gate of a candidate', [ranEntry(), overrideEntry()]],
    ['that overrides a gate of a failed run', [ranEntry(1, { outcome: 'failed' }), overrideEntry()]],
    ["that overrides a gate of a fork's run", [ranEntry(1, { outcome: 'held', trust: 'fork' }), overrideEntry()]],
    [
      'that overrides a gate of a run whose pull request changes policy',
      [ranEntry(1, { outcome: 'held', policyChange: true }), overrideEntry()],
    ],
    ['that overrides under another policy', [heldRun, overrideEntry(1, { policyDigest: sha256('else') })]],
    ['that moves a locked stage', [ranEntry(), versionEntry('1.0.0'), lockEntry(), stageEntry('staging', '1.0.0', 1)]],
    [
      'that moves a stage that somebody else has locked by a command',
      [
        ranEntry(),
        versionEntry('1.0.0'),
        lockEntry({ by: 'ben' }),
        stageEntry('staging', '1.0.0', 1, { reason: 'rollback' }),
      ],
    ],
    ['that makes a held run a version', [heldRun, versionEntry('1.0.0')]],
    [
      "that makes a held run a version by another run's override",
      [heldRun, ranEntry(2, { outcome: 'held' }), overrideEntry(2), versionEntry('1.0.0')],
    ],
  ])('%s', (_, drafts) => {
    expect(() => fold(...drafts)).toThrow(expect.objectContaining({ code: 'inconsistent' }));
  });
});

describe('an entry follows', () => {
  test.each<[string, readonly EntryDraft[]]>([
    [
      'that moves a stage by a command of whoever locked it',
      [ranEntry(), versionEntry('1.0.0'), lockEntry(), stageEntry('staging', '1.0.0', 1, { reason: 'promote' })],
    ],
    ['that moves a stage while another one is locked', [lockEntry({ target: PRODUCTION }), ...moved]],
    ['that moves a stage while its model is locked', [lockEntry({ target: { kind: 'model', name: MODEL } }), ...moved]],
    ['that moves a stage whose lock has expired', [lockEntry({ expiresAt: at(0) }), ...moved]],
    ['that makes a run with an overridden gate a version', [heldRun, overrideEntry(), versionEntry('1.0.0')]],
    ['that overrides the same gate once more', [heldRun, overrideEntry(), overrideEntry(1, { by: 'ben' })]],
  ])('%s', (_, drafts) => {
    expect(() => fold(...drafts)).not.toThrow();
  });
});

test('overrides are found by their run', () => {
  const state = fold(heldRun, ranEntry(2, { outcome: 'held' }), overrideEntry(1), overrideEntry(2));
  expect(overridesOf(state, runId(2)).map(({ run }) => run)).toEqual([runId(2)]);
});

describe('a head of a fork is approved', () => {
  const state = fold(okToTrainEntry(), okToTrainEntry({ sha: gitId('second') }));
  test.each([
    ['that was named', 1, COMMIT, 'dan/flights', true],
    ['that was named, whatever the case of its repository', 1, COMMIT, 'Dan/Flights', true],
    ['and one that came later stays so', 1, gitId('second'), 'dan/flights', true],
    ['and no other', 1, gitId('third'), 'dan/flights', false],
    ['and not the same commit of another fork', 1, COMMIT, 'eve/flights', false],
    ['and not the same commit of another pull request', 2, COMMIT, 'dan/flights', false],
  ])('%s', (_, pullRequest, sha, headRepository, approved) => {
    expect(isApprovedHead(state, { pullRequest, sha, headRepository })).toBe(approved);
  });

  test('and all of them are listed', () => {
    expect(approvedFork(state, 1)).toHaveLength(2);
    expect(approvedFork(state, 2)).toEqual([]);
  });
});

test('models are untouched by what people hold back', () => {
  expect(modelState(fold(holdEntry(), lockEntry(), okToTrainEntry()), MODEL).versions).toEqual([]);
});

/** One attempt to lock, unlock, hold or release something, at a time that may go back: clocks of two machines differ. */
const Attempt = fc.record({
  kind: fc.constantFrom('lock', 'unlock', 'hold', 'unhold'),
  target: fc.constantFrom(STAGING, PRODUCTION, modelTarget('staging')),
  pullRequest: fc.integer({ min: 1, max: 3 }),
  minute: fc.integer({ min: 0, max: 40 }),
  lasts: fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }),
  operation: fc.integer({ min: 0, max: 60 }),
});
type Attempt = typeof Attempt extends fc.Arbitrary<infer A> ? A : never;

function draftOf({ kind, target, pullRequest, minute, lasts, operation }: Attempt): EntryDraft {
  const when = { at: at(minute), operation: `operation ${operation}` };
  const expiresAt = lasts === null ? null : at(minute + lasts);
  switch (kind) {
    case 'lock':
      return lockEntry({ ...when, target, pullRequest, expiresAt });
    case 'unlock':
      return unlockEntry({ ...when, target });
    case 'hold':
      return holdEntry({ ...when, pullRequest, expiresAt });
    default:
      return unholdEntry({ ...when, pullRequest });
  }
}

/** Appends what follows and leaves out what does not, as flows do. Not signed: what is folded is verified before. */
function appendAll(attempts: readonly Attempt[]): VerifiedEntry[] {
  const entries: VerifiedEntry[] = [];
  for (const attempt of attempts) {
    const entry: LedgerEntry = { ...draftOf(attempt), sequence: entries.length, previous: null };
    const next = { entry, digest: sha256(`entry ${entries.length}`), keyid: key.public.keyid };
    try {
      foldLedger([...entries, next]);
      entries.push(next);
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'inconsistent') throw error;
    }
  }
  return entries;
}

const many = { numRuns: 60 };

test('whatever is locked, unlocked and expires, a target has one active lock at most', () => {
  fc.assert(
    fc.property(fc.array(Attempt, { maxLength: 25 }), fc.integer({ min: 0, max: 60 }), (attempts, minute) => {
      const state = foldLedger(appendAll(attempts));
      const targets = activeLocks(state, at(minute)).map(({ target }) => `${target.kind} ${target.name}`);
      expect(new Set(targets).size).toBe(targets.length);
    }),
    many,
  );
});

test('whatever is replayed changes nothing', () => {
  fc.assert(
    fc.property(fc.array(Attempt, { maxLength: 15 }), fc.nat(), (attempts, seed) => {
      const once = appendAll(attempts);
      const replayed = attempts.filter((_, index) => (seed >> (index % 16)) % 2 === 0);
      const entered = replayed.filter(({ operation }) =>
        once.some(({ entry }) => 'operation' in entry && entry.operation === `operation ${operation}`),
      );
      expect(appendAll([...attempts, ...entered])).toEqual(once);
    }),
    many,
  );
});

test('a lock that stands is released by its own unlock alone, or by time', () => {
  fc.assert(
    fc.property(fc.array(Attempt, { maxLength: 25 }), (attempts) => {
      const entries = appendAll(attempts);
      for (const lock of activeLocks(foldLedger(entries), at(0))) {
        const after = entries.slice(lock.sequence + 1).map(({ entry }) => entry);
        const released = after.some(
          (entry) =>
            entry.kind === 'unlock' && entry.target.kind === lock.target.kind && entry.target.name === lock.target.name,
        );
        expect(released).toBe(false);
      }
    }),
    many,
  );
});

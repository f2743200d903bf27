import type { GitId, Instant, RunId } from '../names.ts';
import type { LedgerEntry } from './entry.ts';
import { inconsistent } from './error.ts';

type Of<K extends LedgerEntry['kind']> = Extract<LedgerEntry, { kind: K }>;

/** Entries by which people hold back, or let through, what would else follow by itself. */
export type ControlEntry = Of<'hold' | 'unhold' | 'lock' | 'unlock' | 'override' | 'ok_to_train'>;
export type Hold = Of<'hold'>;
export type Lock = Of<'lock'>;
export type LockTarget = Lock['target'];
export type Override = Of<'override'>;
export type OkToTrain = Of<'ok_to_train'>;

export interface ControlState {
  /** The newest hold of each pull request, unless it was released; it may have expired. */
  readonly holds: ReadonlyMap<number, Hold>;
  /** The newest lock of each target, by `lockKey`, unless it was released; it may have expired. */
  readonly locks: ReadonlyMap<string, Lock>;
  /** Every override there ever was, oldest first. */
  readonly overrides: readonly Override[];
  readonly okToTrain: ReadonlyMap<number, readonly OkToTrain[]>;
  /** What asked for each of these entries: a request heard of twice changes nothing. */
  readonly operations: ReadonlySet<string>;
}

/** The same while entries are still being added. */
export interface ControlFold extends ControlState {
  readonly holds: Map<number, Hold>;
  readonly locks: Map<string, Lock>;
  readonly overrides: Override[];
  readonly okToTrain: Map<number, OkToTrain[]>;
  readonly operations: Set<string>;
}

export function noControls(): ControlFold {
  return { holds: new Map(), locks: new Map(), overrides: [], okToTrain: new Map(), operations: new Set() };
}

export function isControl(entry: LedgerEntry): entry is ControlEntry {
  return 'operation' in entry && entry.kind !== 'stage';
}

/** Models and stages have names of one grammar, and locks of their own. */
export function lockKey({ kind, name }: LockTarget): string {
  return `${kind} ${name}`;
}

/** The pull request's hold; null when there is none or it has expired. */
export function activeHold(state: Pick<ControlState, 'holds'>, pullRequest: number, now: Instant): Hold | null {
  const hold = state.holds.get(pullRequest);
  return hold === undefined || hasExpired(hold, now) ? null : hold;
}

/** Locks that are neither released nor expired, in the order in which they were set. */
export function activeLocks(state: Pick<ControlState, 'locks'>, now: Instant): readonly Lock[] {
  return [...state.locks.values()].filter((lock) => !hasExpired(lock, now)).sort((a, b) => a.sequence - b.sequence);
}

/** The lock of one stage or model; null when there is none or it has expired. */
export function activeLock(state: Pick<ControlState, 'locks'>, target: LockTarget, now: Instant): Lock | null {
  const lock = state.locks.get(lockKey(target));
  return lock === undefined || hasExpired(lock, now) ? null : lock;
}

/** Overrides of gates of one run. Whether they count now is for `selectCandidate`: head and policy must be the same. */
export function overridesOf(state: Pick<ControlState, 'overrides'>, run: RunId): readonly Override[] {
  return state.overrides.filter((override) => override.run === run);
}

/** Heads of a fork's pull request that may be trained, oldest first. No push survives: compare `sha` with the head. */
export function approvedFork(state: Pick<ControlState, 'okToTrain'>, pullRequest: number): readonly OkToTrain[] {
  return state.okToTrain.get(pullRequest) ?? [];
}

/** Whether this very head, of this repository, was approved. */
export function isApprovedHead(
  state: Pick<ControlState, 'okToTrain'>,
  head: { readonly pullRequest: number; readonly sha: GitId; readonly headRepository: string },
): boolean {
  return approvedFork(state, head.pullRequest).some(
    // GitHub's names are the same in either case.
    ({ sha, headRepository }) => sha === head.sha && headRepository.toLowerCase() === head.headRepository.toLowerCase(),
  );
}

function hasExpired({ expiresAt }: Pick<Hold | Lock, 'expiresAt'>, now: Instant): boolean {
  return expiresAt !== null && Date.parse(expiresAt) <= Date.parse(now);
}

/**
 * Adds one more entry. An expired hold or lock counts as released at the entry's own time.
 *
 * @throws {LedgerError} `inconsistent`, and then nothing has changed
 */
export function addControl(state: ControlFold, entry: ControlEntry): void {
  if (state.operations.has(entry.operation))
    throw inconsistent(entry, `the operation ${entry.operation} has been entered before`);
  switch (entry.kind) {
    case 'hold':
      if (activeHold(state, entry.pullRequest, entry.at) !== null) throw inconsistent(entry, 'it is held already');
      state.holds.set(entry.pullRequest, entry);
      break;
    case 'unhold':
      if (activeHold(state, entry.pullRequest, entry.at) === null) throw inconsistent(entry, 'it is not held');
      state.holds.delete(entry.pullRequest);
      break;
    case 'lock':
      if (activeLock(state, entry.target, entry.at) !== null) throw inconsistent(entry, 'it is locked already');
      state.locks.set(lockKey(entry.target), entry);
      break;
    case 'unlock':
      if (activeLock(state, entry.target, entry.at) === null) throw inconsistent(entry, 'it is not locked');
      state.locks.delete(lockKey(entry.target));
      break;
    case 'override':
      state.overrides.push(entry);
      break;
    case 'ok_to_train':
      state.okToTrain.set(entry.pullRequest, [...approvedFork(state, entry.pullRequest), entry]);
  }
  state.operations.add(entry.operation);
}

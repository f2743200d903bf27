import { canonicalJson } from '../canonical.ts';
import type { Instant, RepositoryName, Sha256 } from '../names.ts';
import { decodeRecord, requireChain, requireRepository, type VerifiedRecord } from './envelope.ts';
import { LedgerError } from './error.ts';
import type { PublicKey } from './keys.ts';
import type { RunRecord, RunState } from './run.ts';

type StateName = RunState['state'];

const NEXT: Readonly<Record<StateName, readonly StateName[]>> = {
  accepted: ['training', 'failed', 'cancelled'],
  training: ['judging', 'failed', 'cancelled'],
  judging: ['judged', 'failed', 'cancelled'],
  judged: [],
  failed: [],
  cancelled: [],
};

/** Whether a run has ended: nothing follows `judged`, `failed` and `cancelled`. */
export function isFinal(state: RunState): boolean {
  return NEXT[state.state].length === 0;
}

/** A run that evaluates another one trains nothing: it goes from accepted to judging, and no other run may. */
export function canFollow(before: Pick<RunRecord, 'state' | 'evaluates' | 'order'>, after: RunState): boolean {
  const { state } = before;
  return (
    statesAfter(before).includes(after.state) ||
    isNextAttempt(state, after) ||
    followsLost(state, after) ||
    followsTrial(before, after)
  );
}

/** Whether a run on a compute engine has its data fetched or is tried on a sample, in a workflow run, before the engine is asked for anything. */
export function isTrial({ order, state }: Pick<RunRecord, 'state' | 'order'>): boolean {
  return order.request.engine !== 'runner' && state.state === 'training' && state.execution === undefined;
}

/** What has passed its trial is accepted again, for the engine, and names where it was tried. */
function followsTrial(before: Pick<RunRecord, 'state' | 'order'>, after: RunState): boolean {
  if (!isTrial(before) || before.state.state !== 'training' || after.state !== 'accepted') return false;
  return after.tried !== undefined && after.tried === before.state.workflowRun;
}

/** An execution whose machine was lost goes on in the next attempt on the same engine, and in no other. */
function isNextAttempt(before: RunState, after: RunState): boolean {
  if (before.state !== 'training' || after.state !== 'training') return false;
  const [was, is] = [before.execution, after.execution];
  return was !== undefined && is !== undefined && is.engine === was.engine && is.attempt === was.attempt + 1;
}

/** A workflow run that lost its runner is followed by the next: the run is accepted again, and names what was lost. */
function followsLost(before: RunState, after: RunState): boolean {
  if (before.state !== 'training' || after.state !== 'accepted' || after.lost === undefined) return false;
  return before.workflowRun === after.lost.workflowRun && (before.lost?.attempt ?? 0) + 1 === after.lost.attempt;
}

function statesAfter({ state, evaluates }: Pick<RunRecord, 'state' | 'evaluates'>): readonly StateName[] {
  if (evaluates === null || state.state !== 'accepted') return NEXT[state.state];
  return ['judging', 'failed', 'cancelled'];
}

/** The first record of a run. */
export function firstRunRecord(
  draft: Omit<RunRecord, 'kind' | 'sequence' | 'previous' | 'at' | 'acceptedAt' | 'training' | 'state'>,
  at: Instant,
): RunRecord {
  const training = { startedAt: null, endedAt: null };
  return {
    kind: 'run',
    ...draft,
    sequence: 0,
    previous: null,
    at,
    acceptedAt: at,
    training,
    state: { state: 'accepted' },
  };
}

/**
 * The record that follows when a run changes its state; all else stays as it was accepted.
 *
 * @param previousDigest SHA-256 of the envelope that holds `record`
 * @throws {LedgerError} `illegal_transition`
 */
export function nextRunRecord(record: RunRecord, state: RunState, at: Instant, previousDigest: Sha256): RunRecord {
  requireTransition(record, state);
  const training = trainingTimes(record, state, at);
  return { ...record, sequence: record.sequence + 1, previous: previousDigest, at, training, state };
}

function trainingTimes({ training, state, order }: RunRecord, next: RunState, at: Instant): RunRecord['training'] {
  // The price is of the engine, which a trial does not use.
  if (isTrial({ order, state: next })) return training;
  // Of several attempts the time runs from when the first began.
  if (next.state === 'accepted' || (next.state === 'training' && training.startedAt !== null)) return training;
  if (next.state === 'training') return { startedAt: at, endedAt: null };
  // A run whose training began before its time was kept has no length, and an end alone would say nothing.
  const wasTrained = state.state === 'training' || state.state === 'accepted';
  return wasTrained && training.startedAt !== null ? { ...training, endedAt: at } : training;
}

/**
 * Verifies the whole chain of one run, oldest first: signatures, links, lawful transitions, and that nothing of what was
 * accepted has been changed since.
 *
 * @throws {LedgerError}
 */
export function verifyRun(
  envelopes: readonly Uint8Array[],
  keys: readonly PublicKey[],
  repository?: RepositoryName,
): VerifiedRecord[] {
  const records = envelopes.map((bytes) => decodeRecord(bytes, keys));
  requireChain(records.map(({ record, digest }) => ({ ...record, digest })));
  requireRepository(
    records.map(({ record }) => record.repository),
    repository,
  );
  const [first] = records;
  if (first !== undefined && first.record.state.state !== 'accepted') {
    throw new LedgerError(
      'illegal_transition',
      `run ${first.record.run} begins as ${first.record.state.state}, not as accepted`,
    );
  }
  for (const [index, { record }] of records.entries()) {
    const before = records[index - 1]?.record;
    if (before === undefined) continue;
    requireTransition(before, record.state);
    if (canonicalJson(accepted(before)) !== canonicalJson(accepted(record))) {
      throw new LedgerError('inconsistent', `entry ${index} of run ${before.run} changes what was accepted`);
    }
    requireTimes(before, record, index);
  }
  return records;
}

function accepted(record: RunRecord): unknown {
  const { sequence: _sequence, previous: _previous, at: _at, training: _training, state: _state, ...rest } = record;
  return rest;
}

/** What a run costs is read from these times, so they are written once, each by the entry whose own time it is. */
function requireTimes(before: RunRecord, after: RunRecord, index: number): void {
  for (const time of ['startedAt', 'endedAt'] as const) {
    const [was, is] = [before.training[time], after.training[time]];
    if (is === was || (was === null && is === after.at)) continue;
    throw new LedgerError(
      'inconsistent',
      `entry ${index} of run ${before.run} changes when its training ${time === 'startedAt' ? 'began' : 'ended'}`,
    );
  }
}

function requireTransition(record: RunRecord, state: RunState): void {
  if (canFollow(record, state)) return;
  const allowed = statesAfter(record).join(', ') || 'nothing';
  throw new LedgerError(
    'illegal_transition',
    `run ${record.run} is ${record.state.state}: ${allowed} may follow, not ${state.state}`,
  );
}

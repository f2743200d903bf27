import { isFinal } from '../core/ledger/machine.ts';
import type { ExecutionReference, RunRecord, RunState } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import type { Observation } from '../core/training/execution.ts';
import { notedCanceller } from './command-cancel.ts';
import { openEngine } from './compute.ts';
import { FlowError } from './error.ts';
import { cancelExecution } from './execution.ts';
import { endOf } from './execution-end.ts';
import { boundPassed, isOver, lookForLife } from './execution-life.ts';
import { keepSight, lastSight, type Sight, seen, sightOf } from './execution-sight.ts';
import { advanceRun, closeRun, instant, loadRun } from './ledger.ts';
import { type ComputeEngine, PortError, type Ports } from './ports.ts';
import { showProgress, showRun } from './show.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';
import { isUnneeded } from './superseded.ts';

/** Milliseconds after which the check of a run is written again although nothing of it has changed but its time. */
const SHOWN_AGAIN = 300_000;

export interface Following {
  readonly record: RunRecord;
  readonly execution: ExecutionReference;
  readonly engine: ComputeEngine;
  readonly sight: Sight;
  /** Who asked for its end; null when nobody did. */
  readonly canceller: string | null;
}

type Followed =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'shown' }
  /** Something is wrong with it, or no longer: its pull request says so, too. */
  | { readonly kind: 'trouble' }
  | { readonly kind: 'moved'; readonly state: RunState; readonly message: string };

/**
 * Looks at a run on a compute engine, by nothing but its id, and brings it on: engines tell nobody of anything, so this
 * is asked at every turn of the timer, by whichever replica has it.
 *
 * @returns what was done, in words; null where it goes on as it was
 */
export async function followExecution(ports: Ports, run: RunId): Promise<string | null> {
  const followed = await ports.steps.run(`follow ${run}`, () => follow(ports, run));
  switch (followed.kind) {
    case 'nothing':
      return null;
    case 'shown':
      await ports.steps.run(`show ${run}`, () => showProgress(ports, run));
      return null;
    case 'trouble':
      await ports.steps.run(`show ${run}`, () => showRun(ports, run));
      return null;
    case 'moved': {
      const { state, message } = followed;
      await ports.steps.run(`record ${run}`, async () => {
        const policy = await takePolicySnapshot(ports);
        const record = await advanceRun(ports, policy, run, state);
        // Cancelled while its next attempt was submitted: nobody else knows of that one (invariant 9).
        if (state.state === 'training' && state.execution !== undefined && isFinal(record.state))
          await cancelExecution(ports, record, state.execution);
        if (isFinal(state)) await closeRun(ports, policy, run, ports.self);
        return record.sequence;
      });
      await ports.steps.run(`show ${run}`, () => showRun(ports, run));
      return message;
    }
  }
}

async function follow(ports: Ports, run: RunId): Promise<Followed> {
  const policy = await takePolicySnapshot(ports);
  const found = await loadRun(ports, policy, run);
  if (found === null) return { kind: 'nothing' };
  const { record } = found;
  const { state } = record;
  if (state.state !== 'training' || state.execution === undefined) return { kind: 'nothing' };
  const { execution } = state;
  const last = await lastSight(ports, run);
  const sight = sightOf(ports, last, execution.attempt);
  try {
    const engine = await openEngine(ports, record, execution.engine);
    const canceller = (await notedCanceller(ports, run)) ?? (await unneededBy(ports, policy, record));
    return await look(ports, { record, execution, engine, sight, canceller });
  } catch (error) {
    // One cluster that can't be reached now holds up no other run, and ends none: it is asked again at the next turn.
    if (!(error instanceof PortError || error instanceof FlowError)) throw error;
    const trouble = `${execution.engine} can’t be asked now, and is asked again: ${error.message}`.slice(0, 500);
    return keep(ports, run, sight, { ...sight, trouble });
  }
}

/** We ourselves end what nobody needs, where the delivery was lost that told of it. */
async function unneededBy(ports: Ports, policy: PolicySnapshot, record: RunRecord): Promise<string | null> {
  if (record.origin.kind !== 'pull_request') return null;
  return isUnneeded(policy, record, await ports.pulls.recent(record.origin.number)) ? ports.self : null;
}

async function look(ports: Ports, following: Following): Promise<Followed> {
  const { record, execution, engine, sight, canceller } = following;
  const observation = await engine.observe(execution.id);
  if (isOver(observation)) {
    const end = await endOf(ports, following, observation);
    return end === null ? { kind: 'nothing' } : { kind: 'moved', ...end };
  }
  const now = instant(ports);
  let next = seen(sight, observation, now);
  if (!next.waiting)
    next = await lookForLife(ports, record, next, { engine, execution, observed: gpuUseOf(observation), now });
  const stop = next.stop ?? (await boundPassed(ports, record, next, now));
  next = { ...next, stop };
  // Kept before the end is asked for: whoever looks next must know why it ended.
  const shown = await keep(ports, record.run, sight, next);
  if (canceller === null && stop === null) return shown;
  // Asks for its end, and says that it is over once its compute is gone.
  const end = await endOf(ports, { ...following, sight: next }, { state: 'absent' });
  return end === null ? shown : { kind: 'moved', ...end };
}

function gpuUseOf(observation: Observation): number | null {
  return observation.state === 'running' ? observation.gpuUse : null;
}

/** Keeps what was seen; shown where it reads otherwise than before, or was not shown for long. */
async function keep(ports: Ports, run: RunId, before: Sight, sight: Sight): Promise<Followed> {
  const now = instant(ports);
  const wrong = ({ trouble, stop }: Sight): string => JSON.stringify([trouble, stop]);
  const troubled = wrong(before) !== wrong(sight);
  const due = sight.shownAt === null || Date.parse(now) - Date.parse(sight.shownAt) >= SHOWN_AGAIN;
  const show = due || troubled || before.words !== sight.words;
  await keepSight(ports, run, show ? { ...sight, shownAt: now } : sight);
  return { kind: troubled ? 'trouble' : show ? 'shown' : 'nothing' };
}

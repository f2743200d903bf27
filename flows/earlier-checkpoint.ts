import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { openStore } from './compute.ts';
import { FlowError } from './error.ts';
import { loadRun } from './ledger.ts';
import type { Ports, RunStore } from './ports.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** One for all attempts of a run: the last of them to save one is where the next begins. */
export const CHECKPOINT_TAR = 'checkpoint.tar';

type Resuming = Pick<RunRecord, 'model' | 'trust' | 'fingerprint' | 'order'>;

/**
 * Why a run may not begin with what an earlier one has saved; null where it may. A checkpoint of anything else than the
 * same inputs and the same request would be an input that the fingerprint does not hold.
 */
export function resumeProblem(run: Resuming, earlier: RunRecord): string | null {
  const begin = `run ${earlier.run} can’t be gone on with:`;
  if (run.order.request.engine === 'runner' || earlier.order.request.engine === 'runner')
    return `${begin} checkpoints are kept on compute engines alone; a run on a runner goes on by itself`;
  if (!isFinal(earlier.state)) return `${begin} it is ${earlier.state.state}`;
  if (run.trust !== earlier.trust || run.model !== earlier.model)
    return `${begin} it is of ${earlier.model} and of a ${earlier.trust}`;
  if (run.fingerprint.source !== earlier.fingerprint.source)
    return `${begin} it trained other inputs, at ${earlier.commit.slice(0, 12)}; train anew without --resume`;
  if (run.fingerprint.request !== earlier.fingerprint.request)
    return `${begin} it was asked for other parameters or resources; ask for the same, or train anew without --resume`;
  return null;
}

/**
 * Where the last checkpoint of the run lies that this one goes on with; null where it goes on with none. Judged anew by
 * the signed record of that run: a record is only as good as what it points to.
 *
 * @throws FlowError `not_possible` where there is no such checkpoint, or no longer; PortError
 */
export async function earlierCheckpoint(
  ports: Ports,
  record: RunRecord,
): Promise<{ readonly store: RunStore; readonly run: RunRecord['run'] } | null> {
  const { resumes } = record;
  if (resumes === undefined) return null;
  const found = await loadRun(ports, await takePolicySnapshot(ports), resumes);
  if (found === null) throw new FlowError('not_possible', `the record of run ${resumes}, to be gone on with, is gone`);
  const problem = resumeProblem(record, found.record);
  if (problem !== null) throw new FlowError('not_possible', problem);
  const store = await openStore(ports, found.record);
  if ((await store.stat(resumes, CHECKPOINT_TAR)) === null)
    throw new FlowError(
      'not_possible',
      `run ${resumes} left no checkpoint in the store, or it was taken away: train anew without --resume`,
    );
  return { store, run: resumes };
}

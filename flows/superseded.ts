import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { cancelRun } from './command-cancel.ts';
import { loadRuns } from './ledger.ts';
import type { Ports, PullRequest } from './ports.ts';
import { modelIn, type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/**
 * Ends runs that a pull request no longer needs: those on compute engines when it is closed without a merge, and those of
 * earlier heads after a push where the model says so (`train.on_push: cancel`). Each is reported cancelled once its
 * compute is gone.
 *
 * @param by login of who closed it or pushed
 * @returns how many were asked to end
 */
export async function endUnneeded(ports: Ports, number: number, by: string): Promise<number> {
  const runs = await ports.steps.run('unneeded', () => unneeded(ports, number));
  for (const run of runs) await cancelRun(ports, run, by);
  return runs.length;
}

async function unneeded(ports: Ports, number: number): Promise<RunId[]> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0) return [];
  const mine = (await loadRuns(ports, policy)).filter(
    ({ record: { origin, state } }) => origin.kind === 'pull_request' && origin.number === number && !isFinal(state),
  );
  if (mine.length === 0) return [];
  const pull = await ports.pulls.get(number);
  return mine.flatMap(({ record }) => (isUnneeded(policy, record, pull) ? [record.run] : []));
}

/** Whether nobody needs what a run of this pull request may bring: asked again at each look at it, should a delivery be lost. */
export function isUnneeded(
  policy: PolicySnapshot,
  record: RunRecord,
  pull: Pick<PullRequest, 'state' | 'merged' | 'head'>,
): boolean {
  if (pull.state === 'closed') return !pull.merged && onEngine(record);
  return record.commit !== pull.head.sha && mayBeEnded(policy, record);
}

/** A job of a workflow run ends by itself, within GitHub's limits; a cluster is paid until somebody ends it. */
function onEngine({ order }: RunRecord): boolean {
  return order.request.engine !== 'runner';
}

function mayBeEnded(policy: PolicySnapshot, { model }: RunRecord): boolean {
  return modelIn(policy.config, model)?.train.on_push === 'cancel';
}

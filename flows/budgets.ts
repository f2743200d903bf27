import { costOf, costSoFar } from '../core/ledger/cost.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { type CountedRun, costCap, passedBudget } from '../core/policy/budget.ts';
import { notedCanceller } from './command-cancel.ts';
import { Stop } from './execution-sight.ts';
import { instant, loadRun, loadRuns } from './ledger.ts';
import type { Ports } from './ports.ts';
import { type PolicySnapshot, requireConfig, takePolicySnapshot } from './snapshot.ts';

/**
 * Whether a run that goes on has to end for a budget of policy as it is now: what fitted when it was accepted need not
 * fit for ever, since waiting, further attempts and a lower budget count.
 *
 * @param known policy and every run of the repository, where the caller has them; else runs are read if a budget counts them
 */
export async function budgetPassed(
  ports: Pick<Ports, 'source' | 'ledger' | 'clock'>,
  record: RunRecord,
  known?: { readonly at: PolicySnapshot; readonly records: readonly RunRecord[] },
): Promise<Stop | null> {
  if (record.hourlyPrice === null) return null;
  const at = known?.at ?? (await takePolicySnapshot(ports));
  const { policy } = requireConfig(at, 'the default branch');
  const { per_run: _alone, ...together } = policy.budget;
  const counts = Object.values(together).some((limit) => limit !== undefined);
  if (!counts && policy.budget.per_run === undefined) return null;
  const records = known?.records ?? (counts ? (await loadRuns(ports, at)).map((found) => found.record) : []);
  const now = instant(ports);
  const counted = (one: RunRecord): CountedRun => ({
    cost: costOf(one, now),
    soFar: costSoFar(one, now),
    pullRequest: one.origin.kind === 'pull_request' ? one.origin.number : null,
    requestedBy: one.requestedBy,
    acceptedAt: one.acceptedAt,
  });
  const others = records.filter(({ run }) => run !== record.run).map(counted);
  const passed = passedBudget(policy, counted(record), costCap(record.hourlyPrice, record.order.timeout), others);
  return passed === null ? null : { reason: 'budget_passed', message: passed.message };
}

/**
 * Ends a run's workflow run for a budget. It fails with that once its job is gone (`finishTraining`): why it ends is kept
 * before its end is asked for.
 *
 * @returns what was done, in words; null where there was nothing to be done
 */
export async function endOverBudget(ports: Ports, run: RunId): Promise<string | null> {
  const found = await loadRun(ports, await takePolicySnapshot(ports), run);
  if (found === null || isFinal(found.record.state) || found.record.state.state !== 'training') return null;
  const { workflowRun } = found.record.state;
  if (workflowRun === null || (await notedCanceller(ports, run)) !== null) return null;
  const stop = (await notedStop(ports, run)) ?? (await budgetPassed(ports, found.record));
  if (stop === null) return null;
  await ports.inFlight.putProgress(stopKey(run), JSON.stringify(stop));
  await ports.engine.cancel(workflowRun);
  return `run ${run} is being stopped: ${stop.message}`;
}

const stopKey = (run: RunId): string => `stop ${run}`;

/** Why a run's workflow run is being ended by us; null where it is not. */
export async function notedStop({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId): Promise<Stop | null> {
  const text = await inFlight.progress(stopKey(run));
  return text === null ? null : Stop.parse(JSON.parse(text));
}

import type { PolicyConfig } from '../core/config/policy.ts';
import { costOf, costSoFar } from '../core/ledger/cost.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { Instant, RunId } from '../core/names.ts';
import { budgetProblem, type CountedRun, costCap, type PaidRun, passedBudget } from '../core/policy/budget.ts';
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
  const counted = (one: RunRecord): CountedRun => ({ ...paidRun(one, now), soFar: costSoFar(one, now) });
  const others = records.filter(({ run }) => run !== record.run).map(counted);
  const passed = passedBudget(policy, counted(record), costCap(record.hourlyPrice, record.order.timeout), others);
  return passed === null ? null : { reason: 'budget_passed', message: passed.message };
}

function paidRun(record: RunRecord, now: Instant): PaidRun {
  return {
    cost: costOf(record, now),
    pullRequest: record.origin.kind === 'pull_request' ? record.origin.number : null,
    requestedBy: record.requestedBy,
    acceptedAt: record.acceptedAt,
  };
}

export interface Contender extends PaidRun {
  readonly run: RunId;
  /** Accepted, and not begun: it may find as this one does that there is no room. */
  readonly undecided: boolean;
  readonly inProgress: boolean;
}

/** Why a run may not begin. */
export interface NoRoom {
  readonly reason: 'budget_exceeded' | 'concurrency_reached';
  /** For its author, unescaped. */
  readonly message: string;
}

/** Looks at the others while some of them are undecided; each takes a service about a second. */
const LOOKS = 5;

/**
 * Why a run that was accepted may not begin: commands of several pull requests are decided at the same time, and none of
 * them saw what the others began. Its own record is there before it looks, so of runs that pass a limit together, the
 * one that looks last sees all others. Where only later ones that are undecided take its room, it looks again, since they
 * give way to it; all the same it never begins beside them.
 *
 * @param others every other run as it is now. @returns null where it may begin
 */
export async function crowdedOut(
  { policy, user }: { readonly policy: PolicyConfig; readonly user: string },
  own: Contender,
  others: () => Promise<readonly Contender[]>,
): Promise<NoRoom | null> {
  const { cost: cap, pullRequest } = own;
  const problemWith = (runs: readonly Contender[]): NoRoom | null => {
    const active = runs.filter(({ inProgress }) => inProgress).length;
    if (active >= policy.concurrency) {
      const message = `policy.concurrency is ${policy.concurrency}, and runs in progress beside this one are ${active}`;
      return { reason: 'concurrency_reached', message };
    }
    // What has no price was refused before, or needs none.
    if (cap === null) return null;
    const problem = budgetProblem({ policy, cap, runs, pullRequest, user, now: new Date(own.acceptedAt) });
    return problem === null ? null : { reason: 'budget_exceeded', message: problem.message };
  };
  for (let look = 1; ; look += 1) {
    const all = await others();
    const problem = problemWith(all);
    if (problem === null) return null;
    const stays = problemWith(all.filter(({ run, undecided }) => !undecided || run < own.run));
    if (stays !== null) return stays;
    if (look === LOOKS)
      return {
        ...problem,
        message: `${problem.message}, with runs that were asked for at the same moment: ask for it again`,
      };
  }
}

/** Why a run that was just accepted may not begin, for a budget or because as many as may are in progress. */
export async function noRoomFor(
  ports: Pick<Ports, 'source' | 'ledger' | 'clock' | 'self'>,
  record: RunRecord,
): Promise<NoRoom | null> {
  const at = await takePolicySnapshot(ports);
  const { policy } = requireConfig(at, 'the default branch');
  const now = instant(ports);
  const contender = (one: RunRecord): Contender => ({
    ...paidRun(one, now),
    run: one.run,
    undecided: one.state.state === 'accepted',
    inProgress: !isFinal(one.state),
  });
  // What merging begins is nobody's own.
  const { per_user_month: _person, ...rest } = policy.budget;
  const budget = record.requestedBy === ports.self ? rest : policy.budget;
  return crowdedOut({ policy: { ...policy, budget }, user: record.requestedBy }, contender(record), async () => {
    const runs = await loadRuns(ports, at);
    return runs.flatMap((found) => (found.record.run === record.run ? [] : [contender(found.record)]));
  });
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

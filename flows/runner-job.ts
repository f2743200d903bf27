import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { providerOf, readRunnerName } from '../core/runners/names.ts';
import { loadRun, loadRuns } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports } from './ports.ts';
import type { EphemeralRunners } from './runner-port.ts';
import { type RunnerNeed, type SettledRunner, settleRunner } from './runner-settle.ts';
import { showProgress } from './show.ts';
import { takePolicySnapshot } from './snapshot.ts';

/**
 * A job that asks for a runner of ours waits, has begun or has ended. The delivery is a hint: which job may have a runner,
 * and of which provider, is in the run's signed record, and what it does is asked of GitHub.
 */
export async function handleRunnerJob(ports: Ports, run: RunId): Promise<Outcome> {
  const { runners } = ports;
  if (runners === undefined) return { code: 'ignored', message: 'the App makes no runners (docs/runners.md)' };
  const settled = await settleRun(ports, runners, run);
  const message =
    settled.changes.length === 0 ? `run ${run}: its runner is as it should be` : settled.changes.join('; ');
  return { code: 'runner_settled', message };
}

/**
 * Compares every runner and machine of the repository with the jobs of its runs: what no webhook told of is found here.
 *
 * @returns what was done, in words
 */
export async function settleRunners(ports: Ports): Promise<readonly string[]> {
  const { runners } = ports;
  if (runners === undefined) return [];
  const runs = await ports.steps.run('runners', () => concerned(ports, runners));
  const changes: string[] = [];
  for (const run of runs) changes.push(...(await settleRun(ports, runners, run)).changes);
  return changes;
}

/** Runs that may need a runner, and those that something of is still there. */
async function concerned(ports: Ports, runners: EphemeralRunners): Promise<readonly RunId[]> {
  const repository = (await ports.source.repository()).name;
  const policy = await takePolicySnapshot(ports);
  const records = policy.keys.length === 0 ? [] : await loadRuns(ports, policy);
  const found = new Set(records.filter(({ record }) => needOf(record) !== null).map(({ record }) => record.run));
  for (const provider of runners.providers.values())
    for (const { run } of await provider.list(repository, null)) found.add(run);
  for (const { name } of await runners.registrations.list(null)) {
    const run = readRunnerName(name)?.run;
    if (run !== undefined) found.add(run);
  }
  return [...found].sort();
}

async function settleRun(ports: Ports, runners: EphemeralRunners, run: RunId): Promise<SettledRunner> {
  const settled = await ports.steps.run(`runner ${run}`, async () => {
    const [policy, { name: repository }] = await Promise.all([takePolicySnapshot(ports), ports.source.repository()]);
    const found = policy.keys.length === 0 ? null : await loadRun(ports, policy, run);
    const need = found === null ? null : needOf(found.record);
    return settleRunner({ ...ports, runners }, { repository, run, need });
  });
  if (settled.told) await ports.steps.run(`show ${run}`, () => showProgress(ports, run));
  return settled;
}

/** What the run's record asks for; null where it trains on no runner of ours, or has trained. */
export function needOf({ run, order, state, trust, evaluates }: RunRecord): RunnerNeed | null {
  const provider = providerOf(run, order.runner);
  if (provider === null || evaluates !== null || state.state !== 'training' || state.workflowRun === null) return null;
  return { provider, workflowRun: state.workflowRun, timeout: order.timeout, order: { resources: order.request.resources, trust } };
}

/**
 * Takes away what there is of a run's runner whose workflow run was cancelled: it counts as cancelled when that is
 * confirmed gone, since the job's end alone does not end what it left running (invariant 9).
 *
 * @throws PortError `unavailable` while something is left; tried again later
 */
export async function confirmRunnerGone(ports: Ports, run: RunId): Promise<null> {
  const { runners } = ports;
  if (runners === undefined) return null;
  const repository = (await ports.source.repository()).name;
  const machines = [...(await machinesOf(runners, repository, run))];
  if (machines.length === 0) return null;
  await settleRunner({ ...ports, runners }, { repository, run, need: null });
  const left = await machinesOf(runners, repository, run);
  if (left.length === 0) return null;
  const names = left.map(({ name }) => name).join(', ');
  throw new PortError('unavailable', `run ${run} was cancelled, and its machine (${names}) is not confirmed gone yet`);
}

async function machinesOf(
  runners: EphemeralRunners,
  repository: Parameters<typeof settleRunner>[1]['repository'],
  run: RunId,
) {
  const lists = await Promise.all([...runners.providers.values()].map((one) => one.list(repository, run)));
  return lists.flat();
}

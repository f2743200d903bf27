import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { providerOf, type RunnerName, readRunnerName } from '../core/runners/names.ts';
import { FlowError } from './error.ts';
import { loadRun, loadRuns } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports } from './ports.ts';
import type { EphemeralRunners, RunnerProvider } from './runner-port.ts';
import { type RunnerNeed, type SettledRunner, settleRunner } from './runner-settle.ts';
import { showProgress, showRun } from './show.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

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
    for (const { run } of await unlessForbidden(provider.list(repository, null))) found.add(run);
  for (const { name } of await unlessForbidden(runners.registrations.list(null))) {
    const run = readRunnerName(name)?.run;
    if (run !== undefined) found.add(run);
  }
  return [...found].sort();
}

/** None where the App may not ask: whoever waits for a runner there is told so. */
async function unlessForbidden<T>(listed: Promise<readonly T[]>): Promise<readonly T[]> {
  try {
    return await listed;
  } catch (error) {
    if (error instanceof PortError && error.code === 'forbidden') return [];
    throw error;
  }
}

async function settleRun(ports: Ports, runners: EphemeralRunners, run: RunId): Promise<SettledRunner> {
  const settled = await ports.steps.run(`runner ${run}`, async () => {
    const [policy, { name: repository }] = await Promise.all([takePolicySnapshot(ports), ports.source.repository()]);
    const need = policy.keys.length === 0 ? null : await neededBy(ports, policy, run);
    return settleRunner({ ...ports, runners }, { repository, run, need });
  });
  if (settled.told !== 'nowhere') {
    const show = settled.told === 'pull_request' ? showRun : showProgress;
    await ports.steps.run(`show ${run}`, () => show(ports, run));
  }
  return settled;
}

/** Nothing for a run whose record can't be trusted: it proves no need. */
async function neededBy(ports: Ports, policy: PolicySnapshot, run: RunId): Promise<RunnerNeed | null> {
  try {
    const found = await loadRun(ports, policy, run);
    return found === null ? null : needOf(found.record);
  } catch (error) {
    if (error instanceof FlowError && error.code === 'ledger_invalid') return null;
    throw error;
  }
}

/** What the run's record asks for; null where it trains on no runner of ours, or has trained. */
export function needOf({ run, order, state, trust, evaluates }: RunRecord): RunnerNeed | null {
  const provider = providerOf(run, order.runner);
  if (provider === null || evaluates !== null || state.state !== 'training' || state.workflowRun === null) return null;
  return {
    provider,
    workflowRun: state.workflowRun,
    timeout: order.timeout,
    order: { resources: order.request.resources, trust },
  };
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
  const machines: Made[] = [];
  for (const provider of runners.providers.values())
    for (const { name } of await provider.list(repository, run)) machines.push({ name, provider });
  if (machines.length === 0) return null;
  await settleRunner({ ...ports, runners }, { repository, run, need: null });
  const left: RunnerName[] = [];
  for (const { name, provider } of machines) if (!(await provider.gone(name))) left.push(name);
  if (left.length === 0) return null;
  throw new PortError(
    'unavailable',
    `run ${run} was cancelled, and its machine (${left.join(', ')}) is not confirmed gone yet`,
  );
}

interface Made {
  readonly name: RunnerName;
  readonly provider: RunnerProvider;
}

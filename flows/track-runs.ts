import { isFinal } from '../core/ledger/machine.ts';
import type { RunId } from '../core/names.ts';
import { trackedRun } from '../core/training/tracking.ts';
import { loadRun, loadRuns } from './ledger.ts';
import { PortError, type Ports } from './ports.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { trackedReport } from './tracked-report.ts';

/** Days for which a run that has ended is still told of: a server that was away, or tracking that was just switched on. */
const DAYS = 7;

/**
 * Tells the team's tracking server of each run that has ended, once, where policy says so. Nothing waits for that
 * server: what can't be told now is told at a later look.
 *
 * @returns what was done, in words
 */
export async function trackRuns(ports: Ports): Promise<readonly string[]> {
  const { tracker } = ports;
  if (tracker === undefined) return [];
  const untold = await ports.steps.run('untold runs', () => untoldRuns(ports));
  const done: string[] = [];
  for (const run of untold) {
    const told = await ports.steps.run(`track ${run}`, async () => {
      const policy = await takePolicySnapshot(ports);
      const found = await loadRun(ports, policy, run);
      const points = await ports.inFlight.stepMetrics(run);
      const tracked = found === null ? null : trackedRun(found.record, points);
      if (found === null || tracked === null) return { ok: true, says: `run ${run} is gone` };
      try {
        const artifacts = await trackedReport(ports, policy, found, points);
        const experiment = `${found.record.repository}/${found.record.model}`;
        const { url, withoutArtifacts } = await tracker.track(experiment, tracked, artifacts);
        await ports.inFlight.putProgress(toldKey(run), url);
        const without = withoutArtifacts === null ? '' : `, without artifacts: ${withoutArtifacts}`;
        return { ok: true, says: `run ${run}: logged to ${url}${without}` };
      } catch (error) {
        if (!(error instanceof PortError)) throw error;
        const waits = error.code !== 'malformed';
        return { ok: !waits, says: `run ${run} is not logged yet: ${error.message}` };
      }
    });
    done.push(told.says);
    // A server that is away, or lets nobody in, is not asked for each of them.
    if (!told.ok) break;
  }
  return done;
}

async function untoldRuns(ports: Ports): Promise<RunId[]> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0 || policy.config?.policy.tracking !== 'mlflow') return [];
  const since = ports.clock.now().getTime() - DAYS * 86_400_000;
  const untold: RunId[] = [];
  for (const { record } of await loadRuns(ports, policy)) {
    if (!isFinal(record.state) || Date.parse(record.at) < since) continue;
    if ((await ports.inFlight.progress(toldKey(record.run))) === null) untold.push(record.run);
  }
  return untold.reverse();
}

const toldKey = (run: RunId): string => `tracked ${run}`;

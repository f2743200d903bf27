import { isFinal } from '../core/ledger/machine.ts';
import type { RunId } from '../core/names.ts';
import { trackedRun } from '../core/training/tracking.ts';
import { instant, loadRun, loadRuns } from './ledger.ts';
import { PortError, type Ports, type Tracker } from './ports.ts';
import { showRun } from './show.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { leftOutWords, noteTrackTrouble } from './track-trouble.ts';
import { trackedReport } from './tracked-report.ts';

/** Days for which a run that has ended is still told of: a server that was away, or tracking that was just switched on. */
const DAYS = 7;
/** Milliseconds until a server that took nothing of a run, for what it is or what it was given, is asked for it again. */
const REFUSED = 86_400_000;

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
    const told = await ports.steps.run(`track ${run}`, () => track(ports, tracker, run));
    done.push(told.says);
    if (told.show) await ports.steps.run(`show ${run}`, () => showRun(ports, run));
    // A server that is away, or lets nobody in, is not asked for each of them.
    if (!told.ok) break;
  }
  return done;
}

interface Told {
  /** Whether the server may be asked for the next one. */
  readonly ok: boolean;
  readonly says: string;
  /** Whether there is something new to say on the pull request. */
  readonly show: boolean;
}

async function track(ports: Ports, tracker: Tracker, run: RunId): Promise<Told> {
  const policy = await takePolicySnapshot(ports);
  const found = await loadRun(ports, policy, run);
  const points = await ports.inFlight.stepMetrics(run);
  const tracked = found === null ? null : trackedRun(found.record, points);
  if (found === null || tracked === null) return { ok: true, says: `run ${run} is gone`, show: false };
  try {
    const artifacts = await trackedReport(ports, policy, found, points);
    const experiment = `${found.record.repository}/${found.record.model}`;
    const { url, withoutArtifacts, leftOut } = await tracker.track(experiment, tracked, artifacts);
    const trouble = leftOutWords(leftOut);
    const show = await noteTrackTrouble(ports, run, trouble);
    await ports.inFlight.putProgress(toldKey(run), url);
    const without = withoutArtifacts === null ? '' : `, without artifacts: ${withoutArtifacts}`;
    return { ok: true, says: `run ${run}: logged to ${url}${without}${trouble === null ? '' : `. ${trouble}`}`, show };
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    const says = `run ${run} is not logged yet: ${error.message}`;
    if (error.code !== 'malformed') return { ok: false, says, show: false };
    await ports.inFlight.putProgress(refusedKey(run), instant(ports));
    const show = await noteTrackTrouble(ports, run, `It is not logged to the tracking server: ${error.message}`);
    return { ok: true, says, show };
  }
}

async function untoldRuns(ports: Ports): Promise<RunId[]> {
  const policy = await takePolicySnapshot(ports);
  if (policy.keys.length === 0 || policy.config?.policy.tracking !== 'mlflow') return [];
  const now = ports.clock.now().getTime();
  const since = now - DAYS * 86_400_000;
  const untold: RunId[] = [];
  for (const { record } of await loadRuns(ports, policy)) {
    const { run } = record;
    if (!isFinal(record.state) || Date.parse(record.at) < since) continue;
    if ((await ports.inFlight.progress(toldKey(run))) !== null) continue;
    const refused = Date.parse((await ports.inFlight.progress(refusedKey(run))) ?? '');
    // Not a number where it never was.
    if (!(now - refused < REFUSED)) untold.push(run);
  }
  return untold.reverse();
}

const refusedKey = (run: RunId): string => `tracked refused ${run}`;
const toldKey = (run: RunId): string => `tracked ${run}`;

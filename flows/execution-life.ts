import type { ExecutionReference, RunRecord } from '../core/ledger/run.ts';
import type { Instant } from '../core/names.ts';
import type { Observation } from '../core/training/execution.ts';
import { lineBegun, losesNumber, lostLoss } from '../core/training/loss.ts';
import { LOST_IN_LOG, stalledWords } from '../core/training/stall.ts';
import { budgetPassed } from './budgets.ts';
import { openStore } from './compute.ts';
import { CHECKPOINT_TAR } from './earlier-checkpoint.ts';
import { boundsOf } from './execution.ts';
import { idling, overGap, type Sight, type Stop } from './execution-sight.ts';
import { toldGpuUse } from './live-note.ts';
import type { ComputeEngine, Ports } from './ports.ts';

/** Bytes of the log that one look reads at once, and how often at most: of one that grows faster, it falls behind. */
const [LOG_BYTES, LOG_PIECES] = [2 ** 20, 16];
/** Bytes of a piece after which more is likely to be there already. */
const MUCH = 64 * 1024;
/** Bytes and pieces in which the end of a log is looked for: more than a cluster keeps of one. */
const [TAIL_BYTES, TAIL_PIECES] = [2 ** 20, 80];
/** Seconds beyond its timeout that an execution has to hand over its output, before we stop what the engine does not. */
const GRACE = 900;

export interface Looked {
  readonly engine: ComputeEngine;
  readonly execution: ExecutionReference;
  /** Share of 0 to 1 of its GPUs that is used, as the engine itself says; null where it can't tell. */
  readonly observed: number | null;
  readonly now: Instant;
}

/** Looks for signs of life, and tells what is wrong with a run that shows none. */
export async function lookForLife(
  ports: Ports,
  record: RunRecord,
  sight: Sight,
  { engine, execution, observed, now }: Looked,
): Promise<Sight> {
  const gpuUse = observed ?? (await toldGpuUse(ports, record.run, now));
  const watched = idling(overGap(sight, now), gpuUse, now);
  const heard = await listen(engine, execution, sight);
  const steps = await ports.inFlight.stepMetrics(record.run);
  // A further attempt goes on from before what the last one lost.
  const own = steps.filter(({ attempt = 1 }) => attempt === execution.attempt);
  const checkpoint = await (await openStore(ports, record)).stat(record.run, CHECKPOINT_TAR);
  const signs = JSON.stringify([heard.log, steps.length, steps.at(-1)?.step ?? null, checkpoint?.etag ?? null]);
  const lives = signs !== sight.signs;
  const { log, begun, loses } = heard;
  const next = { ...watched, log, begun, signs, signAt: lives ? now : watched.signAt };
  const { stall, stalled } = await boundsOf(ports, record);
  const trouble = loses
    ? LOST_IN_LOG
    : // A loss that was no number stays in question until the log moves on without it.
      !lives && sight.trouble === LOST_IN_LOG
      ? sight.trouble
      : (lostLoss(own) ?? silence(next, stall, now));
  const stop: Stop | null =
    trouble !== null && stalled === 'stop'
      ? { reason: 'stalled', message: `${trouble}; policy.stalled says stop` }
      : null;
  return { ...next, trouble, stop: sight.stop ?? stop };
}

/** Reads what is new in its log. @returns how far, the line begun there, and whether a loss in it is not a number */
async function listen(
  engine: ComputeEngine,
  { id }: ExecutionReference,
  sight: Pick<Sight, 'log' | 'begun'>,
): Promise<Pick<Sight, 'log' | 'begun'> & { readonly loses: boolean }> {
  let [{ log, begun }, loses] = [sight, false];
  const decoder = new TextDecoder();
  for (let piece = 0; piece < LOG_PIECES; piece += 1) {
    const { bytes, next, skipped } = await engine.log(id, log, LOG_BYTES);
    const text = begun + decoder.decode(bytes, { stream: true });
    [log, begun, loses] = [next, lineBegun(text), loses || losesNumber(text)];
    if (bytes.length < MUCH && !skipped) break;
  }
  return { log, begun, loses };
}

function silence(sight: Sight, stall: number | null, now: Instant): string | null {
  const idle = sight.idleSince === null ? 0 : secondsBetween(sight.idleSince, now);
  return stalledWords({ quiet: secondsBetween(sight.signAt, now), idle }, { after: stall });
}

/** Why a run must not go on, by time and money; null where it may. */
export async function boundPassed(
  ports: Pick<Ports, 'source' | 'ledger' | 'clock'>,
  record: RunRecord,
  sight: Sight,
  now: Instant,
): Promise<Stop | null> {
  const { timeout } = record.order;
  if (sight.runningSince !== null && secondsBetween(sight.runningSince, now) > timeout + GRACE)
    return { reason: 'timed_out', message: `it ran longer than the model’s timeout of ${timeout} seconds` };
  return budgetPassed(ports, record);
}

/** The end of the log of an execution, for display, however far behind it was read. At most 20 lines. */
export async function logTail(engine: ComputeEngine, { id }: ExecutionReference, from: string | null): Promise<string> {
  let [text, position] = ['', from];
  const decoder = new TextDecoder();
  for (let piece = 0; piece < TAIL_PIECES; piece += 1) {
    const { bytes, next, skipped } = await engine.log(id, position, TAIL_BYTES);
    text = (text + decoder.decode(bytes, { stream: true })).slice(-65_536);
    if (next === position || (bytes.length === 0 && !skipped)) break;
    position = next;
  }
  return lastLines(text);
}

export function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-20).join('\n');
}

export function isOver(observation: Observation): observation is Extract<Observation, { state: 'ended' | 'absent' }> {
  return observation.state === 'ended' || observation.state === 'absent';
}

function secondsBetween(from: Instant, to: Instant): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

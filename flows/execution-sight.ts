import { z } from 'zod';
import { isTrial } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { Instant, type RunId } from '../core/names.ts';
import { cleanLine } from '../core/reports/characters.ts';
import type { Observation } from '../core/training/execution.ts';
import { countedGap } from '../core/training/stall.ts';
import { instant } from './ledger.ts';
import type { Ports } from './ports.ts';

/** Of time between two looks, so much counts as watched: an App looks once a minute. */
const LONGEST_GAP_SECONDS = 300;

/** Why a run is stopped that nobody cancelled: it fails with this once its compute is gone. */
export const Stop = z.strictObject({
  reason: z.enum(['timed_out', 'budget_passed', 'stalled']),
  message: z.string().max(500),
});
export type Stop = z.infer<typeof Stop>;

/**
 * What was last seen of a run's execution. It is display and memory alone: lost with the database, the next look begins
 * it anew, and nothing of the run is.
 */
const Sight = z.strictObject({
  form: z.literal(1),
  attempt: z.int(),
  /** In words for the check, and when that was first so. */
  words: z.string(),
  waiting: z.boolean(),
  since: Instant,
  /** By our own clock, since the engine's may be another; later by the time in which nobody looked. */
  runningSince: Instant.nullable(),
  /** How far its log was read, by the engine's own position. */
  log: z.string().nullable(),
  /** The line that its log had not ended there. */
  begun: z.string().default(''),
  /** What tells that it lives: the log's position, the newest step, the checkpoint. */
  signs: z.string(),
  signAt: Instant,
  idleSince: Instant.nullable(),
  lookedAt: Instant.nullable().default(null),
  trouble: z.string().nullable(),
  stop: Stop.nullable(),
  shownAt: Instant.nullable(),
});
export type Sight = z.infer<typeof Sight>;

const key = (run: RunId): string => `execution ${run}`;

export async function lastSight({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId): Promise<Sight | null> {
  const text = await inFlight.progress(key(run));
  if (text === null) return null;
  const parsed = Sight.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : null;
}

export async function keepSight({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId, sight: Sight): Promise<void> {
  await inFlight.putProgress(key(run), JSON.stringify(sight));
}

/** The last sight of this attempt, or one of which nothing is known yet. */
export function sightOf(ports: Pick<Ports, 'clock'>, last: Sight | null, attempt: number): Sight {
  if (last !== null && last.attempt === attempt) return last;
  const now = instant(ports);
  return {
    form: 1,
    attempt,
    words: 'Submitted',
    waiting: true,
    since: now,
    runningSince: null,
    log: null,
    begun: '',
    signs: '',
    signAt: now,
    idleSince: null,
    lookedAt: null,
    trouble: null,
    stop: null,
    shownAt: null,
  };
}

/** What is seen now, told in words; the engine's own are foreign text. */
export function seen(sight: Sight, observation: Observation, now: Instant): Sight {
  const waiting = observation.state !== 'running';
  const words = waiting ? waitingWords(observation) : 'Running';
  return {
    ...sight,
    words,
    waiting,
    since: words === sight.words ? sight.since : now,
    runningSince: waiting ? sight.runningSince : (sight.runningSince ?? now),
    trouble: waiting ? null : sight.trouble,
  };
}

/**
 * Moves what silence and the timeout are counted from over time in which nobody looked: a clock that was set, or an App
 * that was away, makes no run stall, and ends none.
 */
export function overGap(sight: Sight, now: Instant): Sight {
  if (sight.lookedAt === null) return { ...sight, lookedAt: now };
  const passed = (Date.parse(now) - Date.parse(sight.lookedAt)) / 1000;
  const gap = passed - countedGap(passed, LONGEST_GAP_SECONDS);
  const moved = (at: Instant): Instant => Instant.parse(new Date(Date.parse(at) + gap * 1000).toISOString());
  const movedIfAny = (at: Instant | null): Instant | null => (at === null ? null : moved(at));
  return {
    ...sight,
    lookedAt: now,
    runningSince: movedIfAny(sight.runningSince),
    signAt: moved(sight.signAt),
    idleSince: movedIfAny(sight.idleSince),
  };
}

/** @param gpuUse share of 0 to 1; null where nobody can tell */
export function idling(sight: Sight, gpuUse: number | null, now: Instant): Sight {
  return { ...sight, idleSince: gpuUse === 0 ? (sight.idleSince ?? now) : null };
}

function waitingWords(observation: Observation): string {
  const why = observation.state === 'waiting' ? observation.why : null;
  return why === null || why.trim() === '' ? 'Waiting for its machine' : `Waiting: ${cleanLine(why).slice(0, 300)}`;
}

/** Lines for the run's check, unescaped: where it is, since when, and what is wrong with it. */
export function sightLines(record: Pick<RunRecord, 'run' | 'state' | 'order'>, sight: Sight | null): readonly string[] {
  const { run, state } = record;
  if (isTrial(record)) {
    const what = record.order.smoke === undefined ? 'Its data is fetched first' : 'Tried on a sample first';
    return [`${what}, in a job, before ${record.order.request.engine} is asked`];
  }
  if (state.state !== 'training' || state.execution === undefined) return [];
  const { engine, id, attempt, restores } = state.execution;
  const given =
    restores === undefined ? '' : `, given the last checkpoint${restores === run ? '' : ` of run ${restores}`}`;
  const where = `on ${engine} as ${id}${attempt === 1 ? '' : `, attempt ${attempt}`}${given}`;
  if (sight === null || sight.attempt !== attempt) return [`Submitted ${where}`];
  return [`${sight.words} (since ${sight.since}) ${where}`, ...sightTrouble(record, sight)];
}

/** Of these the lines that say what is wrong with it. */
export function sightTrouble({ state }: Pick<RunRecord, 'state'>, sight: Sight | null): readonly string[] {
  if (sight === null || state.state !== 'training' || state.execution?.attempt !== sight.attempt) return [];
  return [
    ...(sight.trouble === null ? [] : [sight.trouble]),
    ...(sight.stop === null ? [] : [`It is being stopped: ${sight.stop.message}`]),
  ];
}

/** Whether a run on a compute engine has no machine yet. */
export function isWaiting({ state }: Pick<RunRecord, 'state'>, sight: Sight | null): boolean {
  if (state.state !== 'training' || state.execution === undefined) return false;
  return sight === null || sight.attempt !== state.execution.attempt || sight.waiting;
}

import type { FreezeWindow } from '../config/policy.ts';
import type { StageName } from '../names.ts';
import { type Clock, clockOf } from './wall-clock.ts';

export interface ActiveFreeze {
  readonly window: FreezeWindow;
  /** When no window freezes the stage any more; null where windows follow one another without a gap. */
  readonly endsAt: Date | null;
}

type WeeklyWindow = Extract<FreezeWindow, { days: unknown }>;
/** The next moment at which a window may be over; null where it isn't active at the moment given. */
type EndOf = (at: Date) => Date | null;

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const MINUTE = 60_000;
/** Every zone's clocks are changed at a quarter of an hour, so that no step crosses a change unseen. */
const QUARTER = 15;
/** Beyond two weeks, weekly windows only repeat. */
const HORIZON = 15 * 24 * 60 * MINUTE;

/** The first window that freezes a stage at a moment, and when the stage is free again; null when it is free now. */
export function activeFreeze(windows: readonly FreezeWindow[], stage: StageName, now: Date): ActiveFreeze | null {
  const ofStage = windows
    .filter(({ stages }) => stages === undefined || stages.includes(stage))
    .map((window) => ({ window, endOf: endsOf(window) }));
  const first = ofStage.find(({ endOf }) => endOf(now) !== null);
  if (first === undefined) return null;
  let at = now;
  let weeklySince = now.getTime();
  while (true) {
    const ends = ofStage.flatMap(({ window, endOf }) => {
      const end = endOf(at);
      return end === null ? [] : [{ weekly: 'days' in window, end: end.getTime() }];
    });
    if (ends.length === 0) return { window: first.window, endsAt: at };
    at = new Date(Math.max(...ends.map(({ end }) => end)));
    if (ends.some(({ weekly }) => !weekly)) weeklySince = at.getTime();
    if (at.getTime() - weeklySince > HORIZON) return { window: first.window, endsAt: null };
  }
}

function endsOf(window: FreezeWindow): EndOf {
  if ('days' in window) return weekly(window);
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  return (at) => (at.getTime() >= from && at.getTime() < to ? new Date(to) : null);
}

function weekly(window: WeeklyWindow): EndOf {
  const clock = clockOf(window.timezone);
  return (at) => {
    const now = clock(at);
    if (!isFrozen(window, now)) return null;
    const left = QUARTER - (now.minute % QUARTER);
    let passed = 1;
    while (passed < left && isFrozen(window, { ...now, minute: now.minute + passed })) passed++;
    return new Date((Math.floor(at.getTime() / MINUTE) + passed) * MINUTE);
  };
}

/** By the clock on the wall: an hour that a change of clocks repeats is frozen twice, one that it leaves out not at all. */
function isFrozen({ days, from, to }: WeeklyWindow, { day, minute }: Clock): boolean {
  const [begin, end] = [minutesOf(from), minutesOf(to)];
  const on = (index: number): boolean => days.some((name) => name === DAYS[(index + 7) % 7]);
  if (begin < end) return on(day) && minute >= begin && minute < end;
  // Past midnight it belongs to the day on which it began.
  return (on(day) && minute >= begin) || (on(day - 1) && minute < end);
}

/** `24:00` is 1440. */
export function minutesOf(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

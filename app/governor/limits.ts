import type { Budget } from '../metrics/budget.ts';

/**
 * What may be asked of GitHub as one installation, decided over data. Instants are milliseconds since the epoch on one
 * clock, the database's. The numbers are GitHub's: 80 content-creating requests in a minute and 500 in an hour, a
 * minute's pause after a secondary limit that names none, and a primary budget that the answers tell.
 */

/** What is known of an installation's limits. */
export interface Limits {
  /** As GitHub last told it; null when it has not yet. */
  readonly budget: Budget | null;
  /** Until then GitHub wants no request at all; 0 when it never said so. */
  readonly blockedUntil: number;
  /** Refusals in a row that named no time. */
  readonly strikes: number;
  /** When all of the bucket's tokens are there again; each token taken moves it on by the bucket's gap. */
  readonly writes: number;
  readonly creations: number;
}

export const UNKNOWN: Limits = { budget: null, blockedUntil: 0, strikes: 0, writes: 0, creations: 0 };

/** Tokens come back one each `gap` milliseconds, up to `burst` of them. */
export interface Bucket {
  readonly gap: number;
  readonly burst: number;
}

/** At most 75 in any 60 s: five are left for what is sent up to five seconds after it was granted. */
export const WRITES: Bucket = { gap: 1000, burst: 15 };
/** At most 490 in any hour. */
export const CREATIONS: Bucket = { gap: 8000, burst: 40 };

/** `creation`: people see what it makes, so it counts towards the hour's limit, too. */
export type Kind = 'read' | 'write' | 'creation';
/** Background work is what comes again by itself: timers, live metrics, sweeps. */
export const PRIORITIES = ['person', 'background'] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Ask {
  readonly kind: Kind;
  readonly priority: Priority;
}

/** Milliseconds that a request waits for its turn. One that would wait longer is refused with the time to come again. */
export const PATIENCE: Readonly<Record<Priority, number>> = { person: 8_000, background: 3_000 };
/** Background work uses no more of a bucket than this, and leaves this part of the budget. */
const SHARE = { bucket: 0.5, budget: 0.2 } as const;
/** Milliseconds. */
const PAUSE = 60_000;
const LONGEST_PAUSE = 15 * 60_000;
/** Milliseconds: what a server says beyond this is an error or an attack. */
const LONGEST_BLOCK = 2 * 3_600_000;
/** Milliseconds after a block in which the next refusal counts as one in a row. */
const IN_A_ROW = 10 * 60_000;
/** Seconds by which the same hour's end differs between answers. */
const SAME_HOUR = 5;

/** `blocked`: GitHub told us to wait. `exhausted`: nothing is left of the hour. `reserved`: what is left is for people. */
export const WHYS = ['blocked', 'exhausted', 'reserved', 'paced'] as const;
export type Why = (typeof WHYS)[number];

export interface Refusal {
  readonly why: Why;
  readonly until: number;
}

/** Writing to people's places (comments, checks, releases) is what GitHub limits by the hour; git objects and dispatches are not seen. */
export function kindOf(route: string): Kind {
  const [method = '', path = ''] = route.split(' ');
  if (method === 'GET' || method === 'HEAD') return 'read';
  const unseen = /\/(git|actions|dispatches|hook)(\/|$)/.test(path);
  return method === 'POST' && !unseen ? 'creation' : 'write';
}

/** Why nothing at all may be asked now; null when only the buckets decide. */
export function refusalOf(
  { budget, blockedUntil }: Limits,
  { priority }: Pick<Ask, 'priority'>,
  now: number,
): Refusal | null {
  if (isToCome(blockedUntil, now)) return { why: 'blocked', until: blockedUntil };
  if (budget === null || !isToCome(budget.reset * 1000, now)) return null;
  const until = budget.reset * 1000;
  if (budget.remaining <= 0) return { why: 'exhausted', until };
  if (priority === 'background' && budget.remaining < budget.limit * SHARE.budget) return { why: 'reserved', until };
  return null;
}

/** What lies further off than anything that is ever kept was written before the clock was set back: it is over. */
function isToCome(instant: number, now: number): boolean {
  return instant > now && instant <= now + LONGEST_BLOCK;
}

/** How much of a bucket may be used at once, and how far its state may lie in the future; milliseconds. */
export function span({ gap, burst }: Bucket, priority: Priority): { readonly slack: number; readonly most: number } {
  const usable = priority === 'background' ? Math.max(1, Math.floor(burst * SHARE.bucket)) : burst;
  return { slack: gap * (usable - 1), most: gap * burst + Math.max(...Object.values(PATIENCE)) };
}

export type Taken =
  | { readonly granted: true; readonly at: number; readonly limits: Limits }
  | { readonly granted: false; readonly refusal: Refusal; readonly limits: Limits };

/**
 * A token of each bucket that the request needs, taken at once; `at` says from when it may be sent, at most PATIENCE
 * from now. In any stretch of time no more than stretch / gap + burst are granted, whoever asks in whatever order.
 */
export function take(limits: Limits, ask: Ask, now: number): Taken {
  const refusal = refusalOf(limits, ask, now);
  if (refusal !== null) return { granted: false, refusal, limits };
  if (ask.kind === 'read') return { granted: true, at: now, limits };
  const writes = clamped(limits.writes, span(WRITES, ask.priority).most, now);
  const creations = clamped(limits.creations, span(CREATIONS, ask.priority).most, now);
  const at = Math.max(
    now,
    writes - span(WRITES, ask.priority).slack,
    ask.kind === 'creation' ? creations - span(CREATIONS, ask.priority).slack : now,
  );
  if (at - now > PATIENCE[ask.priority]) {
    const kept = {
      ...limits,
      writes: Math.min(limits.writes, writes),
      creations: Math.min(limits.creations, creations),
    };
    const same = kept.writes === limits.writes && kept.creations === limits.creations;
    const refused = { why: 'paced', until: at - PATIENCE[ask.priority] } as const;
    return { granted: false, refusal: refused, limits: same ? limits : kept };
  }
  const taken = {
    writes: Math.max(writes, at) + WRITES.gap,
    creations: ask.kind === 'creation' ? Math.max(creations, at) + CREATIONS.gap : limits.creations,
  };
  return { granted: true, at, limits: { ...limits, ...taken } };
}

/** A clock that was set back must not close a bucket for hours. */
function clamped(full: number, most: number, now: number): number {
  return Math.max(now, Math.min(full, now + most));
}

/** With what an answer told of the hour's budget: of the same hour the smaller number, whichever replica heard it. */
export function told(limits: Limits, budget: Budget, now: number): Limits {
  const known = limits.budget;
  if (budget.reset * 1000 > now + LONGEST_BLOCK) return limits;
  if (known === null || known.reset * 1000 <= now || budget.reset > known.reset + SAME_HOUR)
    return { ...limits, budget };
  if (budget.reset < known.reset - SAME_HOUR) return limits;
  return {
    ...limits,
    budget: { ...budget, remaining: Math.min(known.remaining, budget.remaining), reset: known.reset },
  };
}

/**
 * GitHub refused: nothing is asked for as long as it says, else for a minute, doubling with each refusal in a row. Many
 * requests that were under way are refused together; together they count once.
 * @param seconds as `retry-after` or the budget's reset tell; null when neither does
 */
export function blocked(limits: Limits, seconds: number | null, now: number): Limits {
  const before = isToCome(limits.blockedUntil, now) ? limits.blockedUntil : 0;
  if (seconds !== null)
    return { ...limits, blockedUntil: Math.max(before, now + Math.min(seconds * 1000, LONGEST_BLOCK)) };
  if (before > 0) return limits;
  const strikes = limits.blockedUntil + IN_A_ROW > now ? limits.strikes + 1 : 1;
  const pause = Math.min(PAUSE * 2 ** (strikes - 1), LONGEST_PAUSE);
  return { ...limits, strikes, blockedUntil: now + pause };
}

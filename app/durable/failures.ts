import { Error as EngineErrors } from '@dbos-inc/dbos-sdk';
import { PortError } from '../../flows/ports.ts';
import { type Arrival, isBackground, type Obstacle } from './arrival.ts';

/** An arrival that could not be handled. */
export interface Failed {
  readonly id: string;
  readonly arrival: Arrival;
  readonly error: unknown;
}

export interface Again {
  readonly id: string;
  readonly arrival: Arrival;
  /** Whole seconds from now. */
  readonly delay: number;
}

/** Seconds before each time that it is tried again; the last one from then on. */
const PAUSES = [15, 30, 60, 120, 240, 480, 900] as const;
const LONGEST = 900;
const TRY = /^(.*?)(?:~(\d+))?$/s;
/** Milliseconds. */
const TRIED_FOR = 86_400_000;
/** What fails for a reason that waiting hardly mends: about an hour. */
const ERRORS = 9;

/**
 * When a failed arrival is handled again: at the time that GitHub named, else after growing pauses, for a day. Nobody
 * sends a delivery again that we took. The number of the try is part of the id, so each is stored once; the arrival
 * tells since when. Null: it comes by itself, or it is given up.
 * @param now milliseconds since the epoch
 */
export function again({ id, arrival, error }: Failed, now: number): Again | null {
  if (isBackground(arrival.event)) return null;
  const [, base = '', tried = '0'] = TRY.exec(id) ?? [];
  const number = Number(tried) + 1;
  const first = arrival.again?.first ?? now;
  const why = obstacleOf(error);
  if (now - first > TRIED_FOR || (why === 'error' && number > ERRORS)) return null;
  const named = error instanceof PortError && error.until !== null ? (error.until - now) / 1000 : 0;
  const pause = isChanged(error) ? 0 : (PAUSES[number - 1] ?? LONGEST);
  // Whole ones: the engine stores none between.
  const delay = named > 0 ? Math.min(Math.max(Math.ceil(named), 2), LONGEST) : pause;
  return { id: `${base}~${number}`, arrival: { ...arrival, again: { first, why } }, delay };
}

/**
 * When what is stored of an arrival is looked at again that this code can't read: newer code stored it, and is about to
 * replace this one. Null: nobody came for a day.
 */
export function unread(id: string): { readonly id: string; readonly delay: number } | null {
  const [, base = '', tried = '0'] = TRY.exec(id) ?? [];
  const number = Number(tried) + 1;
  const delay = PAUSES[number - 1] ?? LONGEST;
  return number * LONGEST * 1000 > TRIED_FOR ? null : { id: `${base}~${number}`, delay };
}

/** Other code began the flow, with other steps: from its beginning it can be handled at once. */
export function isChanged(error: unknown): boolean {
  return error instanceof EngineErrors.DBOSUnexpectedStepError;
}

/** The flow is another process's by now. */
export function isTakenOver(error: unknown): boolean {
  return error instanceof EngineErrors.DBOSWorkflowConflictError;
}

export function obstacleOf(error: unknown): Obstacle {
  if (!(error instanceof PortError)) return 'error';
  if (error.code === 'rate_limited') return 'limited';
  return error.code === 'unavailable' ? 'unanswered' : 'error';
}

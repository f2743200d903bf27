import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Outcome } from '../../flows/outcome.ts';
import type { Log } from '../log.ts';
import { Arrival, isBackground } from './arrival.ts';
import { isTakenOver, obstacleOf } from './failures.ts';
import type { Later } from './later.ts';
import type { Room } from './room.ts';

export interface Handling {
  readonly handle: (arrival: Arrival) => Promise<Outcome>;
  /** Around all that is done for one arrival: its log lines, its trace. */
  readonly within?: (id: string, arrival: Arrival, flow: () => Promise<Outcome>) => Promise<Outcome>;
  /** What of an error is kept in the database. */
  readonly kept?: (error: unknown) => unknown;
  readonly log: Log;
}

export interface HandlingOne extends Handling {
  /** For what comes again by itself. */
  readonly background: Room;
}

/** The flow of one arrival, as it was stored. What fails is stored anew before it ends. */
export async function handleOne(
  stored: unknown,
  { within = (_, __, flow) => flow(), ...options }: HandlingOne,
  later: Later,
): Promise<Outcome> {
  const id = DBOS.workflowID ?? '';
  const read = Arrival.safeParse(stored);
  if (read.success) return within(id, read.data, () => handleArrival(id, read.data, options, later));
  await later.leave(id, stored);
  options.log.error('another version of the App stored what this one can’t read; it is left to that one', { id });
  throw read.error;
}

async function handleArrival(
  id: string,
  arrival: Arrival,
  options: Omit<HandlingOne, 'within'>,
  later: Later,
): Promise<Outcome> {
  if (!isBackground(arrival.event)) return handleNow(id, arrival, options, later);
  const leave = options.background.enter();
  if (leave === null) {
    await later.comeAgain(id, arrival);
    return { code: 'ignored', message: 'what people wait for comes first; it is looked at again in seconds' };
  }
  return handleNow(id, arrival, options, later).finally(leave);
}

async function handleNow(
  id: string,
  arrival: Arrival,
  { handle, kept = (error) => error, log }: Omit<Handling, 'within'>,
  { handleAgain, waitsBehind }: Later,
): Promise<Outcome> {
  const fields = { id, repository: arrival.repository, event: arrival.event.kind };
  const behind = isBackground(arrival.event) ? null : await waitsBehind(id, arrival);
  if (behind !== null) {
    const delay = await handleAgain({ id, arrival, error: behind });
    log.info('postponed', { ...fields, error: String(behind), again: delay });
    return { code: 'ignored', message: behind.message };
  }
  try {
    const outcome = await handle(arrival);
    log.info('handled', { ...fields, outcome });
    return outcome;
  } catch (error) {
    // Whoever has it now says what comes of it.
    if (isTakenOver(error)) throw error;
    // Before the failure is recorded: an end between the two repeats this, and one after it loses nothing.
    const delay = await handleAgain({ id, arrival, error });
    const said = { ...fields, error: String(error), again: delay };
    const comesAgain = delay !== null || isBackground(arrival.event);
    if (comesAgain && obstacleOf(error) !== 'error') log.info('postponed', said);
    else {
      const message = comesAgain ? 'failed; it is handled again later' : 'failed, and is given up';
      log.error(message, { ...said, stack: stackOf(error) });
    }
    throw kept(error);
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack?.split('\n').slice(0, 4).join('\n') : undefined;
}

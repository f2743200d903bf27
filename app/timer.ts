import { setTimeout as wait } from 'node:timers/promises';
import type { Rounds } from './durable/rounds.ts';
import type { Log } from './log.ts';
import { inOperation } from './operation.ts';

export interface TimerOptions {
  /** Milliseconds. */
  readonly interval: number;
  /** Which of the replicas does it. */
  readonly shared: Rounds;
  /** What is done each time, one after the other; a failure of one does not keep the next from running. */
  readonly rounds: readonly ((number: number) => Promise<void>)[];
  readonly log: Log;
}

/** Milliseconds: replicas that start together do together what is done at a start. */
const TOGETHER = 5_000;
/** Of the interval: timers are never quite on time, and those of several replicas are not in step. */
const NEARLY = 0.75;
/** Milliseconds for which a round that is under way is waited for at the end: what it does not do, the next one does. */
const PATIENCE = 5_000;

/**
 * Runs at the start and then once an interval, in one of the replicas: deliveries get lost, and GitHub does not send them
 * again by itself.
 */
export function startTimer({ interval, shared, rounds, log }: TimerOptions): { stop(): Promise<void> } {
  const failed = (error: unknown): void =>
    log.error('the timer could not do all of its work; it tries again', { error: String(error) });
  let stopped = false;
  const turn = async (pause: number): Promise<void> => {
    const number = await shared.claim(pause);
    if (number === null) return;
    // Each line of it in the log says which round it was.
    await inOperation({ id: `round-${number}` }, async () => {
      for (const round of rounds) {
        if (!stopped) await round(number).catch(failed);
      }
    });
  };
  const almost = NEARLY * interval;
  let running = turn(Math.min(TOGETHER, almost)).catch(failed);
  const next = (): void => {
    running = running.then(() => turn(almost)).catch(failed);
  };
  const timer = setInterval(next, interval);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await Promise.race([running, wait(PATIENCE, undefined, { ref: false })]);
    },
  };
}

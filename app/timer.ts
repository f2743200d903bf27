import type { Log } from './log.ts';

export interface TimerOptions {
  /** Milliseconds. */
  readonly interval: number;
  /** What is done each time, one after the other; a failure of one does not keep the next from running. */
  readonly rounds: readonly ((slot: number) => Promise<void>)[];
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Runs at the start and then once an interval: deliveries get lost, and GitHub does not send them again by itself.
 * Slots have the same number in every process, so that each can be used once.
 */
export function startTimer({ interval, rounds, now, log }: TimerOptions): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const turn = async (): Promise<void> => {
    const slot = Math.floor(now() / interval);
    for (const round of rounds) {
      await round(slot).catch((error: unknown) => {
        log.error('the timer could not do all of its work; it tries again', { error: String(error) });
      });
    }
  };
  const next = (): void => {
    running = running.then(turn);
  };
  next();
  const timer = setInterval(next, interval);
  return {
    stop() {
      clearInterval(timer);
      return running;
    },
  };
}

import type { RepositoryName } from '../core/names.ts';
import type { Log } from './log.ts';

export interface TimerOptions {
  /** Milliseconds. */
  readonly interval: number;
  readonly repositories: () => Promise<readonly { installation: number; repository: RepositoryName }[]>;
  readonly tick: (at: { installation: number; repository: RepositoryName }, slot: number) => Promise<void>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Asks each installed repository to reconcile, at the start and then once an interval: deliveries get lost, and GitHub
 * does not send them again by itself. Slots have the same number in all replicas, so each is used once.
 */
export function startTimer({ interval, repositories, tick, now, log }: TimerOptions): { stop(): Promise<void> } {
  let running: Promise<void> = Promise.resolve();
  const round = async (): Promise<void> => {
    const slot = Math.floor(now() / interval);
    try {
      for (const at of await repositories()) await tick(at, slot);
    } catch (error) {
      log.error('the timer could not reach every repository; it tries again', { error: String(error) });
    }
  };
  const next = (): void => {
    running = running.then(round);
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

import type { Log } from './log.ts';

/** What was begun, and must be ended in the reverse order. */
export interface Ends {
  add(end: () => unknown): void;
  /** Ends all of it, also what comes behind something that can't be ended. @throws the first that failed */
  all(): Promise<void>;
}

export function openEnds(log: Log): Ends {
  const ends: (() => unknown)[] = [];
  return {
    add: (end) => void ends.push(end),
    async all() {
      const failures: unknown[] = [];
      for (const end of ends.splice(0).reverse()) {
        try {
          await end();
        } catch (error) {
          log.error('a part of the App could not be ended', { error: String(error) });
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

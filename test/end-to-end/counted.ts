import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Exchange } from '../../local/http/api.ts';

/** The requests of one account, as the local GitHub sees them. */
export interface CountedRequests {
  readonly observe: (exchange: Exchange) => void;
  /** Where the App writes its log: a line for each delivery that it has handled. */
  logAt(file: string): void;
  /** Waits until nothing has been asked, and nothing handled, for a second and a half. */
  quiet(): Promise<void>;
  /** `METHOD route` of each request since the last time. */
  take(): readonly string[];
}

const QUIET = 1500;

export function countedRequests(login: string): CountedRequests {
  let seen: string[] = [];
  let last = Date.now();
  let log: string | null = null;
  const handled = (): number => (log === null ? 0 : readFileSync(log, 'utf8').split('\n').length);
  return {
    observe({ method, route, status, by }) {
      if (by !== login) return;
      last = Date.now();
      seen.push(`${method} ${route}${status === 304 ? ' (not modified)' : ''}`);
    },
    logAt(file) {
      log = file;
    },
    async quiet() {
      let known = handled();
      last = Date.now();
      while (Date.now() - last < QUIET) {
        await wait(100);
        const now = handled();
        if (now !== known) last = Date.now();
        known = now;
      }
    },
    take() {
      const before = seen;
      seen = [];
      return before;
    },
  };
}

import { UNKNOWN } from './limits.ts';
import { DECIDED_WITHIN, type LimitStore, type Stored } from './store.ts';

/** Limits of one process: for what it asks before its database is open. @param clock milliseconds since the epoch */
export function memoryStore(clock: () => number): LimitStore {
  const kept = new Map<number, Omit<Stored, 'now'>>();
  const of = (installation: number) => kept.get(installation) ?? { limits: UNKNOWN, version: 0 };
  return {
    async read(installation) {
      return { ...of(installation), now: clock() };
    },
    async swap(installation, version, limits, decidedAt) {
      const now = clock();
      if (of(installation).version !== version || Math.abs(now - decidedAt) >= DECIDED_WITHIN) return null;
      kept.set(installation, { limits, version: version + 1 });
      return { limits, version: version + 1, now };
    },
  };
}

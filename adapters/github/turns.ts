import type { Turns } from '../../flows/ports.ts';

/** Turns within this process, in the order in which they were asked for; a failed one does not keep the next waiting. */
export function keyedTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    async take(key, action) {
      const before = last.get(key) ?? Promise.resolve();
      const mine = before.then(action, action);
      last.set(key, mine);
      try {
        return await mine;
      } finally {
        if (last.get(key) === mine) last.delete(key);
      }
    },
  };
}

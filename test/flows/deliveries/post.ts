import type { Post } from './pass.ts';
import type { Told } from './world.ts';

/** How rough the way of deliveries is; chances are of a hundred. */
export interface Weather {
  readonly seed: number;
  /** Told again: under the same id by a redelivery, or under another one. */
  readonly twice: number;
  /** Never told, where GitHub shows what it was about. */
  readonly lost: number;
  /** Told so many acts later at most. */
  readonly late: number;
  /** Whether what waits is handled in any order. */
  readonly shuffled: boolean;
  /** Copies of each that come at once. */
  readonly flood: number;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomness(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Nothing on GitHub tells that a button was pressed: without its delivery nobody ever knows, and it is pressed again. */
const WITHOUT_TRACE: ReadonlySet<Told['event']['kind']> = new Set(['check_action', 'request']);

export function roughPost(weather: Weather): Post {
  const random = randomness(weather.seed);
  const chance = (of: number): boolean => random() * 100 < of;
  const below = (limit: number): number => Math.floor(random() * limit);
  return {
    send(told) {
      const lost = chance(weather.lost) && !WITHOUT_TRACE.has(told.event.kind);
      const copies: { told: Told; late: number }[] = lost ? [] : [{ told, late: below(weather.late + 1) }];
      for (let copy = 1; copy < weather.flood && !lost; copy += 1)
        copies.push({ told: { ...told, id: `${told.id}-${copy}` }, late: 0 });
      if (!lost && chance(weather.twice)) {
        const id = chance(50) ? told.id : `${told.id}-again`;
        copies.push({ told: { ...told, id }, late: below(weather.late + 3) });
      }
      return copies;
    },
    next: (waiting) => (weather.shuffled ? below(waiting) : 0),
  };
}

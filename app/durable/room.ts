import type { Arrival } from './arrival.ts';

/** Bounds how much of what comes again by itself runs at once, so that there is room for what people wait for. */
export interface Room {
  /** @returns to be called at the end; null where there is no room now */
  enter(): (() => void) | null;
}

export function roomFor(atOnce: number): Room {
  let inside = 0;
  return {
    enter() {
      if (inside >= atOnce) return null;
      inside += 1;
      return () => {
        inside -= 1;
      };
    },
  };
}

/** Seconds after which what found no room looks again. */
const PAUSE = 5;

/** Under which id, when and with which key an arrival comes again that found no room. */
export interface Comeback {
  readonly id: string;
  readonly delay: number;
  readonly collapse: string;
}

/**
 * At most three of a kind are stored then, however long there is no room: one that the timer brought in, and one that
 * waits behind the one that finds no room and still holds its own key.
 */
export function comeback(id: string, { repository, event }: Pick<Arrival, 'repository' | 'event'>): Comeback {
  const [, base = '', number = '0'] = /^(.*?)(?:~(\d+))?$/s.exec(id) ?? [];
  const next = Number(number) + 1;
  const of = event.kind === 'progress' ? `progress-${event.run}` : `${event.kind}-${repository}`;
  return { id: `${base}~${next}`, delay: PAUSE, collapse: `${of}~${next % 2}` };
}

/** What goes wrong between the App and GitHub. "After" means that GitHub has done what was asked, and nobody hears of it. */
export const FAULTS = [
  '500',
  '502',
  '502 after the effect',
  '403 secondary limit',
  '403 secondary limit with retry-after',
  '403 primary limit',
  '429 with retry-after',
  '401 expired token',
  '404 after create',
  'reset before the effect',
  'reset after the effect',
  'slow',
  'broken off in the body',
  'half of the body as if it were all',
] as const;

export type Fault = (typeof FAULTS)[number];

/** A request as it comes to the proxy. */
export interface Passing {
  /** How many came before it since the plan began. */
  readonly nth: number;
  readonly method: string;
  /** With query, decoded. */
  readonly path: string;
  /** Changes something: any REST method but GET, and a push. */
  readonly writes: boolean;
}

/** What befalls a request; null: nothing. */
export type Plan = (request: Passing) => Fault | null;

export const NO_FAULTS: Plan = () => null;

/** This fault at the first requests for which it holds. */
export function firstOf(fault: Fault, isHit: (request: Passing) => boolean, times = 1): Plan {
  let left = times;
  return (request) => {
    if (left === 0 || !isHit(request)) return null;
    left -= 1;
    return fault;
  };
}

/** 32 bits of state: the same seed gives the same numbers in [0, 1) everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface SeededPlan {
  readonly seed: number;
  readonly kinds: readonly Fault[];
  /** Of reads, and of writes: how many of each hundred. */
  readonly reads: number;
  readonly writes: number;
  /** Faults in all, after which everything passes. */
  readonly most: number;
}

/** At most so often in a row to the same address: whoever tries again gets through. */
const IN_A_ROW = 2;

/** Faults at random. What a request gets depends on the seed and on the requests before it, whose order may vary. */
export function seeded({ seed, kinds, reads, writes, most }: SeededPlan): Plan {
  const random = randomNumbers(seed);
  const inARow = new Map<string, number>();
  let left = most;
  return (request) => {
    const key = `${request.method} ${request.path}`;
    const before = inARow.get(key) ?? 0;
    const [chance, choice] = [random(), random()];
    if (left === 0 || before >= IN_A_ROW || chance * 100 >= (request.writes ? writes : reads)) {
      inARow.delete(key);
      return null;
    }
    const fault = kinds[Math.floor(choice * kinds.length)];
    if (fault === undefined) return null;
    inARow.set(key, before + 1);
    left -= 1;
    return fault;
  };
}

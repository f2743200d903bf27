import { PortError } from '../../flows/ports.ts';

/** Whether this process may still act for the flows that it runs: another one may have taken them over. */
export interface Fence {
  /**
   * To be asked last of all before something goes out that changes something there.
   * @throws PortError `unavailable` where it may not
   */
  check(): void;
}

/** A moment by two clocks, in milliseconds: the one that no one sets, and the one that goes on while a machine sleeps. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export interface LeaseFence extends Fence {
  /** Open until so many milliseconds after that moment. */
  extend(from: Moment, milliseconds: number): void;
  /** For good. */
  close(): void;
}

export const clocks = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

/** Closed until it is first extended. */
export function leaseFence(now: () => Moment = clocks): LeaseFence {
  let until: Moment = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  let closed = false;
  return {
    check() {
      const { monotonic, wall } = now();
      if (!closed && monotonic < until.monotonic && wall < until.wall) return;
      throw new PortError(
        'unavailable',
        'expected this process to hold its lease in the database, but it has run out; nothing was sent, and whoever holds the work tries it again',
      );
    },
    extend(from, milliseconds) {
      until = { monotonic: from.monotonic + milliseconds, wall: from.wall + milliseconds };
    },
    close() {
      closed = true;
    },
  };
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** A fetch that asks the fence before each request that may change something: all but reads, and git's question what there is. */
export function fencedFetch(fence: Fence, inner: typeof globalThis.fetch = globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const request = input instanceof Request ? input : null;
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    const url = request?.url ?? String(input);
    if (!READS.has(method) && !url.endsWith('/git-upload-pack')) fence.check();
    return inner(input, init);
  };
}

import { setTimeout as wait } from 'node:timers/promises';
import { PortError } from '../../flows/ports.ts';

/** Whether this process may still act for the flows that it runs: another one may have taken them over. */
export interface Fence {
  /**
   * To be asked last of all before something goes out that changes something there.
   * @throws PortError `unavailable` where it may not
   */
  check(): void;
  /** Hears of what it let out. */
  let(sent: Promise<unknown>): void;
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
  /** Waits until what it let out was answered, for so many milliseconds at most. */
  answered(atMost: number): Promise<void>;
}

export const clocks = (): Moment => ({ monotonic: performance.now(), wall: Date.now() });

/** Closed until it is first extended. */
export function leaseFence(now: () => Moment = clocks): LeaseFence {
  let until: Moment = { monotonic: Number.NEGATIVE_INFINITY, wall: Number.NEGATIVE_INFINITY };
  let closed = false;
  const out = new Set<Promise<unknown>>();
  return {
    let(sent) {
      const gone = (): void => void out.delete(sent);
      out.add(sent);
      sent.then(gone, gone);
    },
    async answered(atMost) {
      const waited = wait(atMost, undefined, { ref: false });
      await Promise.race([Promise.allSettled(out), waited]);
    },
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

/**
 * A fetch that asks the fence before each request that may change something: all but reads, and git's question what
 * there is. It asks when the request is made, and once more in the instant before its first byte is written: looking up a
 * name and connecting take time, in which a process can be stopped.
 */
export function fencedFetch(fence: Fence, inner: typeof globalThis.fetch = globalThis.fetch): typeof globalThis.fetch {
  const dispatcher = fencedDispatcher(fence);
  return async (input, init) => {
    const request = input instanceof Request ? input : null;
    const method = (init?.method ?? request?.method ?? 'GET').toUpperCase();
    const url = request?.url ?? String(input);
    if (READS.has(method) || url.endsWith('/git-upload-pack')) return inner(input, init);
    fence.check();
    const sent = inner(input, Object.assign({}, init, { dispatcher }));
    fence.let(sent);
    return sent;
  };
}

/** What sends the requests of fetch: Node.js keeps it, or the proxy that it was told of, under this name. */
const CURRENT = Symbol.for('undici.globalDispatcher.1');

interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

function fencedDispatcher(fence: Fence): Dispatcher {
  return {
    dispatch(options, handler) {
      const current: unknown = Reflect.get(globalThis, CURRENT);
      if (!isDispatcher(current)) throw new Error('expected the dispatcher of fetch; this Node.js keeps it elsewhere');
      return current.dispatch(options, fencedHandler(fence, handler));
    },
  };
}

/** The handler hears of its turn on the connection right before the request is written; what throws there is not sent. */
function fencedHandler(fence: Fence, handler: object): object {
  const fenced: object = Object.create(handler);
  for (const name of ['onConnect', 'onRequestStart']) {
    const inner: unknown = Reflect.get(handler, name);
    if (typeof inner !== 'function') continue;
    const checked = (...given: readonly unknown[]): unknown => {
      fence.check();
      return Reflect.apply(inner, fenced, given);
    };
    Object.defineProperty(fenced, name, { value: checked });
  }
  return fenced;
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === 'object' && value !== null && 'dispatch' in value && typeof value.dispatch === 'function';
}

import { PortError } from '../../flows/ports.ts';
import type { Budget } from '../metrics/budget.ts';
import { type Ask, blocked, type Limits, type Refusal, refusalOf, type Taken, take, told, UNKNOWN } from './limits.ts';
import type { LimitStore, Stored } from './store.ts';

/** Limits of one installation as this process sees them: a copy of what is stored, and what it heard since. */
export interface SharedLimits {
  /** Why nothing may be asked now, by a copy that is at most a few seconds old. */
  look(ask: Ask): Promise<Refusal | null>;
  /** Takes the tokens of a write: one query unless another replica came between. */
  take(ask: Ask): Promise<Taken>;
  /** What an answer told; it is stored along with the next write, or within a second. */
  hear(budget: Budget): void;
  /** GitHub refused. @param seconds as it asked to wait, null when it did not say @returns until when, on the store's clock */
  block(seconds: number | null): Promise<number>;
  /** The store's clock, milliseconds since the epoch. */
  now(): number;
}

/** Milliseconds after which the copy is read anew, beside the request. */
const FRESH = 1000;
/** Milliseconds after which a request waits until it was. */
const STALE = 5000;
const ATTEMPTS = 30;

type Known = Stored & { readonly at: number };

/** @param monotonic milliseconds of a clock that nobody sets */
export function sharedLimits(store: () => LimitStore, installation: number, monotonic: () => number): SharedLimits {
  let known: Known | null = null;
  let heard: Budget | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let refreshing = false;

  const age = (): number => (known === null ? Number.POSITIVE_INFINITY : monotonic() - known.at);
  const now = (): number => (known === null ? 0 : known.now + age());
  const keep = (stored: Stored): Known => {
    known = { ...stored, at: monotonic() };
    return known;
  };
  /** Changes what is stored, one at a time; `change` decides anew whenever somebody came between. */
  const update = <T extends { readonly limits: Limits }>(change: (limits: Limits, now: number) => T): Promise<T> => {
    const work = last.then(async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const at = known ?? keep(await store().read(installation));
        const taken = heard;
        const decided = change(withHeard(at.limits), now());
        // A refusal must not rest on what others have changed since.
        if (decided.limits === at.limits && age() < FRESH) return decided;
        const swapped =
          decided.limits === at.limits ? null : await store().swap(installation, at.version, decided.limits, now());
        if (swapped !== null) {
          keep(swapped);
          if (heard === taken) heard = null;
          return decided;
        }
        keep(await store().read(installation));
      }
      throw new PortError('unavailable', 'expected to store what was asked of GitHub, but others always came between');
    });
    last = work.catch(() => {});
    return work;
  };
  const withHeard = (limits: Limits): Limits => (heard === null ? limits : told(limits, heard, now()));
  const refresh = (): Promise<void> => {
    if (age() >= STALE || heard === null) {
      const read = last.then(async () => void keep(await store().read(installation)));
      last = read.catch(() => {});
      return read;
    }
    return update((limits) => ({ limits })).then(() => {});
  };

  return {
    async look(ask) {
      if (age() >= STALE) await refresh();
      else if (age() >= FRESH && !refreshing) {
        refreshing = true;
        // The copy will do while the database does not answer.
        void refresh()
          .catch(() => {})
          .finally(() => {
            refreshing = false;
          });
      }
      return known === null ? null : refusalOf(withHeard(known.limits), ask, now());
    },
    take: (ask) => update((limits, at) => take(limits, ask, at)),
    hear(budget) {
      // Answers of requests side by side come in any order.
      heard = heard === null ? budget : (told({ ...UNKNOWN, budget: heard }, budget, now()).budget ?? budget);
    },
    async block(seconds) {
      const { limits } = await update((before, at) => ({ limits: blocked(before, seconds, at) }));
      return limits.blockedUntil;
    },
    now,
  };
}

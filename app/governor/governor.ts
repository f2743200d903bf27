import { setTimeout as sleep } from 'node:timers/promises';
import type { Requester } from '../../adapters/github/api.ts';
import { portError, responseOf, retryAfterSeconds } from '../../adapters/github/errors.ts';
import { PortError } from '../../flows/ports.ts';
import { budgetOf } from '../metrics/budget.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type SharedLimits, sharedLimits } from './installation-limits.ts';
import { type Ask, kindOf, PATIENCE, type Priority, type Refusal } from './limits.ts';
import { type Slots, slots } from './slots.ts';
import type { LimitStore } from './store.ts';

export interface GovernorOptions {
  /** Where replicas keep the limits; asked for at each use, as it changes when the database is open. */
  readonly store: () => LimitStore;
  /** Whether writes are spread out as GitHub asks; a refusal is heeded in any case. */
  readonly paced: boolean;
  readonly metrics: Pick<Metrics, 'governed'>;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonic?: () => number;
  readonly wait?: (milliseconds: number) => Promise<unknown>;
}

/** Lets requests to GitHub through, one governor in each process; they share the limits of an installation. */
export interface Governor {
  /**
   * The same requester, whose requests wait for their turn. What would wait for more than a few seconds throws
   * PortError `rate_limited` with the time to come again, and so does what GitHub refuses for its limits.
   * @param installation 0 for the App itself
   */
  govern(inner: Requester, installation: number, priority: Priority): Requester;
  /** The same for git, which asks outside of the API: it waits and is refused as reads are. */
  fetch(inner: typeof globalThis.fetch, installation: number, priority: Priority): typeof globalThis.fetch;
}

/** Requests of one installation under way at once in this process: GitHub takes 100 of all replicas. */
const AT_ONCE = 20;

interface Installation {
  readonly limits: SharedLimits;
  readonly slots: Slots;
}

export function governor(options: GovernorOptions): Governor {
  const { store, paced, metrics, monotonic = () => performance.now(), wait = sleep } = options;
  const known = new Map<number, Installation>();
  const of = (installation: number): Installation => {
    const found = known.get(installation) ?? {
      limits: sharedLimits(store, installation, monotonic),
      slots: slots(AT_ONCE),
    };
    known.set(installation, found);
    return found;
  };

  /** Milliseconds to wait before the request may go out. */
  const turn = async (limits: SharedLimits, ask: Ask): Promise<number | Refusal> => {
    if (ask.kind === 'read' || !paced) return (await limits.look(ask)) ?? 0;
    const taken = await limits.take(ask);
    return taken.granted ? Math.max(0, taken.at - limits.now()) : taken.refusal;
  };
  const admit = async (limits: SharedLimits, ask: Ask, route: string): Promise<void> => {
    const began = monotonic();
    const patience = PATIENCE[ask.priority];
    for (;;) {
      const next = await turn(limits, ask);
      if (typeof next === 'number') {
        if (next > 0) await wait(next);
        // While it waited, GitHub may have refused another one.
        const refusal = next > 0 ? await limits.look(ask) : null;
        metrics.governed(ask.priority, (monotonic() - began) / 1000, refusal?.why ?? null);
        if (refusal !== null) throw refused(refusal, route);
        return;
      }
      const left = next.until - limits.now();
      if (monotonic() - began + left > patience) {
        metrics.governed(ask.priority, (monotonic() - began) / 1000, next.why);
        throw refused(next, route);
      }
      await wait(Math.max(1, left));
    }
  };

  return {
    govern(inner, installation, priority) {
      const { limits, slots: free } = of(installation);
      return {
        request: (route, parameters) =>
          free.run(priority, async () => {
            await admit(limits, { kind: kindOf(route), priority }, route);
            try {
              const answer = await inner.request(route, parameters);
              hear(limits, answer.headers);
              return answer;
            } catch (error) {
              hear(limits, responseOf(error)?.headers ?? {});
              throw await understood(limits, error, route);
            }
          }),
      };
    },
    fetch(inner, installation, priority) {
      const { limits, slots: free } = of(installation);
      return (input, init) =>
        free.run(priority, async () => {
          await admit(limits, { kind: 'read', priority }, 'git');
          const answer = await inner(input, init);
          if (answer.status !== 429 && answer.status !== 403) return answer;
          // Of other refusals the caller knows more.
          const error = {
            status: answer.status,
            response: { headers: Object.fromEntries(answer.headers), data: null },
          };
          const meant = await understood(limits, error, 'git');
          if (!(meant instanceof PortError)) return answer;
          await answer.body?.cancel();
          throw meant;
        });
    },
  };
}

function hear(limits: SharedLimits, headers: Parameters<typeof budgetOf>[0]): void {
  const budget = budgetOf(headers);
  if (budget !== null) limits.hear(budget);
}

/** What a refusal for GitHub's limits means to everybody; any other failure as it came. */
async function understood(limits: SharedLimits, error: unknown, route: string): Promise<unknown> {
  const { code, message } = portError(error, route);
  const seconds = retryAfterSeconds(error, limits.now());
  if (code === 'unavailable' && seconds !== null)
    return new PortError(code, message, { cause: error, until: limits.now() + seconds * 1000 });
  if (code !== 'rate_limited') return error;
  const until = await limits.block(seconds).catch(() => limits.now() + (seconds ?? 60) * 1000);
  return new PortError(code, message, { cause: error, until });
}

const WORDS: Readonly<Record<Refusal['why'], string>> = {
  blocked: 'GitHub asked us to wait',
  exhausted: 'all requests of this hour are used',
  reserved: 'what is left of this hour is kept for people’s commands',
  paced: 'GitHub takes no more writes at the moment',
};

function refused({ why, until }: Refusal, route: string): PortError {
  const at = new Date(until).toISOString();
  return new PortError('rate_limited', `${route}: ${WORDS[why]}; it is asked again after ${at}`, { until });
}

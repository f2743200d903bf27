import { setTimeout as wait } from 'node:timers/promises';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { FlowError, type FlowErrorCode } from '../../flows/error.ts';
import { PortError, type PortErrorCode, type Steps } from '../../flows/ports.ts';

/** What a step left: recorded, so that a flow that is run again sees the same value or the same error. */
type Recorded<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly layer: 'port';
      readonly code: PortErrorCode;
      readonly message: string;
      readonly until?: number;
    }
  | { readonly ok: false; readonly layer: 'flow'; readonly code: FlowErrorCode; readonly message: string };

/** About two minutes of backing off: 1, 2, 4, … 64 seconds, for what others of our own kind are in the way of. */
const RETRIES = { retriesAllowed: true, maxAttempts: 8, intervalSeconds: 1, backoffRate: 2 } as const;
/** Of a server that is away: seven seconds. A lane must not hold a worker for longer; all of it is handled again later. */
const BRIEF = 4;
/** Milliseconds until the time that the other side named, for which a step waits. */
const LONGEST_WAIT = 5000;

export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly intervalSeconds: number;
}

/**
 * Steps of a durable workflow: each is run at least once, its outcome recorded once. What may pass by itself (a server
 * that does not answer, a rate limit) is tried again; anything else is an outcome like any other.
 * @param observe hears of each attempt at a step; of what is only read back, nothing
 */
export function durableSteps(
  observe: (name: string, seconds: number) => void = () => {},
  retry: RetryPolicy = RETRIES,
): Steps {
  return {
    async run<T>(name: string, action: () => Promise<T>): Promise<T> {
      const config = { ...RETRIES, ...retry, name, shouldRetry: isPassing };
      const timed = async () => {
        const began = performance.now();
        return action().finally(() => observe(name, (performance.now() - began) / 1000));
      };
      const recorded = await DBOS.runStep(() => attempt(timed, retry.maxAttempts), config);
      if (recorded.ok) return recorded.value;
      if (recorded.layer === 'flow') throw new FlowError(recorded.code, recorded.message);
      throw new PortError(recorded.code, recorded.message, { until: recorded.until ?? null });
    },
  };
}

async function attempt<T>(action: () => Promise<T>, maxAttempts: number): Promise<Recorded<T>> {
  try {
    return { ok: true, value: await action() };
  } catch (error) {
    if (!(error instanceof PortError || error instanceof FlowError)) throw error;
    const attempts = isAway(error) ? Math.min(BRIEF, maxAttempts) : maxAttempts;
    const last = (DBOS.stepStatus?.currentAttempt ?? attempts) >= attempts;
    const named = error instanceof PortError && error.until !== null ? error.until - Date.now() : 0;
    if (last || !isPassing(error) || named > LONGEST_WAIT) return recordedError(error);
    if (named > 0) await wait(named);
    throw error;
  }
}

function recordedError(error: PortError | FlowError): Recorded<never> {
  const { message } = error;
  if (!(error instanceof PortError)) return { ok: false, layer: 'flow', code: error.code, message };
  const until = error.until === null ? {} : { until: error.until };
  return { ok: false, layer: 'port', code: error.code, message, ...until };
}

function isAway(error: PortError | FlowError): boolean {
  return error.code === 'unavailable' || error.code === 'rate_limited';
}

const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate_limited', 'conflict', 'ledger_contended']);

function isPassing(error: unknown): boolean {
  return (error instanceof PortError || error instanceof FlowError) && PASSING.has(error.code);
}

import { PortError, type Steps } from '../../flows/ports.ts';
import { retryAfterSeconds } from '../github/errors.ts';

const ATTEMPTS = 6;
/** Seconds: a job that waits costs minutes of a runner, so what lasts longer fails, and is run again by a person. */
const LONGEST_WAIT = 60;
const PASSING: ReadonlySet<string> = new Set(['unavailable', 'rate_limited', 'conflict', 'ledger_contended']);

export interface StepClock {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits so many milliseconds. */
  readonly wait: (milliseconds: number) => Promise<unknown>;
}

/** Steps in a job: each runs as it comes, and what may pass by itself is tried again. Nothing outlives the job. */
export function jobSteps({ now, wait }: StepClock): Steps {
  return {
    async run(_name, action) {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await action();
        } catch (error) {
          if (attempt === ATTEMPTS || !isPassing(error)) throw error;
          const seconds = retryAfterSeconds(error, now()) ?? 2 ** (attempt - 1);
          await wait(Math.min(seconds, LONGEST_WAIT) * 1000);
        }
      }
    },
  };
}

function isPassing(error: unknown): boolean {
  const code = error instanceof PortError || hasCode(error) ? error.code : null;
  return code !== null && PASSING.has(code);
}

/** Errors of the flows, whose classes are not ours to import. */
function hasCode(error: unknown): error is { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

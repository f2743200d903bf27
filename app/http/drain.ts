import { setTimeout as wait } from 'node:timers/promises';
import type { Handler } from './server.ts';

/** What takes work until the process is about to end; probes go on being answered meanwhile, and say so. */
export interface Intake {
  readonly draining: () => boolean;
  /** The same handler, which refuses from then on. */
  guard(handler: Handler): Handler;
  /** Takes no more, and waits for what was taken. */
  drain(): Promise<void>;
}

/** Milliseconds: who sends a body slowly must not keep us from handing over in time. */
const PATIENCE = 8_000;

/** @param patience milliseconds for which what was taken is waited for */
export function openIntake(patience = PATIENCE): Intake {
  let draining = false;
  const running = new Set<Promise<unknown>>();
  return {
    draining: () => draining,
    guard: (handler) => async (request) => {
      // GitHub counts it as failed, and whoever runs then asks for it again.
      if (draining) return { status: 503, body: 'it is ending', headers: { connection: 'close' } };
      const answer = handler(request);
      running.add(answer);
      try {
        return await answer;
      } finally {
        running.delete(answer);
      }
    },
    async drain() {
      draining = true;
      await Promise.race([Promise.allSettled(running), wait(patience, undefined, { ref: false })]);
    },
  };
}

import { createJudge, type Delivery, type Exchange, type Judge } from './judge.ts';

/** Watches a local GitHub through a test. Its two functions fit `startLocalGitHub({ observe, observeDelivery })`. */
export interface RecordingJudge {
  readonly observe: (exchange: Exchange) => void;
  readonly observeDelivery: (delivery: Delivery) => void;
  /** Distinct violations so far, in the order of their first occurrence. */
  violations(): string[];
  /** @throws Error that lists the distinct violations, or when nothing was judged at all. */
  assertClean(): void;
}

let shared: Judge | undefined;

/** A judge that collects. The compiled schemas are shared by all judges of the process. */
export function recordingJudge(): RecordingJudge {
  shared ??= createJudge();
  const judge = shared;
  const found = new Set<string>();
  let judged = 0;
  const keep = (violations: readonly string[]): void => {
    judged += 1;
    for (const violation of violations) found.add(violation);
  };
  return {
    observe: (exchange) => keep(judge.exchange(exchange)),
    observeDelivery: (delivery) => keep(judge.delivery(delivery)),
    violations: () => [...found],
    assertClean: () => {
      if (judged === 0) throw new Error('the judge saw no exchange: is it passed to startLocalGitHub?');
      if (found.size === 0) return;
      throw new Error(`${found.size} violations of GitHub's OpenAPI description:\n- ${[...found].join('\n- ')}`);
    },
  };
}

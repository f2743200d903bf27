/** Lets `burst` through at once and `perSecond` after that, for each key. */
export function tokenBuckets(perSecond: number, burst: number): (key: string, now: number) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (key, now) => {
    const known = buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, known.tokens + ((now - known.at) / 1000) * perSecond);
    const allowed = tokens >= 1;
    buckets.delete(key);
    buckets.set(key, { tokens: allowed ? tokens - 1 : tokens, at: now });
    // A full bucket says as much as none.
    for (const [old, { at }] of buckets) {
      if (buckets.size <= 1000 && now - at < (burst / perSecond) * 1000) break;
      buckets.delete(old);
    }
    return allowed;
  };
}

/**
 * Calls at most once an interval for each key; what comes in between is made up for at its end, so the last is shown.
 * @param interval milliseconds, from how many keys were called lately
 */
export function atMostEvery(
  interval: (keys: number) => number,
  call: (key: string) => void,
  now: () => number,
): (key: string) => void {
  const last = new Map<string, number>();
  const waiting = new Set<string>();
  const fire = (key: string): void => {
    last.delete(key);
    last.set(key, now());
    for (const [old, at] of last) {
      if (now() - at < interval(last.size)) break;
      last.delete(old);
    }
    call(key);
  };
  return (key) => {
    const since = now() - (last.get(key) ?? Number.NEGATIVE_INFINITY);
    const wait = interval(last.size + (last.has(key) ? 0 : 1)) - since;
    if (wait <= 0) {
      fire(key);
    } else if (!waiting.has(key)) {
      waiting.add(key);
      const later = () => {
        waiting.delete(key);
        fire(key);
      };
      setTimeout(later, wait).unref();
    }
  };
}

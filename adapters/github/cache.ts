/** A bounded map that forgets what was used longest ago. */
export interface Cache<V> {
  get(key: string): V | undefined;
  set(key: string, value: V): void;
}

/**
 * @param limit how much the cache holds, in the unit of `weigh`
 * @param weigh the weight of one value, 1 unless told
 */
export function leastRecentlyUsed<V>(limit: number, weigh: (value: V) => number = () => 1): Cache<V> {
  const values = new Map<string, V>();
  let weight = 0;
  const drop = (key: string): void => {
    const value = values.get(key);
    if (value === undefined) return;
    weight -= weigh(value);
    values.delete(key);
  };
  return {
    get(key) {
      const value = values.get(key);
      if (value === undefined) return undefined;
      values.delete(key);
      values.set(key, value);
      return value;
    },
    set(key, value) {
      drop(key);
      values.set(key, value);
      weight += weigh(value);
      for (const oldest of values.keys()) {
        if (weight <= limit) break;
        drop(oldest);
      }
    },
  };
}

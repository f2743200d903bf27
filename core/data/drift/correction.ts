export type Correction = 'none' | 'holm' | 'benjamini_hochberg';

export interface Decision {
  readonly rejected: boolean;
  /** The level that this p-value was held against in the end: it is rejected exactly if it is at most this. */
  readonly level: number;
}

/**
 * Decides many tests at once. `holm` (Holm 1979) holds the probability of any false alarm at `level`, however the tests
 * depend on each other; `benjamini_hochberg` (1995) holds the expected share of false ones among the alarms.
 * The decisions are in the order of `pValues`.
 */
export function decideTogether(pValues: readonly number[], level: number, correction: Correction): readonly Decision[] {
  const sorted = [...pValues].sort((a, b) => a - b);
  const held = finalLevels(sorted, level, correction);
  return pValues.map((p) => {
    const rejected = p <= held.rejected;
    return { rejected, level: rejected ? held.rejected : held.kept };
  });
}

function finalLevels(
  sorted: readonly number[],
  level: number,
  correction: Correction,
): Record<'rejected' | 'kept', number> {
  const k = sorted.length;
  switch (correction) {
    case 'none':
      return { rejected: level, kept: level };
    case 'holm': {
      const first = sorted.findIndex((p, index) => p > level / (k - index));
      const count = first === -1 ? k : first;
      // Nothing was rejected: a negative level rejects nothing, also not p = 0.
      return { rejected: count === 0 ? -1 : level / (k - count + 1), kept: level / Math.max(1, k - count) };
    }
    case 'benjamini_hochberg': {
      const count = sorted.findLastIndex((p, index) => p <= (level * (index + 1)) / k) + 1;
      return {
        rejected: count === 0 ? -1 : (level * count) / k,
        kept: (level * Math.min(k, count + 1)) / Math.max(1, k),
      };
    }
  }
}

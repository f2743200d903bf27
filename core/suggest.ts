/** Words longer than this are never typos of ours; the bound keeps the quadratic distance cheap on hostile input. */
const MAX_LENGTH = 64;

/** The candidate nearest to a mistyped word, if it is near enough that a person may have meant it; else null. */
export function didYouMean(word: string, candidates: Iterable<string>): string | null {
  if (word.length > MAX_LENGTH) return null;
  const lower = word.toLowerCase();
  const known = new Set(candidates);
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of known) {
    if (candidate.length > MAX_LENGTH) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance <= tolerance(lower, candidate) && (best === null || distance < best.distance))
      best = { candidate, distance };
  }
  return best === null ? onlyOneThatBegins(lower, known) : best.candidate;
}

/** `prod` for `production`, where nothing else begins so. */
function onlyOneThatBegins(word: string, candidates: ReadonlySet<string>): string | null {
  if (word.length < 3) return null;
  const found = [...candidates].filter((candidate) => candidate.toLowerCase().startsWith(word));
  return found.length === 1 ? (found[0] ?? null) : null;
}

/** `; did you mean "x"?`, or nothing when no candidate is near. */
export function suggestion(word: string, candidates: Iterable<string>): string {
  const meant = didYouMean(word, candidates);
  return meant === null ? '' : `; did you mean "${meant}"?`;
}

function tolerance(word: string, candidate: string): number {
  const length = Math.max(word.length, candidate.length);
  return length <= 3 ? 1 : length <= 7 ? 2 : 3;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours each cost 1. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}

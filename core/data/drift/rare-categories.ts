import { type CategoryTest, type Cell, chiSquaredStatistic, totals } from './categories.ts';
import { lnGamma } from './special-functions.ts';

/**
 * The exact test of a table whose categories are all too rare for χ², such as fifty rows of a new category against a
 * million of another: the one category that departs the most from the rest, by the hypergeometric distribution (Fisher),
 * two-sided, and corrected for the number of categories it was chosen from (Bonferroni). The statistic is χ² of this
 * category against the rest.
 * @param table of two categories or more, both sides not empty
 */
export function rarestTest(table: readonly Cell[]): CategoryTest {
  const [n, m] = totals(table);
  // Of two categories each is the rest of the other.
  const times = 2 * (table.length === 2 ? 1 : table.length);
  const tails = table.map(({ a, b }) => {
    const more = a * m >= b * n;
    const [found, drawn] = more ? [a, n] : [b, m];
    return { more, together: a + b, found, drawn, tail: upperTail(found, a + b, drawn, n + m) };
  });
  const worst = tails.reduce((least, one) => (one.tail < least.tail ? one : least));
  const { more, together, drawn } = worst;
  const statisticAt = (found: number): number => {
    const rest = { a: drawn - found, b: n + m - drawn - (together - found) };
    const cells = [{ a: found, b: together - found }, rest];
    return chiSquaredStatistic(more ? cells : cells.map(({ a, b }) => ({ a: b, b: a })));
  };
  const cutoffAt = (level: number): number => {
    let [low, high] = [Math.floor((together * drawn) / (n + m)), Math.min(together, drawn) + 1];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (times * upperTail(middle, together, drawn, n + m) > level) low = middle;
      else high = middle;
    }
    // χ² of four cells is at most the number of rows: where no count reaches the level, neither does this.
    return high > Math.min(together, drawn) ? n + m + 1 : statisticAt(high);
  };
  return { statistic: statisticAt(worst.found), pValue: Math.min(1, times * worst.tail), cutoffAt };
}

/** P(X ≥ found) of the hypergeometric distribution: `drawn` of `all` rows, of which `marked` are of the category. */
export function upperTail(found: number, marked: number, drawn: number, all: number): number {
  const least = Math.max(0, drawn + marked - all);
  if (found <= least) return 1;
  const most = Math.min(marked, drawn);
  if (found > most) return 0;
  let term = Math.exp(lnChoose(marked, found) + lnChoose(all - marked, drawn - found) - lnChoose(all, drawn));
  let sum = 0;
  for (let x = found; x <= most; x += 1) {
    sum += term;
    if (term < sum * 1e-17 && x > (marked * drawn) / all) break;
    term *= ((marked - x) * (drawn - x)) / ((x + 1) * (all - marked - drawn + x + 1));
  }
  return Math.min(1, sum);
}

/** Factors are added one by one where they are few: differences of ln Γ lose digits where the numbers are large. */
const FEW = 10_000;

function lnChoose(n: number, k: number): number {
  const few = Math.min(k, n - k);
  if (few > FEW) return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
  let sum = 0;
  for (let i = 1; i <= few; i += 1) sum += Math.log((n - few + i) / i);
  return sum;
}

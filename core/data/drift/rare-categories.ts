import { type CategoryTest, type Cell, chiSquaredStatistic, totals } from './categories.ts';
import { lnGamma } from './special-functions.ts';

/**
 * The exact test of categories that are too rare for χ², such as fifty rows of a new category against a million of
 * another: the one that departs the most from the rest, by the hypergeometric distribution (Fisher), two-sided, and
 * corrected for the number of categories it was chosen from (Bonferroni). The statistic is χ² of this category against
 * the rest.
 * @param table of two categories or more, both sides not empty
 * @param looked of the table, those to choose from; one at least
 */
export function rarestTest(table: readonly Cell[], looked: readonly Cell[] = table): CategoryTest {
  const [n, m] = totals(table);
  // Of two categories each is the rest of the other.
  const times = 2 * (table.length === 2 ? 1 : looked.length);
  const tails = looked.map(({ a, b }) => {
    const more = a * m >= b * n;
    const [found, drawn] = more ? [a, n] : [b, m];
    return { more, together: a + b, found, drawn, tail: upperTail(found, a + b, drawn, n + m) };
  });
  const worst = tails.reduce((least, one) => (one.tail < least.tail ? one : least));
  const { more, together, drawn } = worst;
  const against = (found: number): readonly Cell[] => {
    const rest = { a: drawn - found, b: n + m - drawn - (together - found) };
    const cells = [{ a: found, b: together - found }, rest];
    return more ? cells : cells.map(({ a, b }) => ({ a: b, b: a }));
  };
  const statisticAt = (found: number): number => chiSquaredStatistic(against(found));
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
  const compared = against(worst.found);
  return { statistic: chiSquaredStatistic(compared), pValue: Math.min(1, times * worst.tail), cutoffAt, compared };
}

/** A test and the least statistic that matters. */
interface Mattering extends Omit<CategoryTest, 'compared'> {
  readonly floor: number;
}

/**
 * Two tests of the same table as one: the one that finds more, at half of the level (Bonferroni), so that both together
 * alarm no more often than one does. One that finds less than matters is not chosen where the other finds more.
 */
export function eitherOf<Test extends Mattering>(tests: readonly [Test, Test]): Test {
  const mattering = tests.filter(({ statistic, floor }) => statistic >= floor);
  const [first, ...others] = mattering.length > 0 ? mattering : tests;
  const chosen = others.reduce(
    (least, one) => ((one.pValue ?? 1) < (least.pValue ?? 1) ? one : least),
    first ?? tests[0],
  );
  return {
    ...chosen,
    pValue: Math.min(1, 2 * (chosen.pValue ?? 1)),
    cutoffAt: (level) => chosen.cutoffAt(level / 2),
  };
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

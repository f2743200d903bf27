import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  chiSquaredStatistic,
  chiSquaredTest,
  jensenShannonDivergence,
} from '../../../../core/data/drift/categories.ts';
import { decideTogether } from '../../../../core/data/drift/correction.ts';
import { compareDrift } from '../../../../core/data/drift/drift.ts';
import { ksTest } from '../../../../core/data/drift/kolmogorov-smirnov.ts';
import { countNumbers, numberCounts } from '../../../../core/data/drift/number-counts.ts';
import type { ColumnSample } from '../../../../core/data/drift/sample.ts';
import {
  chiSquaredTail,
  criticalValue,
  gammaQ,
  kolmogorovTail,
} from '../../../../core/data/drift/special-functions.ts';
import { wassersteinDistance } from '../../../../core/data/drift/wasserstein.ts';
import { numbersColumn } from '../../../../core/data/profile/number-column.ts';
import { pythonWith } from '../../../python.ts';
import { expectDigits, normalFrom, randomFrom } from './digits.ts';

let python: ReturnType<typeof pythonWith>;
beforeAll(() => {
  python = pythonWith('scipy==1.17.1', 'numpy==2.4.6');
}, 600_000);
afterAll(() => python.remove());

/** Runs a Python expression over `x`, what is given as JSON. */
function scipy(input: unknown, expression: string): unknown {
  const script = `
import json, sys, numpy as np, scipy.stats as st, scipy.special as sp
from scipy.spatial.distance import jensenshannon
x = json.load(sys.stdin)
print(json.dumps(${expression}))`;
  return JSON.parse(
    execFileSync(python.bin('python'), ['-c', script], { input: JSON.stringify(input), encoding: 'utf8' }),
  );
}

function numbersFrom(value: unknown): number[] {
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'number')) throw new Error('expected numbers');
  return value;
}

function samples(): [number[], number[]][] {
  const random = randomFrom(99);
  const normal = normalFrom(random);
  const draws = [normal, () => Math.round(normal() * 3), () => Math.exp(normal() * 2), () => 1.7e12 + random() * 1e6];
  return Array.from({ length: 40 }, (_, index) => {
    const draw = draws[index % draws.length] ?? normal;
    const size = (): number => 1 + Math.floor(random() * (index < 20 ? 150 : 4000));
    return [Array.from({ length: size() }, draw), Array.from({ length: size() }, draw)];
  });
}

test('KS and Wasserstein of samples with and without ties agree with scipy to 10 digits', () => {
  const pairs = samples();
  const expected = scipy(
    pairs,
    '[v for a, b in x for v in (st.ks_2samp(a, b).statistic, st.wasserstein_distance(a, b))]',
  );
  const found = pairs.flatMap(([x, y]) => {
    const [a, b] = [countNumbers(x), countNumbers(y)];
    return [ksTest(a, b).statistic, wassersteinDistance(a, b)];
  });
  numbersFrom(expected).forEach((value, index) => {
    expectDigits(found[index] ?? Number.NaN, value, 10);
  });
});

test('exact p-values without ties agree with scipy to 10 digits', () => {
  const normal = normalFrom(randomFrom(7));
  const pairs = [
    [5, 9],
    [20, 20],
    [31, 60],
    [150, 200],
    [3, 900],
  ].map(([n, m]) => [n, m].map((size) => Array.from({ length: size ?? 0 }, normal)));
  const expected = numbersFrom(scipy(pairs, "[st.ks_2samp(a, b, method='exact').pvalue for a, b in x]"));
  pairs.forEach(([x = [], y = []], index) => {
    expectDigits(ksTest(countNumbers(x), countNumbers(y)).pValue, expected[index] ?? Number.NaN, 10);
  });
});

test('χ², Jensen-Shannon and their tables agree with scipy to 10 digits', () => {
  const random = randomFrom(8);
  const tables = Array.from({ length: 60 }, (_, index) =>
    Array.from({ length: 2 + (index % 30) }, () => [1 + Math.floor(random() * 5000), 1 + Math.floor(random() * 900)]),
  );
  const expected = numbersFrom(
    scipy(
      tables,
      '[v for t in x for T in [np.array(t)] for v in (st.chi2_contingency(T, correction=False).statistic, jensenshannon(T[:,0], T[:,1], base=2))]',
    ),
  );
  const found = tables.flatMap((table) => {
    const cells = table.map(([a = 0, b = 0]) => ({ a, b }));
    return [chiSquaredStatistic(cells), Math.sqrt(jensenShannonDivergence(cells) / Math.LN2)];
  });
  found.forEach((value, index) => {
    expectDigits(value, expected[index] ?? Number.NaN, 10);
  });
});

test('tails agree with scipy to 10 digits wherever they are above 1e-100', () => {
  const random = randomFrom(9);
  const places = Array.from({ length: 300 }, () => {
    const df = Math.ceil(Math.exp(random() * 9));
    return [df, Math.max(0.01, df + (random() * 12 - 4) * Math.sqrt(2 * df)), 0.2 + random() * 5] as const;
  });
  const expected = numbersFrom(
    scipy(places, '[v for k, c, d in x for v in (st.chi2.sf(c, k), sp.gammaincc(k, c), st.kstwobign.sf(d))]'),
  );
  const found = places.flatMap(([k, c, d]) => [chiSquaredTail(c, k), gammaQ(k, c), kolmogorovTail(d)]);
  found.forEach((value, index) => {
    const other = expected[index] ?? Number.NaN;
    if (other > 1e-100) expectDigits(value, other, 10);
  });
});

test('mean and deviation of a profile agree with numpy to 10 digits', () => {
  const all = samples()
    .map(([a]) => a)
    .filter((values) => values.length > 1);
  const expected = numbersFrom(scipy(all, '[v for a in x for v in (np.mean(a), np.std(a, ddof=1))]'));
  all.forEach((values, index) => {
    const pairs = values.map((value): [number, number] => [value, 1]);
    const { mean, squares } = numbersColumn({ name: 'x', type: 'number', nulls: 0, nan: 0, pairs }, 64);
    const scale = Math.max(Math.abs(expected[2 * index] ?? 0), expected[2 * index + 1] ?? 0);
    expect(Math.abs((mean ?? Number.NaN) - (expected[2 * index] ?? 0)) / scale).toBeLessThan(1e-10);
    expectDigits(Math.sqrt((squares ?? Number.NaN) / (values.length - 1)), expected[2 * index + 1] ?? Number.NaN, 10);
  });
});

test('cut-offs agree with scipy’s critical values to 10 digits', () => {
  const random = randomFrom(10);
  const places = Array.from({ length: 100 }, () => [Math.ceil(random() * 200), 10 ** (-1 - random() * 8)] as const);
  const expected = numbersFrom(scipy(places, '[v for k, a in x for v in (st.chi2.isf(a, k), st.kstwobign.isf(a))]'));
  places.forEach(([k, level], index) => {
    expectDigits(
      criticalValue((at) => chiSquaredTail(at, k), level),
      expected[2 * index] ?? Number.NaN,
      10,
    );
    expectDigits(criticalValue(kolmogorovTail, level), expected[2 * index + 1] ?? Number.NaN, 10);
  });
});

test('χ² of whole columns, its p-value and the limit p-value of KS agree with scipy to 10 digits', () => {
  const random = randomFrom(13);
  const columns = Array.from({ length: 30 }, () => {
    const side = (): number[] => Array.from({ length: 4 }, () => 200 + Math.floor(random() * 300));
    return [side(), side()] as const;
  });
  const expected = numbersFrom(
    scipy(
      columns,
      '[v for a, b in x for c in [st.chi2_contingency([a, b], correction=False)] for v in (c.statistic, c.pvalue)]',
    ),
  );
  columns.forEach(([a, b], index) => {
    const counts = (side: readonly number[]) => new Map(side.map((count, at) => [`c${at}`, count]));
    const { statistic, pValue } = chiSquaredTest(counts(a), counts(b));
    expectDigits(statistic, expected[2 * index] ?? Number.NaN, 10);
    if ((expected[2 * index + 1] ?? 0) > 1e-100) expectDigits(pValue ?? Number.NaN, expected[2 * index + 1] ?? 0, 10);
  });
  const normal = normalFrom(random);
  const draws = Array.from({ length: 20 }, () => [450, 700].map((size) => Array.from({ length: size }, normal)));
  const limits = numbersFrom(
    scipy(
      draws,
      '[st.kstwobign.sf(np.sqrt(len(a) * len(b) / (len(a) + len(b))) * st.ks_2samp(a, b).statistic) for a, b in x]',
    ),
  );
  draws.forEach(([a = [], b = []], index) => {
    expectDigits(ksTest(countNumbers(a), countNumbers(b)).pValue, limits[index] ?? Number.NaN, 10);
  });
});

test('p-values of few rows with rare categories are those of scipy’s χ² and Fisher’s exact test together', () => {
  const random = randomFrom(16);
  const tables = Array.from({ length: 60 }, (_, index) => {
    const rare = Array.from({ length: 1 + (index % 5) }, () => [
      Math.floor(random() * 4),
      1 + Math.floor(random() * 40),
    ]);
    const common = Array.from({ length: 3 }, () => [
      10 + Math.floor(random() * 30),
      3000 + Math.floor(random() * 2000),
    ]);
    return [...rare, ...common];
  });
  // What is rare is put together with the rarest of the others until it is expected five times.
  const expected = numbersFrom(
    scipy(
      tables,
      `[min(1, 2 * min(st.chi2_contingency([pool] + rest, correction=False).pvalue, 2 * len(cut) * min(min(
          st.hypergeom.sf(a - 1, n + m, a + b, n), st.hypergeom.cdf(a, n + m, a + b, n)) for a, b in cut)))
        for t in x
        for n, m in [[sum(c) for c in zip(*t)]]
        for s in [sorted(t, key=sum)]
        for k in [next(k for k in range(1, len(s) + 1) if sum(map(sum, s[:k])) * n / (n + m) >= 5
                       and (k == len(s) or sum(s[k]) * n / (n + m) >= 5))]
        for cut, rest in [(s[:k], s[k:])]
        for pool in [[sum(c) for c in zip(*cut)]]]`,
    ),
  );
  const named = (table: readonly (readonly number[])[], side: 0 | 1): ColumnSample => {
    const counts = table.map((row, at): [string, number] => [`c${at}`, row[side] ?? 0]);
    return { kind: 'categories', counts: new Map(counts.filter(([, count]) => count > 0)), nulls: 0, others: 0 };
  };
  tables.forEach((table, index) => {
    const sides = { head: named(table, 0), base: named(table, 1) };
    const [result] = compareDrift([{ column: 'x', ...sides, test: null, smallestEffect: 0 }]).results;
    expectDigits(result?.pValue ?? Number.NaN, expected[index] ?? Number.NaN, 10);
  });
});

test('value counts give the distances that all values one by one do', () => {
  const random = randomFrom(14);
  const weighted = Array.from({ length: 20 }, () =>
    [0, 1].map(() => {
      const values = Array.from({ length: 30 }, () => Math.round(random() * 200) / 4);
      return [values, values.map(() => 1 + Math.floor(random() * 1000))] as const;
    }),
  );
  const expected = numbersFrom(scipy(weighted, '[st.wasserstein_distance(a[0], b[0], a[1], b[1]) for a, b in x]'));
  weighted.forEach((pair, index) => {
    const [a, b] = pair.map(([values, counts]) =>
      numberCounts(values.map((value, at) => [value, counts[at] ?? 0] as const)),
    );
    if (a === undefined || b === undefined) throw new Error('expected two sides');
    expectDigits(wassersteinDistance(a, b), expected[index] ?? Number.NaN, 10);
  });
});

test('what Benjamini and Hochberg reject is what scipy’s adjusted p-values reject', () => {
  const random = randomFrom(15);
  const lists = Array.from({ length: 50 }, () =>
    Array.from({ length: 1 + Math.floor(random() * 40) }, () => random() ** 3),
  );
  const adjusted = scipy(lists, '[list(st.false_discovery_control(p)) for p in x]');
  if (!Array.isArray(adjusted)) throw new Error('expected lists');
  lists.forEach((list, index) => {
    const expected = numbersFrom(adjusted[index]).map((p) => p <= 0.05);
    expect(decideTogether(list, 0.05, 'benjamini_hochberg').map(({ rejected }) => rejected)).toEqual(expected);
  });
});

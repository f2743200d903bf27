import { expect, test } from 'vitest';
import {
  chiSquaredTail,
  criticalValue,
  gammaQ,
  kolmogorovTail,
  lnGamma,
} from '../../../../core/data/drift/special-functions.ts';
import { expectDigits } from './digits.ts';

// scipy 1.17.1: gammaln(x)
test.each([
  [0.1, 2.252712651734206],
  [0.5, 0.5723649429247],
  [1.5, -0.12078223763524526],
  [3, Math.LN2],
  [10.25, 13.368023671476045],
  [171.5, 709.1431630309283],
  [12345.6, 103959.18506616844],
])('ln Γ(%s) agrees with scipy', (x, expected) => expectDigits(lnGamma(x), expected, 13));

// scipy 1.17.1: gammaincc(a, x)
test.each([
  [0.5, 0.1, 0.6547208460185768],
  [0.5, 8, 6.334248366623988e-5],
  [2, 3, 0.1991482734714558],
  [10, 30, 7.121750862815593e-6],
  [19.5, 19, 0.5153445268322934],
  [25, 60, 1.0958807112599678e-7],
  [500, 480, 0.8137180268096754],
  [500, 700, 7.032145641828496e-16],
  [50000, 50600, 0.003746369096905412],
  [50000, 49000, 0.9999966152457719],
])('Q(%s, %s) agrees with scipy', (a, x, expected) => expectDigits(gammaQ(a, x), expected, 11));

// scipy 1.17.1: chi2.sf(x, k)
test.each([
  [3.84, 1, 0.05004352124870519],
  [0.01, 1, 0.920344325445942],
  [12, 5, 0.03478778050624185],
  [200, 99, 8.19391189142209e-9],
  [80, 1, 3.744097384202887e-19],
])('P(χ² ≥ %s) with %s degrees of freedom agrees with scipy', (x, df, expected) => {
  expectDigits(chiSquaredTail(x, df), expected, 11);
});

// scipy 1.17.1: kstwobign.sf(x)
test.each([
  [0.2, 0.999999999999495],
  [0.3, 0.9999906941986655],
  [0.5, 0.9639452436648751],
  [0.8, 0.5441424115741981],
  [0.99, 0.2808738392255489],
  [1, 0.26999967167735456],
  [1.01, 0.25943416909359746],
  [1.36, 0.049485876755377876],
  [1.63, 0.009846364888486529],
  [3, 3.045995948942526e-8],
  [5, 3.8574996959278356e-22],
])("Kolmogorov's tail at %s agrees with scipy", (x, expected) => expectDigits(kolmogorovTail(x), expected, 11));

test.each([0, -1, Number.NaN])('a tail at %s is 1', (x) => {
  expect([gammaQ(2, x), kolmogorovTail(x)]).toEqual([1, 1]);
});

test('a tail at infinity is 0', () => {
  expect([gammaQ(2, Infinity), kolmogorovTail(Infinity)]).toEqual([0, 0]);
});

test.each([0.5, 0.05, 1e-3, 1e-9])('the critical value at level %s has exactly that tail', (level) => {
  for (const df of [1, 7, 400]) {
    const tail = (x: number): number => chiSquaredTail(x, df);
    const found = criticalValue(tail, level);
    expectDigits(tail(found), level, 9);
    expect(tail(found)).toBeLessThanOrEqual(level);
  }
});

/** Of `Q(a, x)` and its complement: past this many terms the value is as exact as it gets. */
const MAX_TERMS = 200_000;
const EPSILON = 2 ** -52;

// Lanczos, g = 607/128, n = 15: the coefficients of P. Godfrey, relative error below 1e-15.
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  3.399464998481189e-5, 4.652362892704858e-5, -9.837447530487956e-5, 0.0001580887032249125, -0.00021026444172410488,
  0.00021743961811521265, -0.0001643181065367639, 8.441822398385275e-5, -2.6190838401581408e-5, 3.6899182659531625e-6,
];

/** ln Γ(x) for x > 0. */
export function lnGamma(x: number): number {
  const shift = x + 607 / 128 - 0.5;
  let sum = LANCZOS[0] ?? 0;
  for (let index = 1; index < LANCZOS.length; index += 1) sum += (LANCZOS[index] ?? 0) / (x - 1 + index);
  return (x - 0.5) * Math.log(shift) - shift + Math.log(Math.sqrt(2 * Math.PI) * sum);
}

/**
 * The regularised upper incomplete gamma function Q(a, x), a > 0: the probability that a gamma variable of shape `a`
 * and scale 1 exceeds `x`. Series below a + 1, Lentz's continued fraction above (Abramowitz and Stegun 6.5.29, 6.5.31).
 */
export function gammaQ(a: number, x: number): number {
  if (!(x > 0)) return 1;
  if (x === Infinity) return 0;
  const front = Math.exp(lnFront(a, x));
  return x < a + 1 ? clamp(1 - front * series(a, x)) : clamp(front * fraction(a, x));
}

/** ln(x^a e^-x / Γ(a)). For large `a` written around its peak, where the terms would cancel to a few digits. */
function lnFront(a: number, x: number): number {
  if (a < 20) return a * Math.log(x) - x - lnGamma(a);
  const d = (x - a) / a;
  // Stirling's series for ln Γ(a); its next term is below 1e-16 from a = 20 on.
  const stirling = 1 / (12 * a) - 1 / (360 * a ** 3) + 1 / (1260 * a ** 5) - 1 / (1680 * a ** 7) + 1 / (1188 * a ** 9);
  return a * log1pMinus(d) + 0.5 * Math.log(a / (2 * Math.PI)) - stirling;
}

/** ln(1 + d) − d without cancellation near zero. */
function log1pMinus(d: number): number {
  if (Math.abs(d) > 0.1) return Math.log1p(d) - d;
  let sum = 0;
  let power = -d;
  for (let n = 2; n < 40; n += 1) {
    power *= -d;
    sum -= power / n;
  }
  return sum;
}

function series(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let n = 1; n < MAX_TERMS && Math.abs(term) > Math.abs(sum) * EPSILON * 0.1; n += 1) {
    term *= x / (a + n);
    sum += term;
  }
  return sum;
}

function fraction(a: number, x: number): number {
  const tiny = 1e-300;
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let value = d;
  for (let n = 1; n < MAX_TERMS; n += 1) {
    const numerator = -n * (n - a);
    b += 2;
    d = nonZero(numerator * d + b, tiny);
    c = nonZero(b + numerator / c, tiny);
    d = 1 / d;
    const change = d * c;
    value *= change;
    if (Math.abs(change - 1) < EPSILON) break;
  }
  return value;
}

/** P(χ² with `df` degrees of freedom ≥ x). */
export function chiSquaredTail(x: number, df: number): number {
  return gammaQ(df / 2, x / 2);
}

/**
 * P(K ≥ x) of Kolmogorov's limit distribution, the supremum of a Brownian bridge's absolute value (Kolmogorov 1933).
 * Jacobi's theta transformation where the alternating series converges slowly.
 */
export function kolmogorovTail(x: number): number {
  if (!(x > 0)) return 1;
  if (x < 1) {
    const q = -(Math.PI ** 2) / (8 * x * x);
    let sum = 0;
    for (let k = 1; k <= 13; k += 2) sum += Math.exp(q * k * k);
    return clamp(1 - (Math.sqrt(2 * Math.PI) / x) * sum);
  }
  let sum = 0;
  for (let k = 1; k <= 10; k += 1) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return clamp(sum);
}

/**
 * The smallest x ≥ 0 with tail(x) ≤ level, for a tail that falls from 1 to 0: what a statistic must reach to be
 * significant at that level. `level` in (0, 1).
 */
export function criticalValue(tail: (x: number) => number, level: number): number {
  let [low, high] = [0, 1];
  while (tail(high) > level && high < 1e300) [low, high] = [high, high * 2];
  for (let round = 0; round < 200; round += 1) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (tail(middle) > level) low = middle;
    else high = middle;
  }
  return high;
}

function nonZero(value: number, tiny: number): number {
  return Math.abs(value) < tiny ? tiny : value;
}

function clamp(probability: number): number {
  return Math.min(1, Math.max(0, probability));
}

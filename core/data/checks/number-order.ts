/** Below it, what is set up to sort by digits costs more than comparing. */
const FEW = 4096;
const DIGIT_BITS = 16;
const DIGITS = 64 / DIGIT_BITS;

/** The places of numbers in ascending order, equal ones as they came; none of them is NaN. -0 and 0 are in either order. */
export function ascending(numbers: Float64Array): Uint32Array {
  const order = new Uint32Array(numbers.length);
  for (let at = 0; at < order.length; at += 1) order[at] = at;
  if (numbers.length < FEW) return order.sort((a, b) => (numbers[a] ?? 0) - (numbers[b] ?? 0));
  return sortByDigits(order, orderedDigits(numbers));
}

/** Digits of 16 bits, the lowest of each number first, that sort as the numbers do (see profile/ordered-bits.ts). */
function orderedDigits(numbers: Float64Array): Uint16Array {
  const words = new Uint32Array(numbers.slice().buffer);
  for (let at = 0; at < words.length; at += 2) {
    const negative = (words[at + 1] ?? 0) >>> 31 === 1;
    words[at] = (words[at] ?? 0) ^ (negative ? 0xffffffff : 0);
    words[at + 1] = (words[at + 1] ?? 0) ^ (negative ? 0xffffffff : 0x80000000);
  }
  return new Uint16Array(words.buffer);
}

/** By the lowest digit first, each time keeping the order of what is equal. */
function sortByDigits(first: Uint32Array, digits: Uint16Array): Uint32Array {
  let order = first;
  let other: Uint32Array = new Uint32Array(first.length);
  const starts = new Uint32Array(2 ** DIGIT_BITS);
  for (let digit = 0; digit < DIGITS; digit += 1) {
    starts.fill(0);
    for (let at = digit; at < digits.length; at += DIGITS) {
      const value = digits[at] ?? 0;
      starts[value] = (starts[value] ?? 0) + 1;
    }
    // All alike: there is nothing to sort by.
    if (starts[digits[digit] ?? 0] === first.length) continue;
    let sum = 0;
    for (let value = 0; value < starts.length; value += 1) {
      const count = starts[value] ?? 0;
      starts[value] = sum;
      sum += count;
    }
    for (const index of order) {
      const value = digits[index * DIGITS + digit] ?? 0;
      const place = starts[value] ?? 0;
      other[place] = index;
      starts[value] = place + 1;
    }
    [order, other] = [other, order];
  }
  return order;
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RepeatFinder } from '../../../../adapters/duckdb/worker/repeats.ts';

const findRepeats = (hashes: Uint32Array): readonly bigint[] | null => new RepeatFinder().find(hashes);
const words = (hashes: readonly bigint[]): Uint32Array => new Uint32Array(BigUint64Array.from(hashes).buffer);
const spread = (count: number): bigint[] =>
  Array.from({ length: count }, (_, at) => BigInt.asUintN(64, BigInt(at) * 0x9e3779b97f4a7c15n));

/** Each hash as often as it comes again. */
function reference(hashes: readonly bigint[]): bigint[] {
  const before = new Set<bigint>();
  return hashes.filter((hash) => before.has(hash) || !before.add(hash)).toSorted((a, b) => (a < b ? -1 : 1));
}

const sorted = (found: readonly bigint[] | null): readonly bigint[] | undefined =>
  found?.toSorted((a, b) => (a < b ? -1 : 1));

test('of any hashes, those that were there before are found, as often as they come again, and no others', () => {
  const hash = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 8n }));
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 100 }), (hashes) => {
      expect(sorted(findRepeats(words(hashes)))).toEqual(reference(hashes));
    }),
  );
});

test('among very many hashes the few that repeat are found', () => {
  const hashes = spread(300_000);
  const again = [hashes[0] ?? 0n, hashes[123_456] ?? 0n, hashes[299_999] ?? 0n, hashes[299_999] ?? 0n];
  expect(sorted(findRepeats(words([...hashes, ...again])))).toEqual(again.toSorted((a, b) => (a < b ? -1 : 1)));
});

test('hashes that differ in one bit are not taken for one another', () => {
  const one = 0x0123456789abcdefn;
  const near = Array.from({ length: 64 }, (_, bit) => one ^ (1n << BigInt(bit)));
  expect(findRepeats(words([one, ...near]))).toEqual([]);
});

test('hashes that were made to meet in one slot are refused instead of searched for ever', () => {
  const low = (high: number): number => Math.imul(high, 0x9e3779b1) >>> 0;
  const same = Array.from({ length: 2000 }, (_, at) => (BigInt(at + 1) << 32n) | BigInt(low(at + 1)));
  expect(findRepeats(words(same))).toBeNull();
});

test('what one part held is forgotten in the next', () => {
  const finder = new RepeatFinder();
  expect(finder.find(words([1n, 2n, 2n]))).toEqual([2n]);
  expect(finder.find(words([1n, 2n]))).toEqual([]);
});

test('no hashes have no repeats', () => {
  expect(findRepeats(new Uint32Array(0))).toEqual([]);
});

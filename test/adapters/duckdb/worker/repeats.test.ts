import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HashSet } from '../../../../adapters/duckdb/worker/repeats.ts';

const words = (hashes: readonly bigint[]): Uint32Array => new Uint32Array(BigUint64Array.from(hashes).buffer);

test('of any hashes, those that were there before are found again', () => {
  const hash = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 8n }));
  fc.assert(
    fc.property(fc.array(fc.array(hash, { maxLength: 20 }), { maxLength: 5 }), (chunks) => {
      const set = HashSet.of(chunks.flat().length);
      const before = new Set<bigint>();
      for (const chunk of chunks) {
        const again = new Set(set?.add(words(chunk)));
        for (const [at, one] of chunk.entries()) {
          if (before.has(one)) expect(again.has(at)).toBe(true);
          before.add(one);
        }
      }
    }),
  );
});

test('hashes that differ are not taken for one another', () => {
  const set = HashSet.of(20_000);
  const hashes = Array.from({ length: 20_000 }, (_, at) => BigInt.asUintN(64, BigInt(at) * 0x9e3779b97f4a7c15n));
  expect(set?.add(words(hashes))).toEqual([]);
});

test('more hashes than were announced are refused', () => {
  const set = HashSet.of(10);
  const many = Array.from({ length: 3000 }, (_, at) => BigInt.asUintN(64, BigInt(at) * 0x9e3779b97f4a7c15n));
  expect(set?.add(words(many))).toBeNull();
});

test('hashes that were made to meet in one slot are refused instead of searched for ever', () => {
  const set = HashSet.of(100_000);
  const low = (high: number): number => Math.imul(high, 0x9e3779b1) >>> 0;
  const same = Array.from({ length: 2000 }, (_, at) => (BigInt(at + 1) << 32n) | BigInt(low(at + 1)));
  expect(set?.add(words(same))).toBeNull();
});

test('a table too large for memory is left to a query', () => {
  expect(HashSet.of(100_000_000)).toBeNull();
});

import { describe, expect, test } from 'vitest';
import { leaseWatch } from '../../../app/durable/lease-watch.ts';

const LEASE = 3_000;
const executor = (renewals: number, lease = LEASE) => ({ executor: 'a', renewals, lease });

/** When, in looks of half a second, the process counts as gone. */
function goneAt(renewals: readonly number[]): number {
  const watch = leaseWatch();
  return renewals.findIndex((count, look) => watch.look([executor(count)], look * 500).length > 0);
}

describe('a process that shares the database', () => {
  test('is gone when it was seen unchanged for as long as its lease lasts', () => {
    expect(goneAt([4, 4, 4, 4, 4, 4, 4])).toBe(6);
  });

  test('is there for as long as it renews', () => {
    expect(goneAt(Array.from({ length: 100 }, (_, look) => Math.floor(look / 5)))).toBe(-1);
  });

  test('gets the time of a lease from when it renewed late', () => {
    expect(goneAt([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2])).toBe(11);
  });

  test('gets the time of a lease anew when nobody could look for a while: it could not renew either', () => {
    const watch = leaseWatch();
    for (const at of [0, 500, 1_000]) expect(watch.look([executor(1)], at)).toEqual([]);
    expect(watch.look([executor(1)], 60_000)).toEqual([]);
    const looks = [500, 1_000, 1_500, 2_000, 2_500, 3_000].map((at) => watch.look([executor(1)], 60_000 + at).length);
    expect(looks).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test('is judged by its own lease, and not by that of others', () => {
    const watch = leaseWatch();
    const others = [executor(1), { executor: 'b', renewals: 1, lease: 1_000 }];
    const gone = [0, 500, 1_000].map((at) => watch.look(others, at).map(({ executor: name }) => name));
    expect(gone).toEqual([[], [], ['b']]);
  });
});

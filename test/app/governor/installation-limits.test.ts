import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type SharedLimits, sharedLimits } from '../../../app/governor/installation-limits.ts';
import { type Ask, UNKNOWN } from '../../../app/governor/limits.ts';
import { memoryStore } from '../../../app/governor/memory-store.ts';
import type { LimitStore } from '../../../app/governor/store.ts';
import { PortError } from '../../../flows/ports.ts';
import { most } from './most.ts';

const NOW = 1_790_000_000_000;
const write: Ask = { kind: 'write', priority: 'person' };
const read: Ask = { kind: 'read', priority: 'person' };

/** A clock that the test moves, a store that counts what it is asked, and replicas with clocks of their own. */
function world() {
  const clock = { now: NOW };
  const inner = memoryStore(() => clock.now);
  const asked: string[] = [];
  const store: LimitStore = {
    async read(id) {
      asked.push('read');
      return inner.read(id);
    },
    async swap(...args) {
      asked.push('swap');
      return inner.swap(...args);
    },
  };
  const replica = (skew = 0): SharedLimits =>
    sharedLimits(
      () => store,
      1,
      () => clock.now - NOW + skew,
    );
  return { clock, store, asked, replica };
}

describe('replicas on one store', () => {
  const run = fc.record({
    replicas: fc.integer({ min: 1, max: 4 }),
    // What passes on the clock with each question to the store.
    pauses: fc
      .constantFrom(30, 100, 900, 20_000)
      .chain((longest) => fc.array(fc.nat(longest), { minLength: 5, maxLength: 30 })),
    asks: fc.array(
      fc.record({
        kind: fc.constantFrom<Ask['kind']>('write', 'creation'),
        priority: fc.constantFrom<Ask['priority']>('person', 'person', 'background'),
      }),
      { minLength: 100, maxLength: 400, size: 'max' },
    ),
  });

  test('send at most 80 writes in any minute and 500 creations in any hour, however they come between each other', async () => {
    await fc.assert(
      fc.asyncProperty(run, fc.scheduler(), async ({ replicas, pauses, asks }, scheduler) => {
        const { clock, store } = world();
        let count = 0;
        const passing = async <T>(action: () => Promise<T>): Promise<T> => {
          await scheduler.schedule(Promise.resolve());
          count += 1;
          clock.now += pauses[count % pauses.length] ?? 0;
          return action();
        };
        const slow: LimitStore = {
          read: (id) => passing(() => store.read(id)),
          swap: (...args) => passing(() => store.swap(...args)),
        };
        const sent: { at: number; kind: Ask['kind'] }[] = [];
        const works = Array.from({ length: replicas }, async (_, index) => {
          const limits = sharedLimits(
            () => slow,
            1,
            () => clock.now - NOW + index * 1e6,
          );
          for (const [place, ask] of asks.entries()) {
            if (place % replicas !== index) continue;
            const taken = await limits.take(ask).catch(() => null);
            if (taken?.granted) sent.push({ at: Math.max(clock.now, taken.at), kind: ask.kind });
          }
        });
        await scheduler.waitFor(Promise.all(works));
        expect(
          most(
            sent.map(({ at }) => at),
            60_000,
          ),
        ).toBeLessThanOrEqual(80);
        const creations = sent.filter(({ kind }) => kind === 'creation').map(({ at }) => at);
        expect(most(creations, 3_600_000)).toBeLessThanOrEqual(500);
      }),
      { numRuns: 40 },
    );
  });

  test('heed what GitHub said to another one, a second later', async () => {
    const { clock, replica } = world();
    const [one, two] = [replica(), replica(5e6)];
    expect(await two.look(read)).toBeNull();
    await one.block(30);
    clock.now += 1100;
    await two.look(read);
    await new Promise(setImmediate);
    expect(await two.look(read)).toEqual({ why: 'blocked', until: NOW + 30_000 });
  });

  test('heed it at once when they want to write', async () => {
    const { replica } = world();
    const [one, two] = [replica(), replica(5e6)];
    await two.take(write);
    await one.block(30);
    expect(await two.take(write)).toMatchObject({ granted: false, refusal: { why: 'blocked', until: NOW + 30_000 } });
  });

  test('know together what is left of the hour', async () => {
    const { clock, replica } = world();
    const [one, two] = [replica(), replica(5e6)];
    await two.look(read);
    await one.look(read);
    one.hear({ remaining: 0, limit: 5000, reset: NOW / 1000 + 600 });
    expect(await one.look(read)).toMatchObject({ why: 'exhausted' });
    clock.now += 1100;
    await one.look(read);
    await new Promise(setImmediate);
    clock.now += 5000;
    expect(await two.look(read)).toMatchObject({ why: 'exhausted', until: NOW + 600_000 });
  });
});

describe('the store', () => {
  test('is asked once for each write', async () => {
    const { asked, replica } = world();
    const limits = replica();
    await limits.take(write);
    asked.length = 0;
    for (let writes = 0; writes < 5; writes += 1) {
      limits.hear({ remaining: 4000 - writes, limit: 5000, reset: NOW / 1000 + 600 });
      await limits.take(write);
    }
    expect(asked).toEqual(['swap', 'swap', 'swap', 'swap', 'swap']);
  });

  test('is asked nothing for reads within a second', async () => {
    const { asked, replica } = world();
    const limits = replica();
    await limits.look(read);
    asked.length = 0;
    for (let reads = 0; reads < 50; reads += 1) {
      await limits.look(read);
      limits.hear({ remaining: 4000 - reads, limit: 5000, reset: NOW / 1000 + 600 });
    }
    expect(asked).toEqual([]);
  });

  test('that can not be asked anew keeps no read from being sent, but each write', async () => {
    const { clock, store } = world();
    let away = false;
    const sometimes: LimitStore = {
      async read(id) {
        if (away) throw new PortError('unavailable', 'away');
        return store.read(id);
      },
      async swap(...args) {
        if (away) throw new PortError('unavailable', 'away');
        return store.swap(...args);
      },
    };
    const limits = sharedLimits(
      () => sometimes,
      1,
      () => clock.now,
    );
    await limits.look(read);
    away = true;
    clock.now += 2000;
    expect(await limits.look(read)).toBeNull();
    await expect(limits.take(write)).rejects.toThrow('away');
    away = false;
    expect(await limits.take(write)).toMatchObject({ granted: true });
  });

  test('decides nothing that is older than a second: the process was stopped in between', async () => {
    const { clock, store } = world();
    const { version } = await store.read(1);
    clock.now += 1500;
    expect(await store.swap(1, version, UNKNOWN, NOW)).toBeNull();
  });
});

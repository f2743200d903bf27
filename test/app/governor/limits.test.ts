import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Ask,
  blocked,
  kindOf,
  type Limits,
  PATIENCE,
  type Priority,
  refusalOf,
  take,
  told,
  UNKNOWN,
} from '../../../app/governor/limits.ts';
import { most } from './most.ts';

const NOW = 1_790_000_000_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const hourEnd = NOW / 1000 + 1800;
const budget = (remaining: number, reset = hourEnd, limit = 5000) => ({ remaining, limit, reset });
const person: Ask = { kind: 'read', priority: 'person' };
const background: Ask = { kind: 'read', priority: 'background' };

test.each([
  ['GET /repos/{owner}/{repo}', 'read'],
  ['HEAD /repos/{owner}/{repo}', 'read'],
  ['PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}', 'write'],
  ['DELETE /repos/{owner}/{repo}/releases/assets/{asset_id}', 'write'],
  ['POST /repos/{owner}/{repo}/git/refs', 'write'],
  ['POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches', 'write'],
  ['POST /app/hook/deliveries/{delivery_id}/attempts', 'write'],
  ['POST /repos/{owner}/{repo}/issues/{issue_number}/comments', 'creation'],
  ['POST /repos/{owner}/{repo}/check-runs', 'creation'],
  ['POST /repos/{owner}/{repo}/releases', 'creation'],
])('%s is a %s', (route, kind) => {
  expect(kindOf(route)).toBe(kind);
});

describe('nothing is asked', () => {
  test.each<[string, Partial<Limits>, Ask, string | null]>([
    ['when GitHub wants a pause', { blockedUntil: NOW + 1 }, person, 'blocked'],
    ['but after it', { blockedUntil: NOW }, person, null],
    ['when nothing is left of the hour', { budget: budget(0) }, person, 'exhausted'],
    ['but when the hour is over', { budget: budget(0, NOW / 1000) }, person, null],
    ['by background work, when less than a fifth is left', { budget: budget(999) }, background, 'reserved'],
    ['but by people then', { budget: budget(999) }, person, null],
    ['but by anybody, when a fifth is left', { budget: budget(1000) }, background, null],
    ['but when GitHub said nothing yet', {}, background, null],
  ])('%s', (_, limits, ask, why) => {
    expect(refusalOf({ ...UNKNOWN, ...limits }, ask, NOW)?.why ?? null).toBe(why);
  });

  test.each([
    ['a pause', { blockedUntil: NOW + 86_400_000 }],
    ['an hour', { budget: budget(0, NOW / 1000 + 86_400) }],
  ])('for %s that lies a day off: the clock was set back', (_, limits) => {
    expect(refusalOf({ ...UNKNOWN, ...limits }, person, NOW)).toBeNull();
  });
});

describe('the budget', () => {
  test.each([
    ['is the first that is told', null, budget(7), budget(7)],
    ['is the smaller one of the same hour', budget(5), budget(7), budget(5)],
    ['shrinks within the hour', budget(7), budget(5), budget(5)],
    ['takes an end that differs by a second for the same hour', budget(5), budget(7, hourEnd + 1), budget(5)],
    ['is told anew in the next hour', budget(5), budget(4999, hourEnd + 3600), budget(4999, hourEnd + 3600)],
    ['does not go back to the hour before', budget(4999, hourEnd), budget(1, hourEnd - 3600), budget(4999)],
    ['is not one that ends tomorrow', budget(5), budget(0, hourEnd + 86_400), budget(5)],
  ])('%s', (_, known, heard, expected) => {
    expect(told({ ...UNKNOWN, budget: known }, heard, NOW).budget).toEqual(expected);
  });
});

describe('a refusal', () => {
  test('holds for as long as GitHub says', () => {
    expect(blocked(UNKNOWN, 42, NOW).blockedUntil).toBe(NOW + 42_000);
  });

  test('never shortens the one before', () => {
    expect(blocked(blocked(UNKNOWN, 42, NOW), 1, NOW).blockedUntil).toBe(NOW + 42_000);
  });

  test('that names no time holds for a minute, and for twice as long each time in a row, up to a quarter of an hour', () => {
    let limits: Limits = UNKNOWN;
    let now = NOW;
    const pauses = [];
    for (let refusals = 0; refusals < 6; refusals += 1) {
      limits = blocked(limits, null, now);
      pauses.push((limits.blockedUntil - now) / MINUTE);
      now = limits.blockedUntil + 1000;
    }
    expect(pauses).toEqual([1, 2, 4, 8, 15, 15]);
    expect(blocked(limits, null, now + HOUR).blockedUntil).toBe(now + HOUR + MINUTE);
  });

  test('of many requests that were under way counts once', () => {
    const once = blocked(UNKNOWN, null, NOW);
    expect(blocked(blocked(once, null, NOW + 10), null, NOW + 500)).toEqual(once);
  });

  test('holds for two hours at most', () => {
    expect(blocked(UNKNOWN, 1e9, NOW).blockedUntil).toBe(NOW + 2 * HOUR);
  });
});

/** Instants at which requests are sent that come in with these pauses between them, with and without success. */
function sent(asks: readonly { readonly ask: Ask; readonly pause: number }[]): { at: number; ask: Ask }[] {
  let limits: Limits = UNKNOWN;
  let now = NOW;
  const granted: { at: number; ask: Ask }[] = [];
  for (const { ask, pause } of asks) {
    now += pause;
    const taken = take(limits, ask, now);
    limits = taken.limits;
    if (taken.granted) granted.push({ at: taken.at, ask });
  }
  return granted;
}

const asks = fc.record({
  ask: fc.record({
    kind: fc.constantFrom('write', 'creation') as fc.Arbitrary<Ask['kind']>,
    priority: fc.constantFrom<Priority>('person', 'background'),
  }),
  pause: fc.oneof(fc.constant(0), fc.nat(200), fc.nat(20_000)),
});

describe('writes', () => {
  test('are at most 75 in any minute, and what people see at most 490 in any hour', () => {
    fc.assert(
      fc.property(fc.array(asks, { minLength: 1, maxLength: 1500, size: 'max' }), (list) => {
        const granted = sent(list);
        expect(
          most(
            granted.map(({ at }) => at),
            MINUTE,
          ),
        ).toBeLessThanOrEqual(75);
        const creations = granted.filter(({ ask }) => ask.kind === 'creation').map(({ at }) => at);
        expect(most(creations, HOUR)).toBeLessThanOrEqual(490);
      }),
      { numRuns: 50 },
    );
  });

  test('get all that the limits leave when there are enough of them', () => {
    const flood = Array.from(
      { length: 10_000 },
      () => ({ ask: { kind: 'write', priority: 'person' }, pause: 50 }) as const,
    );
    expect(
      most(
        sent(flood).map(({ at }) => at),
        MINUTE,
      ),
    ).toBe(74);
  });

  test('wait for no longer than people or background work have patience', () => {
    fc.assert(
      fc.property(fc.array(asks, { minLength: 1, maxLength: 200 }), (list) => {
        let limits: Limits = UNKNOWN;
        let now = NOW;
        for (const { ask, pause } of list) {
          now += pause;
          const taken = take(limits, ask, now);
          limits = taken.limits;
          if (taken.granted) expect(taken.at - now).toBeLessThanOrEqual(PATIENCE[ask.priority]);
          else expect(taken.refusal).toMatchObject({ why: 'paced', until: expect.toSatisfy((until) => until > now) });
        }
      }),
      { numRuns: 50 },
    );
  });

  test('of background work leave half of the bucket to people', () => {
    const write = (priority: Priority): Ask => ({ kind: 'write', priority });
    let limits: Limits = UNKNOWN;
    for (;;) {
      const taken = take(limits, write('background'), NOW);
      limits = taken.limits;
      if (!taken.granted) break;
    }
    let atOnce = 0;
    for (;;) {
      const taken = take(limits, write('person'), NOW);
      limits = taken.limits;
      if (!taken.granted || taken.at > NOW) break;
      atOnce += 1;
    }
    expect(atOnce).toBeGreaterThanOrEqual(5);
  });

  test('go on a few seconds after the clock was set back by a day', () => {
    const flooded = take({ ...UNKNOWN, writes: NOW + 86_400_000 }, { kind: 'write', priority: 'person' }, NOW);
    const later = take(flooded.limits, { kind: 'write', priority: 'person' }, NOW + 24_000);
    expect(later.granted).toBe(true);
  });
});

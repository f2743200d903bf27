import { describe, expect, test } from 'vitest';
import { failed } from '../../app/redelivery.ts';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const at = (id: number, guid: string, status: number, minutes = 5) => ({
  id,
  guid,
  status_code: status,
  delivered_at: new Date(NOW - minutes * 60_000).toISOString(),
});

describe('deliveries to ask for again', () => {
  test.each([
    ['one that failed', [at(1, 'a', 502)], [1]],
    ['the newest attempt of one that failed twice', [at(2, 'a', 500), at(1, 'a', 502)], [2]],
    ['none that arrived later', [at(2, 'a', 202), at(1, 'a', 502)], []],
    ['none that failed three times', [at(3, 'a', 401), at(2, 'a', 401), at(1, 'a', 401)], []],
    ['none that may be under way', [at(1, 'a', 0, 0.1)], []],
    ['none that GitHub has dropped', [at(1, 'a', 502, 60 * 24 * 3 + 1)], []],
  ])('are %s', (_what, deliveries, ids) => {
    expect(failed(deliveries, NOW).map(({ id }) => id)).toEqual(ids);
  });
});

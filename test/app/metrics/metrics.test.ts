import { describe, expect, test } from 'vitest';
import { budgetOf } from '../../../app/metrics/budget.ts';
import { appMetrics } from '../../../app/metrics/metrics.ts';

const lines = async (metrics: ReturnType<typeof appMetrics>) =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('the App’s metrics', () => {
  test('count what a stranger sends under a bounded number of labels', async () => {
    const metrics = appMetrics(() => 0);
    for (let i = 0; i < 500; i += 1) {
      metrics.delivery(`invented-${i}`, 'bad_signature', 1);
      metrics.step(`invented ${i}`, 1);
      metrics.request({ route: `GET /repos/ada/delay-${i}`, installation: 7, status: i, limited: false });
    }
    const found = await lines(metrics);
    expect(found.length).toBeLessThan(160);
    expect(found.filter((line) => line.includes('invented') || line.includes('delay-'))).toEqual([]);
  });

  test('count requests of each installation, of the App itself, and of those beyond 500 together', async () => {
    const metrics = appMetrics(() => 0);
    for (const installation of [null, ...Array.from({ length: 503 }, (_, index) => index + 1), 1])
      metrics.request({ route: 'GET /app', installation, status: 200, limited: false });
    const found = (await lines(metrics)).filter((line) => line.includes('installation_requests'));
    const of = (installation: string) => `trainyard_github_installation_requests_total{installation="${installation}"}`;
    expect(found).toHaveLength(502);
    expect(found).toEqual(expect.arrayContaining([`${of('app')} 1`, `${of('1')} 2`, `${of('other')} 3`]));
  });

  test('time the acknowledgement of signed deliveries only', async () => {
    const metrics = appMetrics(() => 0);
    metrics.delivery('push', 'bad_signature', 1);
    metrics.delivery('push', 'accepted', 0.02);
    expect(await lines(metrics)).toContain('trainyard_acknowledgement_seconds_count 1');
  });

  test('show the budgets of the 500 installations that were heard of last', async () => {
    const metrics = appMetrics(() => 0);
    for (let i = 1; i <= 600; i += 1) metrics.budget(i, { remaining: i, limit: 5000, reset: 60 });
    const shown = (await lines(metrics)).filter((line) => line.startsWith('trainyard_github_rate_remaining'));
    expect(shown).toHaveLength(500);
    expect(shown).toContain('trainyard_github_rate_remaining{installation="600"} 600');
  });

  test('show a budget no longer than its hour', async () => {
    let now = 0;
    const metrics = appMetrics(() => now);
    metrics.budget(7, { remaining: 0, limit: 5000, reset: 60 });
    const shown = async () => (await lines(metrics)).filter((line) => line.includes('installation'));
    expect(await shown()).toHaveLength(2);
    now = 60_000;
    expect(await shown()).toEqual([]);
  });
});

describe('the budget that an answer tells of', () => {
  const headers = { 'x-ratelimit-remaining': '12', 'x-ratelimit-limit': 5000, 'x-ratelimit-reset': '1700000000' };

  test('is read from its headers', () => {
    expect(budgetOf(headers)).toEqual({ remaining: 12, limit: 5000, reset: 1_700_000_000 });
  });

  test.each([
    { ...headers, 'x-ratelimit-resource': 'search' },
    { ...headers, 'x-ratelimit-remaining': 'many' },
    { ...headers, 'x-ratelimit-remaining': '-1' },
    { 'x-ratelimit-remaining': '12' },
    {},
  ])('is none in %j', (odd) => {
    expect(budgetOf(odd)).toBeNull();
  });
});

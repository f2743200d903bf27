import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { spendingOf } from '../../../core/ledger/spending.ts';
import { Instant, ModelName } from '../../../core/names.ts';
import { judged, MODEL, recordOf } from '../samples.ts';

const NOW = Instant.parse('2026-11-20T10:00:00Z');
const OTHER = ModelName.parse('other');

/** An hour of training. */
function paid(amount: number | null, changes: Partial<RunRecord> = {}): RunRecord {
  const acceptedAt = changes.acceptedAt ?? Instant.parse('2026-11-02T10:00:00Z');
  const training = { startedAt: Instant.parse('2026-11-02T10:00:00Z'), endedAt: Instant.parse('2026-11-02T11:00:00Z') };
  const hourlyPrice = amount === null ? null : { amount, currency: 'USD' };
  return { ...recordOf({ state: judged() }), acceptedAt, training, hourlyPrice, ...changes };
}
const elsewhere = { origin: { kind: 'pull_request', number: 2, commentId: 1, line: 1 } } as const;

describe('what training has cost', () => {
  test('is summed for the pull request, the month and each model in it', () => {
    const records = [
      paid(0.1),
      paid(0.2, elsewhere),
      paid(4, { model: OTHER }),
      paid(8, { acceptedAt: Instant.parse('2026-10-31T23:59:59Z') }),
    ];
    const found = spendingOf(records, 1, NOW);
    expect(found.pullRequest).toEqual({ runs: 3, sums: [{ amount: 12.1, currency: 'USD' }], unpriced: 0 });
    expect(found.month).toEqual({ runs: 3, sums: [{ amount: 4.3, currency: 'USD' }], unpriced: 0 });
    expect(found.models).toEqual([
      [MODEL, { runs: 2, sums: [{ amount: 0.3, currency: 'USD' }], unpriced: 0 }],
      [OTHER, { runs: 1, sums: [{ amount: 4, currency: 'USD' }], unpriced: 0 }],
    ]);
  });

  test('names what has no price, and adds no two currencies', () => {
    const records = [paid(1), paid(null), paid(2, { hourlyPrice: { amount: 2, currency: 'EUR' } })];
    expect(spendingOf(records, 1, NOW).pullRequest).toEqual({
      runs: 3,
      sums: [
        { amount: 2, currency: 'EUR' },
        { amount: 1, currency: 'USD' },
      ],
      unpriced: 1,
    });
  });

  test('is nothing without a run', () => {
    expect(spendingOf([], 1, NOW)).toEqual({
      pullRequest: { runs: 0, sums: [], unpriced: 0 },
      month: { runs: 0, sums: [], unpriced: 0 },
      models: [],
    });
  });
});

import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inFlight } from '../../../app/database/in-flight.ts';
import { migrate } from '../../../app/database/migrations.ts';
import { recordRun } from '../../../app/database/runs.ts';
import type { Handler } from '../../../app/http/server.ts';
import { endsIngest } from '../../../app/ingest/ended.ts';
import { ingestEndpoint } from '../../../app/ingest/endpoint.ts';
import { ingestTokens } from '../../../app/ingest/token.ts';
import type { RunRecord } from '../../../core/ledger/run.ts';
import { RepositoryName, RunId } from '../../../core/names.ts';
import { freshDatabase } from '../database/fresh-database.ts';

const REPOSITORY = RepositoryName.parse('flights/delay');
const [NOISY, QUIET, ENDED] = ['0', '1', '2'].map((last) => RunId.parse(`01JD000000000000000000000${last}`)) as [
  RunId,
  RunId,
  RunId,
];
const NOW = Date.parse('2026-11-22T12:00:00Z');
const tokens = ingestTokens('a webhook secret of the test');
let asked = 0;
let pool: pg.Pool;
let endpoint: Handler;
let progress: string[] = [];

/** The client of the database, which counts what it is asked. */
class CountingPool extends pg.Pool {
  override query(...given: unknown[]): never {
    asked += 1;
    // The overloads of the client can't be repeated here: what is given is handed on as it is.
    return Reflect.apply(super.query, this, given) as never;
  }
}

beforeAll(async () => {
  pool = new CountingPool({ connectionString: await freshDatabase(), max: 5 });
  await migrate(pool);
  for (const run of [NOISY, QUIET, ENDED])
    await recordRun(pool, REPOSITORY, run, { installation: 1, lane: 'flights/delay#3' });
});
afterAll(() => pool?.end());
beforeEach(() => {
  progress = [];
  const onProgress = (_repository: RepositoryName, run: RunId) => void progress.push(run);
  endpoint = ingestEndpoint({ pool, tokens, onProgress, now: () => NOW });
  asked = 0;
});

let step = 0;

async function post(run: RunId, token = tokens.issue(REPOSITORY, run, NOW / 1000 + 60), lines = 1): Promise<number> {
  const points = Array.from({ length: lines }, () => JSON.stringify({ step: step++, metric: 'loss', value: 1 }));
  const body = Buffer.from(points.join('\n'));
  const answer = await endpoint({
    path: `/ingest/${REPOSITORY}/${run}`,
    header: (name) => (name === 'authorization' ? `Bearer ${token}` : undefined),
    body: async (limit) => (body.length > limit ? null : body),
  });
  return answer.status;
}

const times = (count: number, action: () => Promise<number>) => Promise.all(Array.from({ length: count }, action));

describe('a flood of points of one run', () => {
  test('asks the database for no more than a burst of requests, and hinders no other run', async () => {
    const statuses = await times(1_000, () => post(NOISY));
    expect(statuses.filter((status) => status === 202)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(980);
    expect(asked).toBe(40);
    expect(await post(QUIET)).toBe(202);
    expect(asked).toBe(42);
    expect(new Set(progress)).toEqual(new Set([NOISY, QUIET]));
  });

  test('fills what is kept of that run and of no other', async () => {
    await times(20, () => post(NOISY, undefined, 500));
    expect(await post(QUIET)).toBe(202);
    const { stepMetrics } = inFlight(pool, REPOSITORY);
    expect((await stepMetrics(NOISY)).length).toBeLessThanOrEqual(5_000 + 500);
    expect(await post(NOISY, undefined, 500)).toBe(429);
    expect((await stepMetrics(QUIET)).length).toBe(2);
  });
});

test.each([
  ['in a further workflow run', { lost: { attempt: 1 } }, 2],
  ['on an engine', { execution: { attempt: 3 } }, 3],
])('what is reported after a run went on %s is of that attempt', async (_where, how, attempt) => {
  // Of the record, only its run and its state are read.
  const record = { run: NOISY, state: { state: 'training', ...how } } as unknown as RunRecord;
  const run = attempt === 2 ? NOISY : QUIET;
  await endsIngest(pool).run?.(REPOSITORY, { ...record, run });
  await pool.query('delete from trainyard.step_metrics where run = $1', [run]);
  expect(await post(run)).toBe(202);
  expect(await inFlight(pool, REPOSITORY).stepMetrics(run)).toMatchObject([{ attempt }]);
});

describe('a token', () => {
  test('of another run, a made-up or an expired one costs the database nothing, however often it is tried', async () => {
    const others = [
      tokens.issue(REPOSITORY, NOISY, NOW / 1000 + 60),
      ingestTokens('another secret').issue(REPOSITORY, QUIET, NOW / 1000 + 60),
      tokens.issue(REPOSITORY, QUIET, NOW / 1000),
    ];
    for (const token of others) expect(new Set(await times(300, () => post(QUIET, token)))).toEqual(new Set([401]));
    expect(asked).toBe(0);
    // Nor do they use up what the run itself may send.
    expect(await post(QUIET)).toBe(202);
  });

  test('ends with the training of its run, long before its own time', async () => {
    const ended = (state: string) =>
      // Of the record, only its run and its state are read.
      endsIngest(pool).run?.(REPOSITORY, { run: ENDED, state: { state } } as unknown as RunRecord);
    await ended('training');
    expect(await post(ENDED)).toBe(202);
    await ended('judging');
    expect(await post(ENDED)).toBe(410);
  });
});

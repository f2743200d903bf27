import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inFlight } from '../../../app/database/in-flight.ts';
import { forgetOlderThan, migrate } from '../../../app/database/migrations.ts';
import { beginAttempt, recordRun } from '../../../app/database/runs.ts';
import { appendStepMetrics, POINTS_A_RUN } from '../../../app/database/step-metrics.ts';
import { laneOf } from '../../../app/lanes.ts';
import { GitId, Instant, RepositoryName, RunId } from '../../../core/names.ts';
import type { InFlight, Sighting } from '../../../flows/ports.ts';
import { freshDatabase } from './fresh-database.ts';

const repository = RepositoryName.parse('flights/delay');
const run = RunId.parse('01JD0000000000000000000000');
const [A, B] = ['a', 'b'].map((digit) => GitId.parse(digit.repeat(40))) as [GitId, GitId];
let pool: pg.Pool;
let store: InFlight;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: await freshDatabase() });
  await Promise.all([migrate(pool), migrate(pool)]);
  store = inFlight(pool, repository);
});
afterAll(async () => {
  await pool?.end();
});

const at = (time: string) => Instant.parse(`2026-11-22T${time}Z`);
const sighting = (sha: GitId, time: string): Sighting => ({
  pullRequest: 3,
  event: 'head',
  sha,
  headRepository: 'ben/delay',
  at: at(time),
  sender: 'ben',
});

describe('what is in flight', () => {
  test('text with NUL, which PostgreSQL refuses, does not keep a notice from being kept', async () => {
    const notice = { pullRequest: 99, key: 'nul', at: at('10:00:00'), author: 'ada', tone: 'info' } as const;
    await store.putNotice({ ...notice, command: '/hold \u0000', message: 'a\u0000b \ud800' });
    expect(await store.notices(99)).toEqual([{ ...notice, command: '/hold \ufffd', message: 'a\ufffdb \ufffd' }]);
  });

  test('sightings come back in the order of their times, each once', async () => {
    for (const [sha, time] of [
      [B, '10:00:05'],
      [A, '10:00:00'],
      [B, '10:00:05'],
      [A, '10:00:09'],
    ] as const) {
      await store.recordSighting(sighting(sha, time));
    }
    await store.recordSighting({ ...sighting(A, '11:00:00'), pullRequest: 4, headRepository: null });
    expect(await store.sightings(3)).toEqual([
      sighting(A, '10:00:00'),
      sighting(B, '10:00:05'),
      sighting(A, '10:00:09'),
    ]);
    expect(await store.sightings(5)).toEqual([]);
    expect(await inFlight(pool, RepositoryName.parse('flights/other')).sightings(3)).toEqual([]);
  });

  test('notices overwrite themselves by key, and the last twelve are shown, newest last', async () => {
    const notice = (key: string, seconds: number) => ({
      pullRequest: 3,
      key,
      at: at(`12:00:${String(seconds).padStart(2, '0')}`),
      author: 'ada',
      command: '/train',
      tone: 'refused' as const,
      message: `because ${seconds}`,
    });
    for (let index = 0; index < 14; index += 1) await store.putNotice(notice(`k${index}`, index));
    await store.putNotice(notice('k5', 30));
    const found = await store.notices(3);
    const last = [2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 5].map((index) => `k${index}`);
    expect(found.map(({ key }) => key)).toEqual(last);
    expect(found.at(-1)).toEqual(notice('k5', 30));
  });

  test('notices of one second are told in the order in which they were put', async () => {
    const keys = ['9:1', '9:2', '9:9', '9:10', '9:11'];
    for (const key of keys)
      await store.putNotice({
        ...{ pullRequest: 4, key, at: at('12:00:00'), author: 'ada', command: '/status' },
        ...{ tone: 'info' as const, message: key },
      });
    expect((await store.notices(4)).map(({ key }) => key)).toEqual(keys);
  });

  test('validations of a commit come back by dataset', async () => {
    await store.putValidation(A, 'flights', '{"state":"running"}');
    await store.putValidation(A, 'flights', '{"state":"done"}');
    await store.putValidation(A, 'airports', '{}');
    expect(await store.validations(A)).toEqual({ flights: '{"state":"done"}', airports: '{}' });
    expect(await store.validations(B)).toEqual({});
  });

  test('progress is found by how its keys begin, as it was last put, and of this repository alone', async () => {
    await store.putProgress('kept 1', 'a');
    await store.putProgress('kept 1', 'b');
    await store.putProgress('kept 2%', 'c');
    await store.putProgress('other', 'd');
    await inFlight(pool, RepositoryName.parse('flights/other')).putProgress('kept 3', 'e');
    expect(await store.progressBelow('kept ')).toEqual({ 'kept 1': 'b', 'kept 2%': 'c' });
    expect(await store.progressBelow('kept%')).toEqual({});
  });

  test('step metrics are appended, and what is there stays', async () => {
    await recordRun(pool, repository, run, { installation: 1, lane: 'pr-3' });
    const point = (step: number, value = 0.5) => ({ step, metric: 'loss', value });
    expect(await appendStepMetrics(pool, repository, RunId.parse('01JD0000000000000000000009'), [point(1)])).toBe(0);
    expect(await appendStepMetrics(pool, repository, run, [point(2), point(1)])).toBe(2);
    expect(await appendStepMetrics(pool, repository, run, [point(1, 9), point(3)])).toBe(1);
    const [lost, endless] = [point(4, Number.NaN), point(5, Number.NEGATIVE_INFINITY)];
    expect(await appendStepMetrics(pool, repository, run, [lost, endless])).toBe(2);
    expect(await store.stepMetrics(run)).toEqual([point(2), point(1), point(3), lost, endless]);
  });

  test('more than are kept of a run are thinned evenly, and a later attempt has its part', async () => {
    const long = RunId.parse('01JD0000000000000000000006');
    await recordRun(pool, repository, long, { installation: 1, lane: 'pr-3' });
    const post = async (from: number, to: number) => {
      const points = Array.from({ length: to - from }, (_, at) => ({ step: from + at, metric: 'loss', value: 1 }));
      // As a run does that posts from two places.
      const halves = [points.slice(0, points.length / 2), points.slice(points.length / 2)];
      await Promise.all(halves.map((half) => appendStepMetrics(pool, repository, long, half)));
    };
    for (let from = 0; from < 12_000; from += 400) await post(from, from + 400);
    await beginAttempt(pool, repository, long, 2);
    for (let from = 9_000; from < 20_000; from += 400) await post(from, from + 400);
    const kept = (await store.stepMetrics(long)).toSorted((a, b) => a.step - b.step);
    expect(kept.length).toBeGreaterThan(POINTS_A_RUN / 4);
    expect(kept.length).toBeLessThanOrEqual(POINTS_A_RUN + 500);
    expect([kept[0]?.step, kept.at(-1)?.step]).toEqual([0, 20_199]);
    expect(kept.find(({ attempt }) => attempt === 2)?.step).toBe(9_000);
    const gaps = kept.slice(1).map(({ step }, index) => step - (kept[index]?.step ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(16);
  });

  test('what a further attempt reports takes the place of what an earlier one did', async () => {
    const of = RunId.parse('01JD0000000000000000000005');
    await recordRun(pool, repository, of, { installation: 1, lane: 'pr-3' });
    const point = (step: number, value: number) => ({ step, metric: 'loss', value });
    await appendStepMetrics(pool, repository, of, [point(1, 0.9), point(2, 0.8), point(3, 0.7)]);
    await beginAttempt(pool, repository, of, 2);
    expect(await appendStepMetrics(pool, repository, of, [point(3, 0.6), point(3, 9), point(4, 0.5)])).toBe(2);
    // Told of late, an earlier attempt takes nothing back.
    await beginAttempt(pool, repository, of, 1);
    expect(await appendStepMetrics(pool, repository, of, [point(3, 0.1)])).toBe(0);
    expect(await store.stepMetrics(of)).toEqual([
      ...[point(1, 0.9), point(2, 0.8)],
      ...[point(3, 0.6), point(4, 0.5)].map((one) => ({ ...one, attempt: 2 })),
    ]);
  });

  test('is forgotten when it is old', async () => {
    await pool.query(`update trainyard.validations set recorded_at = now() - interval '91 days' where commit = $1`, [
      A,
    ]);
    await forgetOlderThan(pool, 90);
    expect(await store.validations(A)).toEqual({});
    expect(await store.sightings(3)).toHaveLength(3);
  });
});

describe('the lane of', () => {
  test.each([
    ['a pull request', { kind: 'pull_request', number: 9 }, 'flights/delay#9'],
    ['a commit that was sighted', { kind: 'commit', sha: A }, 'flights/delay#4'],
    ['a commit that nobody saw', { kind: 'commit', sha: 'c'.repeat(40) }, 'flights/delay'],
    ['a run that is known', { kind: 'run', title: `trainyard judge ${run}` }, 'flights/delay#7'],
    ['a run that is not', { kind: 'run', title: 'trainyard train 01JD0000000000000000000007' }, 'flights/delay'],
    ['a data check', { kind: 'run', title: `trainyard validate flights ${B}` }, 'flights/delay#3'],
    ['anything else', { kind: 'run', title: 'nightly' }, 'flights/delay'],
  ] as const)('%s', async (_what, lane, expected) => {
    await recordRun(pool, repository, run, { installation: 1, lane: 'flights/delay#7' });
    expect(await laneOf(pool, repository, lane)).toBe(expected);
  });
});

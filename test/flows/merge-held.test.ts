import { afterAll, beforeAll, expect, test } from 'vitest';
import { activeHold, activeLocks } from '../../core/ledger/controls.ts';
import { Instant, MetricName } from '../../core/names.ts';
import { readiness, readScene } from '../../flows/readiness.ts';
import { policyDigestOf } from '../../flows/run-draft.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { holdEntry, lockEntry, overrideEntry, unholdEntry } from '../core/ledger/samples.ts';
import { runId } from '../core/samples.ts';
import { repository } from './ports.ts';
import { DELAY, delayState, type Releasing, startReleasing } from './releasing.ts';

let at: Releasing;
beforeAll(async () => {
  at = await startReleasing();
});
afterAll(() => at.close());

const now = Instant.parse('2026-11-02T10:00:00Z');
const ready = async (pull: number) =>
  (await readiness(at.ports, await readScene(at.ports, await at.ports.pulls.get(pull)))).title;

test('a merge on hold promotes nothing, says so, and ends the hold', async () => {
  const pull = await at.propose('one');
  await at.train(pull, 1);
  await at.enter(holdEntry({ repository, pullRequest: pull, reason: 'legal' }));
  expect(await ready(pull)).toMatch(/is on hold by ada: legal/);
  const outcome = await at.merge(pull);
  expect(outcome).toMatchObject({
    code: 'not_promoted',
    message: expect.stringMatching(
      /merged while on hold: pull request #1 was on hold by ada: legal; .*trainyard train delay --ref main/,
    ),
  });
  const { versions, state } = await delayState(at.ports);
  expect(versions).toEqual([]);
  expect(activeHold(state, pull, now)).toBeNull();
});

test('a hold that was released, or has expired, keeps nothing', async () => {
  const pull = await at.propose('two');
  await at.train(pull, 2);
  await at.enter(holdEntry({ repository, pullRequest: pull }));
  await at.enter(unholdEntry({ repository, pullRequest: pull }));
  await at.enter(
    holdEntry({ repository, pullRequest: pull, expiresAt: now, at: Instant.parse('2026-11-02T09:00:00Z') }),
  );
  expect(await at.merge(pull)).toMatchObject({ code: 'promoted' });
  expect(await delayState(at.ports)).toMatchObject({ versions: ['1.0.0'], stages: { staging: '1.0.0' } });
});

test('a merge while the first stage is locked makes the version and leaves the stage, and the lock ends with the pull request', async () => {
  const pull = await at.propose('three');
  await at.train(pull, 3);
  await at.enter(lockEntry({ repository, pullRequest: pull, reason: 'load test' }));
  expect(await ready(pull)).toMatch(/staging is locked by ada: load test; merging makes the version/);
  const outcome = await at.merge(pull);
  expect(outcome).toMatchObject({
    code: 'promoted',
    message: expect.stringMatching(
      /is delay@v1\.1\.0, and staging stays where it is: .*then comment `\/promote delay@v1\.1\.0 to staging`/,
    ),
  });
  const { versions, stages, state } = await delayState(at.ports);
  expect([versions, stages]).toEqual([['1.0.0', '1.1.0'], { staging: '1.0.0' }]);
  expect(activeLocks(state, now)).toEqual([]);
});

test('a run whose failed gate was overridden is promoted, and by nobody who pushed since', async () => {
  const gate = {
    metric: MetricName.parse('auc'),
    value: 0.6,
    verdict: 'fail',
    explanation: '0.6 < min 0.7',
    reference: null,
  } as const;
  const low = { verdict: 'held', gates: [gate], reasons: ['gate auc failed: 0.6 < min 0.7'] } as const;
  const held = { ...low, gates: [gate], reasons: [...low.reasons] };
  const pull = await at.propose('five');
  await at.train(pull, 5, held);
  expect(await ready(pull)).toMatch(/run \S+ is held: gate auc failed/);
  const policyDigest = policyDigestOf(await takePolicySnapshot(at.ports), DELAY);
  const { head } = await at.ports.pulls.get(pull);
  const override = { repository, pullRequest: pull, model: DELAY, metric: gate.metric, policyDigest, sha: head.sha };
  await at.enter(overrideEntry(5, override));
  expect(await ready(pull)).toContain('gate auc overridden by cleo: seasonal dip');
  await at.world.commit('five', { 'README.md': 'pushed\n' });
  expect(await ready(pull)).toMatch(/run \S+ is held: gate auc failed/);
  expect(await at.merge(pull)).toMatchObject({ code: 'stale' });
  const again = await at.propose('six');
  await at.train(again, 6, held);
  const sha = (await at.ports.pulls.get(again)).head.sha;
  await at.enter(overrideEntry(6, { ...override, pullRequest: again, sha, operation: 'comment six' }));
  expect(await at.merge(again)).toMatchObject({ code: 'promoted', message: expect.stringContaining(runId(6)) });
});

test('a lock that was to be kept outlives its pull request', async () => {
  const pull = await at.propose('four');
  await at.train(pull, 4);
  await at.enter(lockEntry({ repository, pullRequest: pull, keep: true }));
  await at.merge(pull);
  const { state } = await delayState(at.ports);
  expect(activeLocks(state, now)).toMatchObject([{ keep: true, pullRequest: pull }]);
});

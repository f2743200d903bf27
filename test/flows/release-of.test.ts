import { afterAll, beforeAll, expect, test } from 'vitest';
import { activeHold, activeLocks } from '../../core/ledger/controls.ts';
import { Instant, StageName } from '../../core/names.ts';
import { reconcile } from '../../flows/reconcile.ts';
import { HANDLED, releaseOf, releaseWhenClosed } from '../../flows/release-of.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { holdEntry, lockEntry } from '../core/ledger/samples.ts';
import { repository } from './ports.ts';
import { delayState, type Releasing, startReleasing } from './releasing.ts';

const where = { owner: OWNER, repo: REPO };
const now = Instant.parse('2026-11-02T10:00:00Z');
const production = { kind: 'stage', name: StageName.parse('production') } as const;
let at: Releasing;
beforeAll(async () => {
  at = await startReleasing();
});
afterAll(() => at.close());

/** What stands of one pull request. */
async function standing(pull: number): Promise<string[]> {
  const { state } = await delayState(at.ports);
  const hold = activeHold(state, pull, now) === null ? [] : ['hold'];
  const locks = activeLocks(state, now).filter(({ pullRequest }) => pullRequest === pull);
  return [...hold, ...locks.map(({ target }) => `lock of ${target.name}`)];
}

const end = (pull_number: number) =>
  at.world.ada.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', { ...where, pull_number, state: 'closed' });

test('an open pull request keeps its hold and its locks', async () => {
  const pull = await at.propose('one');
  await at.enter(holdEntry({ repository, pullRequest: pull }));
  await at.enter(lockEntry({ repository, pullRequest: pull }));
  expect(await releaseWhenClosed(at.ports, pull)).toBe(0);
  expect(await standing(pull)).toEqual(['hold', 'lock of staging']);
});

test('closing it releases both, once, and nothing of another pull request', async () => {
  await at.enter(holdEntry({ repository, pullRequest: 99 }));
  await end(1);
  expect(await releaseWhenClosed(at.ports, 1)).toBe(2);
  expect(await releaseWhenClosed(at.ports, 1)).toBe(0);
  expect(await standing(1)).toEqual([]);
  expect(await standing(99)).toEqual(['hold']);
});

test('what was closed, reopened and held again is released again', async () => {
  await at.enter(holdEntry({ repository, pullRequest: 1 }));
  expect(await releaseOf(at.ports, await takePolicySnapshot(at.ports), 1)).toBe(1);
});

test('a lock that is to be kept, and one that has expired, need no release', async () => {
  const past = Instant.parse('2026-11-02T09:00:00Z');
  await at.enter(lockEntry({ repository, pullRequest: 1, keep: true }));
  await at.enter(lockEntry({ repository, pullRequest: 1, target: production, at: past, expiresAt: now }));
  expect(await releaseWhenClosed(at.ports, 1)).toBe(0);
  expect(await standing(1)).toEqual(['lock of staging']);
});

test('a merged one keeps its hold until its push was handled, and a sweep releases it then', async () => {
  const pull = await at.propose('two');
  await at.enter(holdEntry({ repository, pullRequest: pull }));
  const main = await at.ports.source.branchHead('main');
  await at.ports.inFlight.putProgress(HANDLED, main ?? '');
  await at.world.ada.request('PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge', { ...where, pull_number: pull });
  expect(await releaseWhenClosed(at.ports, pull)).toBe(0);
  await at.ports.inFlight.putProgress(HANDLED, (await at.ports.source.branchHead('main')) ?? '');
  await reconcile(at.ports, null);
  expect(await standing(pull)).toEqual([]);
});

test('a sweep releases what belongs to a pull request that GitHub has no more', async () => {
  expect(await standing(99)).toEqual([]);
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelState } from '../../core/ledger/fold.ts';
import { StageName, Version } from '../../core/names.ts';
import { loadLedger } from '../../flows/ledger.ts';
import type { Promoted } from '../../flows/promote.ts';
import { promote } from '../../flows/promote.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { lockEntry, unlockEntry } from '../core/ledger/samples.ts';
import { repository } from './ports.ts';
import { DELAY, delayState, packageOf, type Releasing, startReleasing } from './releasing.ts';

const staging = StageName.parse('staging');
const where = { owner: OWNER, repo: REPO };
let at: Releasing;

beforeAll(async () => {
  at = await startReleasing();
  for (const [index, change] of ['one', 'two'].entries()) {
    const pull = await at.propose(change);
    await at.train(pull, index + 1);
    expect(await at.merge(pull)).toMatchObject({ code: 'promoted' });
  }
});
afterAll(() => at.close());

/** Moves staging to a version as a person asks for it. */
async function move(
  version: string,
  operation: string,
  reason: 'promote' | 'rollback' = 'rollback',
  by = 'ben',
): Promise<Promoted> {
  const { state } = await delayState(at.ports);
  const made = modelState(state, DELAY).versions.find((known) => known.version === Version.parse(version));
  if (made === undefined) throw new Error(`there is no ${version}`);
  const { commit: policyCommit } = await takePolicySnapshot(at.ports);
  const asked = { model: DELAY, run: made.run, commit: made.commit, stage: staging, by, policyCommit };
  return promote(at.ports, { ...asked, reason, operation });
}

test('a rollback goes to the version before, once its package was verified, and says so in the ledger', async () => {
  expect(await move('1.0.0', 'comment 1')).toMatchObject({ kind: 'promoted', version: '1.0.0', counter: 3 });
  expect(await delayState(at.ports)).toMatchObject({ stages: { staging: '1.0.0' } });
  const { entries } = await loadLedger(at.ports, await takePolicySnapshot(at.ports));
  expect(entries.at(-1)?.entry).toMatchObject({ kind: 'stage', reason: 'rollback', by: 'ben', version: '1.0.0' });
});

test('a rollback that is heard of twice moves the stage once', async () => {
  expect(await move('1.0.0', 'comment 1')).toMatchObject({ counter: 3 });
});

test('a package is read from the release of its version once the artifact is gone', async () => {
  at.kept = false;
  expect(await move('1.1.0', 'comment 2', 'promote')).toMatchObject({ kind: 'promoted', version: '1.1.0' });
  expect(await move('1.0.0', 'comment 3')).toMatchObject({ kind: 'promoted', version: '1.0.0' });
});

test.each([
  ['somebody has replaced', packageOf(666), /delay@v1\.1\.0 is not what was verified: .* somebody has replaced it/],
  ['is kept nowhere', null, /the package of delay@v1\.1\.0 is no longer kept/],
])('a package that %s stops rollback and promotion', async (what, replaced, message) => {
  Object.assign(at, { kept: false, replaced });
  for (const reason of ['promote', 'rollback'] as const) {
    const moved = move('1.1.0', `${what} ${reason}`, reason);
    await expect(moved).rejects.toMatchObject({ code: 'not_possible', message: expect.stringMatching(message) });
  }
  Object.assign(at, { kept: true, replaced: undefined });
  expect(await delayState(at.ports)).toMatchObject({ stages: { staging: '1.0.0' } });
});

test('a locked stage is moved by nobody but the owner of the lock, and no version is made', async () => {
  await at.enter(lockEntry({ repository, reason: 'load test' }));
  for (const reason of ['promote', 'rollback'] as const)
    expect(await move('1.1.0', `comment locked ${reason}`, reason)).toEqual({
      kind: 'blocked',
      reason: 'locked',
      message: 'staging is locked by ada: load test',
      version: null,
    });
  expect(await move('1.1.0', 'comment of its owner', 'rollback', 'ada')).toMatchObject({ kind: 'promoted' });
  expect(await move('1.0.0', 'comment back by its owner', 'rollback', 'ada')).toMatchObject({ kind: 'promoted' });
  await at.enter(unlockEntry({ repository }));
  expect(await move('1.1.0', 'comment 7')).toMatchObject({ kind: 'promoted' });
});

test('a rollback goes to no version whose tag is gone', async () => {
  const ref = `tags/${encodeURIComponent('delay@v1.0.0')}`;
  await at.world.ada.request(`DELETE /repos/{owner}/{repo}/git/refs/${ref}`, where);
  expect(await move('1.0.0', 'comment 8')).toMatchObject({
    kind: 'frozen',
    message: expect.stringContaining('delay@v1.0.0'),
  });
});

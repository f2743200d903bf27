import { afterEach, beforeEach, expect, test } from 'vitest';
import { activeLocks } from '../../core/ledger/controls.ts';
import { LEDGER_REF } from '../../core/ledger/entry.ts';
import { Instant } from '../../core/names.ts';
import { loadLedger } from '../../flows/ledger.ts';
import { readiness, readScene } from '../../flows/readiness.ts';
import { reconcile } from '../../flows/reconcile.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO } from '../adapters/github/world.ts';
import { holdEntry, lockEntry } from '../core/ledger/samples.ts';
import { repository } from './ports.ts';
import { DELAY, delayState, type Releasing, startReleasing } from './releasing.ts';

const where = { owner: OWNER, repo: REPO };
const now = Instant.parse('2026-11-02T10:00:00Z');
let at: Releasing;
beforeEach(async () => {
  at = await startReleasing();
});
afterEach(() => at.close());

/** Sets the ledger's ref to its commit before, or deletes it: anybody with write access can. */
async function rewind(to: 'before' | 'nothing'): Promise<void> {
  const chain = await at.ports.ledger.chain(LEDGER_REF, { fresh: true });
  const asked = { ...where, ref: LEDGER_REF.slice('refs/'.length) };
  const sha = chain.at(-2)?.commit;
  if (to === 'nothing') await at.world.ada.request('DELETE /repos/{owner}/{repo}/git/refs/{ref}', asked);
  else await at.world.ada.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...asked, sha, force: true });
}

const load = async () => loadLedger(at.ports, await takePolicySnapshot(at.ports));
const ready = async (pull: number) => readiness(at.ports, await readScene(at.ports, await at.ports.pulls.get(pull)));

test.each([
  ['rewound to before it', 'before', /refs\/trainyard\/ledger is at [0-9a-f]{40}, which does not descend from/],
  ['deleted', 'nothing', /refs\/trainyard\/ledger was deleted/],
] as const)(
  'a lock of a ledger that is %s is missed, and all models are frozen until a person looks',
  async (_, to, found) => {
    await at.enter(holdEntry({ repository, pullRequest: 7 }));
    await at.enter(lockEntry({ repository }));
    expect(activeLocks((await load()).state, now)).toHaveLength(1);
    await rewind(to);
    await expect(load()).rejects.toMatchObject({ code: 'ledger_invalid', message: expect.stringMatching(found) });
    const pull = await at.propose('one');
    expect(await ready(pull)).toMatchObject({ state: 'failure', title: expect.stringMatching(found) });
    expect(await reconcile(at.ports, null)).toMatchObject({ code: 'frozen', message: expect.stringMatching(found) });
    expect(await delayState(at.ports)).toMatchObject({ frozen: 'ledger_rewound' });
    expect(await ready(pull)).toMatchObject({ state: 'failure', title: expect.stringMatching(/promotion is frozen/) });
    const word = { by: 'ada', word: 'a script of ours', model: null };
    expect(await reconcile(at.ports, word)).toMatchObject({ code: 'lifted' });
    expect((await load()).state.models.get(DELAY)?.frozen).toBeNull();
  },
);

test('a merge finds the rewound ledger too, and promotes nothing', async () => {
  const pull = await at.propose('one');
  await at.train(pull, 1);
  await at.enter(holdEntry({ repository, pullRequest: pull }));
  await load();
  await rewind('before');
  expect(await at.merge(pull)).toMatchObject({ code: 'frozen' });
  expect(await delayState(at.ports)).toMatchObject({ versions: [], frozen: 'ledger_rewound' });
});

test('an entry that was written after the refs were read is no rewind', async () => {
  await at.enter(holdEntry({ repository, pullRequest: 7 }));
  const stale = await at.ports.ledger.chain(LEDGER_REF);
  await at.enter(lockEntry({ repository }));
  const { ledger } = at.ports;
  const late = {
    ...ledger,
    chain: (...[ref, how]: Parameters<typeof ledger.chain>) =>
      how?.fresh === true ? ledger.chain(ref, how) : Promise.resolve(stale),
  };
  const read = await loadLedger({ ...at.ports, ledger: late }, await takePolicySnapshot(at.ports));
  expect(read.entries).toHaveLength(2);
});

test('where nothing is remembered, what is there counts', async () => {
  await at.enter(lockEntry({ repository }));
  await rewind('nothing');
  const { inFlight: _, ...forgetful } = at.ports;
  expect((await loadLedger(forgetful, await takePolicySnapshot(at.ports))).entries).toEqual([]);
});

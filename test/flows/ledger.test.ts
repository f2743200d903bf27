import { afterAll, beforeAll, expect, test } from 'vitest';
import { localKeySigner } from '../../adapters/signing/local-key.ts';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { LEDGER_REF } from '../../core/ledger/entry.ts';
import { runStatement } from '../../core/ledger/statement.ts';
import { type GitId, RepositoryName } from '../../core/names.ts';
import { acceptRun, advanceRun, appendEntry, loadLedger, loadRuns, runRef } from '../../flows/ledger.ts';
import type { Ports } from '../../flows/ports.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { freezeEntry, stageEntry } from '../core/ledger/samples.ts';
import { CONFIG_TEXT, makeKey, recordOf, runId, signStatement, type TestKey } from '../core/samples.ts';

const repository = RepositoryName.parse(`${OWNER}/${REPO}`);
const trusted = makeKey();
let world: World;
let head: GitId;

beforeAll(async () => {
  world = await startWorld();
  head = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': trusted.public.pem });
});
afterAll(() => world.close());

function portsWith(key: TestKey): Pick<Ports, 'ledger' | 'source' | 'signer' | 'clock'> {
  const signer = localKeySigner(key.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  return { ...world.ports, signer, clock: { now: () => new Date('2026-11-02T10:00:00Z') } };
}

const policy = () => takePolicySnapshot(world.ports, head);

test('an entry that would not follow from the ledger is not written', async () => {
  const entry = stageEntry('staging', '1.0.0', 1, { repository });
  const appended = appendEntry(portsWith(trusted), await policy(), () => entry);
  await expect(appended).rejects.toMatchObject({ code: 'not_possible', message: /there is no version 1\.0\.0/ });
  expect(await world.ports.ledger.chain(LEDGER_REF)).toEqual([]);
});

test('a key that policy does not name writes nothing, and says what to do', async () => {
  const entry = freezeEntry({ repository });
  const appended = appendEntry(portsWith(makeKey()), await policy(), () => entry);
  await expect(appended).rejects.toMatchObject({ code: 'not_possible', message: /add its public half/ });
  expect(await world.ports.ledger.chain(LEDGER_REF)).toEqual([]);
});

test('the ledger that an entry leaves is the one that is read afterwards', async () => {
  const left = await appendEntry(portsWith(trusted), await policy(), () => freezeEntry({ repository }));
  const read = await loadLedger(world.ports, await policy());
  expect(left.commits).toEqual(read.commits);
  expect(left.entries).toEqual(read.entries);
});

test('half of a surrogate pair in what a job says keeps no run from ending, and no entry from being made', async () => {
  const [ports, run] = [portsWith(trusted), runId(7)];
  await acceptRun(ports, await policy(), recordOf({ repository, run }));
  const failed = { state: 'failed', at: 'training', reason: 'failed', workflowRun: null } as const;
  const ended = await advanceRun(ports, await policy(), run, { ...failed, message: 'the log ends in \ud83d' });
  expect(ended.state).toMatchObject({ state: 'failed', message: 'the log ends in \ufffd' });
  const { entries } = await appendEntry(ports, await policy(), () => freezeEntry({ repository, found: 'tag \udc00' }));
  expect(entries.at(-1)?.entry).toMatchObject({ kind: 'freeze', found: 'tag \ufffd' });
});

test('all runs are read without a request of the API', async () => {
  const ports = portsWith(trusted);
  for (const run of [8, 9]) await acceptRun(ports, await policy(), recordOf({ repository, run: runId(run) }));
  const first = await loadRuns(world.ports, await policy());
  const at = await policy();
  world.requests();
  expect(await loadRuns(world.ports, at)).toEqual(first);
  expect(world.requests()).toEqual([]);
  const these = first.map(({ record }) => record.run).filter((run) => run === runId(8) || run === runId(9));
  expect(these).toEqual([runId(9), runId(8)]);
});

test("another run's records under a run's ref move nothing", async () => {
  const ports = portsWith(trusted);
  const accepted = await acceptRun(ports, await policy(), recordOf({ repository, run: runId(1) }));
  const copy = signStatement(runStatement(accepted), trusted);
  await world.ports.ledger.append(runRef(runId(2)), null, copy, 'a copy');
  const moved = advanceRun(ports, await policy(), runId(2), { state: 'training', workflowRun: 1 });
  await expect(moved).rejects.toMatchObject({ code: 'ledger_invalid' });
});

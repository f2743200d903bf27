import { afterEach, beforeEach, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { modelState } from '../../core/ledger/fold.ts';
import { ModelName } from '../../core/names.ts';
import { launchRun } from '../../flows/launch.ts';
import { acceptRun, advanceRun, appendEntry, loadLedger, loadRun } from '../../flows/ledger.ts';
import type { Ports } from '../../flows/ports.ts';
import { reconcile } from '../../flows/reconcile.ts';
import { showRun } from '../../flows/show.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { OWNER, REPO, startWorld, type World } from '../adapters/github/world.ts';
import { freezeEntry, stageEntry, versionEntry } from '../core/ledger/samples.ts';
import { CONFIG_TEXT, MODEL, makeKey, recordOf, runId } from '../core/samples.ts';
import { flowPorts, judged, judging, ranThrough, repository } from './ports.ts';

const OTHER = ModelName.parse('other');
const key = makeKey();
const config = CONFIG_TEXT.replace(
  'policy:',
  '  other:\n    inputs: [README.md]\n    train: { run: python train.py }\npolicy:',
);
let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.commit('main', { [CONFIG_PATH]: config, 'keys/trainyard.pub': key.public.pem, 'README.md': 'hello\n' });
});
afterEach(() => world.close());

const at = (time: string): Ports['clock'] => ({ now: () => new Date(time) });

async function stateOf(ports: Ports, run: number): Promise<unknown> {
  return (await loadRun(ports, await takePolicySnapshot(ports), runId(run)))?.record.state;
}

test("a person's word about one model lifts the freeze of no other", async () => {
  const ports = flowPorts(world, key);
  const policy = await takePolicySnapshot(ports);
  for (const model of [MODEL, OTHER]) await appendEntry(ports, policy, () => freezeEntry({ repository, model }));
  const word = { by: 'ada', word: 'looked at it', model: OTHER };
  expect(await reconcile(ports, word)).toMatchObject({ code: 'lifted' });
  const { state } = await loadLedger(ports, policy);
  expect(modelState(state, OTHER).frozen).toBeNull();
  expect(modelState(state, MODEL).frozen).not.toBeNull();
  expect(await reconcile(ports, { ...word, model: ModelName.parse('none') })).toMatchObject({ code: 'refused' });
});

test('a run whose launch broke off is started once it is old enough', async () => {
  const early = flowPorts(world, key);
  await acceptRun(early, await takePolicySnapshot(early), recordOf({ repository, run: runId(1), origin: branch }));
  await reconcile(early, null);
  expect(await stateOf(early, 1)).toMatchObject({ state: 'accepted' });
  const late = flowPorts(world, key, { clock: at('2026-11-02T10:20:00Z') });
  await reconcile(late, null);
  expect(await stateOf(late, 1)).toMatchObject({ state: 'training', workflowRun: 77 });
});

test('a run whose workflow run was deleted has failed, and is entered in the ledger', async () => {
  const ports = flowPorts(world, key);
  const policy = await takePolicySnapshot(ports);
  await acceptRun(ports, policy, recordOf({ repository, run: runId(1), origin: branch }));
  await advanceRun(ports, policy, runId(1), { state: 'training', workflowRun: 4040 });
  // GitHub may not show at once what it has taken on.
  await reconcile(ports, null);
  expect(await stateOf(ports, 1)).toMatchObject({ state: 'training' });
  await reconcile(flowPorts(world, key, { clock: at('2026-11-02T10:20:00Z') }), null);
  expect(await stateOf(ports, 1)).toMatchObject({ state: 'failed', at: 'training', reason: 'workflow_gone' });
  expect((await loadLedger(ports, policy)).state.runs.get(runId(1))).toMatchObject({ outcome: 'failed' });
});

test('a run of a branch whose workflow run was deleted is shown to have failed', async () => {
  const ports = flowPorts(world, key);
  const policy = await takePolicySnapshot(ports);
  const { commit } = policy;
  await acceptRun(ports, policy, recordOf({ repository, run: runId(1), origin: branch, commit }));
  await advanceRun(ports, policy, runId(1), { state: 'training', workflowRun: 4040 });
  await showRun(ports, runId(1));
  const shown = async () => {
    const where = { owner: OWNER, repo: REPO, ref: commit, check_name: `trainyard / train: ${MODEL}` };
    const { data } = await world.ada.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', where);
    return Object(data).check_runs.map((check: { status: string; conclusion: string }) => check.conclusion);
  };
  expect(await shown()).toEqual([null]);
  await reconcile(flowPorts(world, key, { clock: at('2026-11-02T10:20:00Z'), inFlight: ports.inFlight }), null);
  expect(await shown()).toEqual(['failure']);
});

test('tags that a broken-off promotion has yet to make freeze nothing for an hour', async () => {
  const ports = flowPorts(world, key);
  const policy = await takePolicySnapshot(ports);
  const training = { state: 'training', workflowRun: 1 } as const;
  await ranThrough(ports, { run: runId(1) }, [training, judging(2), judged(1)]);
  await appendEntry(ports, policy, () => versionEntry('1.0.0', 1, { repository }));
  await appendEntry(ports, policy, () => stageEntry('staging', '1.0.0', 1, { repository }));
  expect(await reconcile(ports, null)).toMatchObject({ code: 'reconciled' });
  const later = flowPorts(world, key, { clock: at('2026-11-02T12:00:00Z') });
  expect(await reconcile(later, null)).toMatchObject({ code: 'frozen' });
});

test('a launch that is repeated leaves a run alone that has come further', async () => {
  const ports = flowPorts(world, key);
  const record = recordOf({ repository, run: runId(1), origin: branch });
  await launchRun(ports, record);
  await advanceRun(ports, await takePolicySnapshot(ports), runId(1), judging(2));
  expect(await launchRun(ports, record)).toMatchObject({ kind: 'launched' });
  expect(await stateOf(ports, 1)).toMatchObject({ state: 'judging' });
});

test('a run that is cancelled while it is dispatched leaves no job behind', async () => {
  const ports = flowPorts(world, key, {
    engine: {
      async submit() {
        const policy = await takePolicySnapshot(ports);
        await advanceRun(ports, policy, runId(1), { state: 'cancelled', by: 'ben', workflowRun: null });
        return { workflowRun: 78 };
      },
      async cancel(workflowRun) {
        ports.cancelled.push(workflowRun);
        return 'stopping';
      },
    },
  });
  const launched = await launchRun(ports, recordOf({ repository, run: runId(1), origin: branch }));
  expect(launched).toMatchObject({ kind: 'not_launched' });
  expect(ports.cancelled).toEqual([78]);
});

const branch = { kind: 'branch', branch: 'main' } as const;

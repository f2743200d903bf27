import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import { modelState } from '../../core/ledger/fold.ts';
import { type GitId, StageName } from '../../core/names.ts';
import { loadLedger } from '../../flows/ledger.ts';
import type { WorkflowArtifact } from '../../flows/ports.ts';
import { promote } from '../../flows/promote.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, MODEL, makeKey, runId, sha256 } from '../core/samples.ts';
import { flowPorts, judged, judging, ranThrough } from './ports.ts';

const key = makeKey();
let world: World;
let head: GitId;

beforeAll(async () => {
  world = await startWorld();
  head = await world.commit('main', { [CONFIG_PATH]: CONFIG_TEXT, 'keys/trainyard.pub': key.public.pem });
});
afterAll(() => world.close());

const kept: WorkflowArtifact = { id: 3, name: 'package', digest: sha256('archive'), size: 1, expired: false };

test.each([
  ['was deleted', []],
  ['has expired', [{ ...kept, expired: true }]],
  ['is another one', [{ ...kept, digest: sha256('another archive') }]],
])('a run whose package %s becomes no version', async (what, artifacts) => {
  const workflows = { ...world.ports.workflows, artifacts: async () => artifacts };
  const ports = flowPorts(world, key, { workflows });
  const run = runId(what.length);
  await ranThrough(ports, { run }, [{ state: 'training', workflowRun: 1 }, judging(2), judged(1)]);
  const stage = StageName.parse('staging');
  const asked = { model: MODEL, run, stage, commit: head, policyCommit: head, by: 'ada', reason: 'merge' } as const;
  const promoted = promote(ports, { ...asked, operation: `merge ${what}` });
  await expect(promoted).rejects.toMatchObject({ code: 'not_possible', message: /is no longer kept/ });
  const { state } = await loadLedger(ports, await takePolicySnapshot(ports));
  expect(modelState(state, MODEL).versions).toEqual([]);
});

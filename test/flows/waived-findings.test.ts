import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONFIG_PATH } from '../../core/config/schema.ts';
import type { JudgeResult } from '../../core/evaluation/result.ts';
import { type GitId, Instant, Sha256 } from '../../core/names.ts';
import { scanFiles } from '../../core/verification/scan.ts';
import type { Waiver } from '../../core/verification/waiver.ts';
import { judgeScan } from '../../core/verification/waivers.ts';
import { finishJudging } from '../../flows/finish-judging.ts';
import { acceptRun, advanceRun, loadRun } from '../../flows/ledger.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import { startWorld, type World } from '../adapters/github/world.ts';
import { CONFIG_TEXT, makeKey, recordOf, runId, sha256 } from '../core/samples.ts';
import { calling } from '../core/verification/assembler.ts';
import { fileOf } from '../core/verification/samples.ts';
import { flowPorts, judging, repository } from './ports.ts';

const key = makeKey();
const model = fileOf('model.pkl', calling('mymodel', 'Net'));
const DIGEST = Sha256.parse(sha256('archive'));

function waiver(expires: string): Waiver {
  const file = Sha256.parse(model.sha256);
  return { rule: 'pickle-unlisted-import', sha256: file, owner: 'ml', reason: 'ours', expires };
}

let world: World;
let base: GitId;

beforeAll(async () => {
  world = await startWorld();
  const waivers = JSON.stringify([waiver('2026-11-30'), waiver('2026-11-01')]);
  base = await world.commit('main', {
    [CONFIG_PATH]: `${CONFIG_TEXT}  scan: { waivers: ${waivers} }\n`,
    'keys/trainyard.pub': key.public.pem,
  });
});
afterAll(() => world.close());

/** A run whose judge jobs say that the finding was waived, and what became of it. */
async function judgedWith(run: number, said: Waiver) {
  const { report, waived } = judgeScan(scanFiles([model]), [said], said.expires);
  const state = judging(20 + run);
  if (state.state !== 'judging') throw new Error('expected a run that is judged');
  const order = { ...state.order, policyCommit: base };
  const record = recordOf({ repository, run: runId(run), origin: { kind: 'branch', branch: 'main' }, commit: base });
  const result: JudgeResult = {
    version: 1,
    run: record.run,
    model: record.model,
    policyCommit: base,
    output: Sha256.parse(sha256('output')),
    scan: report,
    waived: [...waived],
    evaluation: { status: 'not_evaluated', reason: 'no_evaluator', message: 'x' },
    selfReported: null,
    package: null,
  };
  const ports = flowPorts(world, key, {
    workflows: {
      ...world.ports.workflows,
      artifacts: async () => [{ id: 1, name: 'trainyard-result', digest: DIGEST, size: 1, expired: false }],
      artifactFiles: async () => new Map([['result.json', Buffer.from(JSON.stringify(result))]]),
    },
  });
  const policy = await takePolicySnapshot(ports);
  await acceptRun(ports, policy, record);
  await advanceRun(ports, policy, record.run, { state: 'training', workflowRun: 10 + run });
  await advanceRun(ports, policy, record.run, { ...state, order });
  await finishJudging(ports, record.run, {
    id: 20 + run,
    attempt: 1,
    status: 'completed',
    conclusion: 'success',
    event: 'workflow_dispatch',
    path: 'x',
    headBranch: 'main',
    headSha: base,
    title: 'x',
    createdAt: Instant.parse('2026-11-02T10:00:00Z'),
    url: 'x',
  });
  return (await loadRun(ports, policy, record.run))?.record.state;
}

test('a finding that the policy of the default branch waives does not hold the run, and is in its record', async () => {
  const state = await judgedWith(1, waiver('2026-11-30'));
  expect(state).toMatchObject({
    state: 'judged',
    scanVerdict: 'clean',
    scanFindings: [],
    scanWaived: [{ finding: { rule: 'pickle-unlisted-import' }, waiver: { owner: 'ml', expires: '2026-11-30' } }],
  });
});

test.each([
  ['is not in the policy of the default branch', 2, '2030-01-01', 'is not in the policy'],
  ['had expired when the run was judged', 3, '2026-11-01', 'has expired on 2026-11-01'],
])('a waiver that %s fails the judgement', async (_, run, expires, says) => {
  expect(await judgedWith(run, waiver(expires))).toMatchObject({
    state: 'failed',
    at: 'judging',
    reason: 'result_mismatch',
    message: expect.stringContaining(says),
  });
});

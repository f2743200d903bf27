import type { JudgeResult } from '../../core/evaluation/result.ts';
import type { RunRecord, RunState } from '../../core/ledger/run.ts';
import { type GitId, Instant, Sha256 } from '../../core/names.ts';
import { finishJudging } from '../../flows/finish-judging.ts';
import { acceptRun, advanceRun, loadRun } from '../../flows/ledger.ts';
import { takePolicySnapshot } from '../../flows/snapshot.ts';
import type { World } from '../adapters/github/world.ts';
import { recordOf, runId, sha256, type TestKey } from '../core/samples.ts';
import { flowPorts, judging, repository } from './ports.ts';

type Judging = Extract<RunState, { state: 'judging' }>;

interface Judged {
  readonly run: number;
  /** The commit that holds the policy. */
  readonly base: GitId;
  /** What the judge jobs hand over, on top of a scan without files. */
  readonly result: Partial<JudgeResult>;
  readonly record?: Partial<RunRecord>;
  readonly judging?: Partial<Judging>;
}

/** Walks a run to judgement and hands over what its judge jobs say; what became of it. */
export async function judgedBy(world: World, key: TestKey, judged: Judged): Promise<RunState | undefined> {
  const { run, base } = judged;
  const digest = Sha256.parse(sha256('archive'));
  const state = judging(20 + run);
  if (state.state !== 'judging') throw new Error('expected a run that is judged');
  const order = { ...state.order, policyCommit: base };
  const origin = { kind: 'branch', branch: 'main' } as const;
  const record = recordOf({ repository, run: runId(run), origin, commit: base, ...judged.record });
  const result: JudgeResult = {
    version: 1,
    run: record.run,
    model: record.model,
    policyCommit: base,
    output: Sha256.parse(sha256('output')),
    scan: { verdict: 'clean', files: [], findings: [] },
    evaluation: { status: 'not_evaluated', reason: 'no_evaluator', message: 'x' },
    selfReported: null,
    package: null,
    ...judged.result,
  };
  const ports = flowPorts(world, key, {
    workflows: {
      ...world.ports.workflows,
      artifacts: async () => [{ id: 1, name: 'trainyard-result', digest, size: 1, expired: false }],
      artifactFiles: async () => new Map([['result.json', Buffer.from(JSON.stringify(result))]]),
    },
  });
  const policy = await takePolicySnapshot(ports);
  await acceptRun(ports, policy, record);
  await advanceRun(ports, policy, record.run, { state: 'training', workflowRun: 10 + run });
  await advanceRun(ports, policy, record.run, { ...state, order, ...judged.judging });
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

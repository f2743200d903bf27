import type { Money } from '../core/config/quantities.ts';
import { activeLock } from '../core/ledger/controls.ts';
import { costOf } from '../core/ledger/cost.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { ModelName } from '../core/names.ts';
import { budgetProblem, costCap, hourlyPrice, type PaidRun } from '../core/policy/budget.ts';
import { locationProblems } from '../core/policy/locations.ts';
import { runnerFor } from '../core/policy/runner.ts';
import { describeLock } from '../core/promotion/stage-block.ts';
import { keysOf } from '../core/records.ts';
import { runRequest } from '../core/training/order.ts';
import type { Assessment } from './assessment.ts';
import { freezeRewound } from './freeze.ts';
import { instant, type Ledger, loadLedger, loadRuns } from './ledger.ts';
import type { PushEvent } from './merge.ts';
import type { ModelDecision } from './merge-decision.ts';
import { modelAt } from './model-at.ts';
import type { Ports } from './ports.ts';
import { deriveRunId, digestFor, draftRun, type KnownModel } from './run-draft.ts';
import { modelIn, type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/**
 * A merge that changes policy promotes nothing. Every model that it affects, or that is judged differently from now on,
 * is trained from the default branch under the new policy, unless that has been done; a lock, a budget and what policy
 * allows hold here as they do for `/train`.
 */
export async function trainUnderNewPolicy(
  ports: Ports,
  before: PolicySnapshot,
  { models }: Assessment,
  event: PushEvent,
): Promise<readonly ModelDecision[]> {
  const policy = await takePolicySnapshot(ports, event.after);
  if (policy.config === null || policy.keys.length === 0) return [];
  const rewound = await freezeRewound(ports, policy);
  const names = keysOf(policy.config.models);
  if (rewound !== null) return names.map((name) => notTrained(name, rewound));
  const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
  const { name: repository } = await ports.source.repository();
  const begun: PaidRun[] = [];
  return names.flatMap((name): ModelDecision[] => {
    const model = modelAt(policy, policy, name);
    if (model.kind !== 'known') return [];
    const digest = digestFor(policy, model);
    const judgedAnew = modelIn(before.config, name) === null || digestFor(before, model) !== digest;
    if (!judgedAnew && !models.some((one) => one.name === name && one.affected)) return [];
    const done = records.some(
      ({ record }) => record.commit === event.after && record.model === name && record.policy.digest === digest,
    );
    if (done) return [];
    const problem = trainingProblem(ports, { model, ledger, records, begun, user: event.sender });
    if (problem !== null) return [notTrained(name, problem)];
    begun.push({
      cost: capOf(model),
      pullRequest: null,
      requestedBy: event.sender,
      acceptedAt: instant(ports),
    });
    const draft = draftRun(policy, model, runRequest(model.effective, {}), {
      run: deriveRunId(repository, instant(ports), `push ${event.after} model ${name}`),
      repository,
      commit: event.after,
      origin: { kind: 'branch', branch: event.branch },
      requestedBy: ports.self,
      trust: 'member',
      policyChange: false,
    });
    return [{ kind: 'train', model: name, draft }];
  });
}

function notTrained(model: ModelName, reason: string): ModelDecision {
  return { kind: 'nothing', model, why: 'not_trained', reasons: [reason] };
}

interface Training {
  readonly model: KnownModel;
  readonly ledger: Ledger;
  readonly records: readonly VerifiedRecord[];
  /** Runs that this merge begins besides. */
  readonly begun: readonly PaidRun[];
  readonly user: string;
}

function capOf({ effective: { policy, config } }: KnownModel): Money | null {
  return costCap(hourlyPrice(policy, config.train.resources), config.train.timeout);
}

/** Why the model may not be trained now, in words; null when it may. */
function trainingProblem(
  ports: Pick<Ports, 'clock'>,
  { model, ledger, records, begun, user }: Training,
): string | null {
  const { name, policy, config } = model.effective;
  const now = instant(ports);
  const lock = activeLock(ledger.state, { kind: 'model', name }, now);
  if (lock !== null) return `the model is ${describeLock(lock)}`;
  const [lost] = locationProblems(config, policy);
  if (lost !== undefined) return lost.message;
  const { resources } = config.train;
  const runner = runnerFor(policy, { fork: false, gpu: resources.gpu ?? null });
  if (!runner.ok) return runner.message;
  const active = records.filter(({ record }) => !isFinal(record.state)).length + begun.length;
  if (active >= policy.concurrency)
    return `policy allows ${policy.concurrency} runs in progress (policy.concurrency), and ${active} are`;
  const runs = records.map(({ record }) => ({
    cost: costOf(record, now),
    pullRequest: record.origin.kind === 'pull_request' ? record.origin.number : null,
    requestedBy: record.requestedBy,
    acceptedAt: record.acceptedAt,
  }));
  const paid = { policy, cap: capOf(model), runs: [...runs, ...begun], pullRequest: null, user };
  return budgetProblem({ ...paid, now: ports.clock.now() })?.message ?? null;
}

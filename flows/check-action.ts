import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import { ModelName } from '../core/names.ts';
import { authorised } from './command.ts';
import { cancelRun } from './command-cancel.ts';
import { launchRun } from './launch.ts';
import { loadRuns } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { deriveRunId, draftRun, type RunDraft } from './run-draft.ts';
import { showPullRequest, showRun } from './show.ts';
import { requireConfig, takePolicySnapshot, takeSnapshot } from './snapshot.ts';

export interface CheckActionEvent {
  readonly externalId: string;
  readonly sha: string;
  readonly identifier: string;
  readonly sender: string;
}

/** A button of a train check was pressed. It is bound to the commit that the check stands at. */
export async function handleCheckAction(ports: Ports, event: CheckActionEvent): Promise<Outcome> {
  const model = ModelName.safeParse(/^train (.+)$/.exec(event.externalId)?.[1]);
  if (event.identifier === 'rerequested') {
    if (!model.success) return showAgain(ports, event.sha);
    return handleCheckAction(ports, { ...event, identifier: 'retry' });
  }
  if (!model.success || (event.identifier !== 'cancel' && event.identifier !== 'retry'))
    return { code: 'ignored', message: `no button ${event.identifier} of ${event.externalId}` };
  const decision = await ports.steps.run('decide', () => decide(ports, event, model.data));
  switch (decision.kind) {
    case 'refused':
      return { code: 'refused', message: decision.message };
    case 'cancel': {
      const { run } = decision;
      const message = await cancelRun(ports, run, event.sender);
      await ports.steps.run('show', () => showRun(ports, run));
      return { code: 'run_stopping', message };
    }
    case 'retry': {
      const { draft } = decision;
      const launched = await launchRun(ports, draft);
      await ports.steps.run('show', () => showRun(ports, draft.run));
      return launched.kind === 'launched'
        ? { code: 'run_accepted', message: `run ${draft.run} trains ${draft.model} again` }
        : { code: 'run_failed', message: launched.message };
    }
  }
}

/** "Re-run" of a check that only shows: it is computed afresh for every open pull request with this head. */
async function showAgain(ports: Ports, sha: string): Promise<Outcome> {
  const numbers = await ports.steps.run('heads', async () =>
    (await ports.pulls.listOpen()).filter(({ head }) => head.sha === sha).map(({ number }) => number),
  );
  for (const number of numbers) await ports.steps.run(`show ${number}`, () => showPullRequest(ports, number));
  return {
    code: 'planned',
    message: `${numbers.length} pull requests with the head ${sha.slice(0, 12)} are shown afresh`,
  };
}

type Decision =
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'cancel'; readonly run: RunDraft['run'] }
  | { readonly kind: 'retry'; readonly draft: RunDraft };

async function decide(ports: Ports, event: CheckActionEvent, model: ModelName): Promise<Decision> {
  const policy = await takePolicySnapshot(ports);
  const command = event.identifier === 'cancel' ? 'cancel' : 'train';
  const allowed = await authorised(ports, command, event.sender, requireConfig(policy, 'the default branch').policy);
  if (!allowed.allowed) return { kind: 'refused', message: allowed.reason };
  const records = await loadRuns(ports, policy);
  const newest = records.find(({ record }) => record.model === model && record.commit === event.sha);
  if (newest === undefined) return { kind: 'refused', message: `no run of ${model} at ${event.sha.slice(0, 12)}` };
  if (event.identifier === 'retry') return retry(ports, event, newest);
  if (isFinal(newest.record.state)) return { kind: 'refused', message: `run ${newest.record.run} has ended` };
  return { kind: 'cancel', run: newest.record.run };
}

/** The same request again, under the policy of now; only of an open pull request's present head, or of the default branch. */
async function retry(ports: Ports, event: CheckActionEvent, { record }: VerifiedRecord): Promise<Decision> {
  if (!isFinal(record.state)) return { kind: 'refused', message: `run ${record.run} is in progress` };
  if (record.origin.kind === 'pull_request') {
    const pull = await ports.pulls.get(record.origin.number);
    if (pull.state !== 'open' || pull.head.sha !== record.commit || pull.fork)
      return { kind: 'refused', message: `${record.commit.slice(0, 12)} is no longer the head of #${pull.number}` };
  }
  const policy = await takePolicySnapshot(ports);
  const at = modelAt(policy, await takeSnapshot(ports, record.commit), record.model);
  if (at.kind !== 'known')
    return { kind: 'refused', message: `${record.model} is not in the config of ${record.commit.slice(0, 12)}` };
  const { origin, requestedBy: _before, ...rest } = record;
  const draft = draftRun(policy, at, record.order.request, {
    run: deriveRunId(rest.repository, record.at, `retry ${record.run}`),
    repository: rest.repository,
    commit: rest.commit,
    origin,
    requestedBy: event.sender,
    trust: rest.trust,
    policyChange: rest.policyChange,
  });
  return { kind: 'retry', draft };
}

import { paramProblem } from '../core/config/params.ts';
import type { ParamValue } from '../core/config/schema.ts';
import type { VerifiedRecord } from '../core/ledger/envelope.ts';
import { isFinal } from '../core/ledger/machine.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import { ModelName, type ParamName } from '../core/names.ts';
import { valueAt } from '../core/records.ts';
import { runRequest } from '../core/training/order.ts';
import { assessPullRequest } from './assessment.ts';
import { authorised } from './command.ts';
import { cancelRun } from './command-cancel.ts';
import { FlowError } from './error.ts';
import { launchRun } from './launch.ts';
import { instant, loadRuns } from './ledger.ts';
import { type ModelAt, modelAt } from './model-at.ts';
import type { Outcome } from './outcome.ts';
import type { Ports } from './ports.ts';
import { deriveRunId, draftRun, type RunDraft } from './run-draft.ts';
import { showPullRequest, showRun } from './show.ts';
import { type PolicySnapshot, requireConfig, takePolicySnapshot, takeSnapshot } from './snapshot.ts';

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
      await ports.steps.run('tell', () => tellRefusal(ports, event, model.data, decision));
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
  | { readonly kind: 'refused'; readonly message: string; readonly pullRequest: number | null }
  | { readonly kind: 'cancel'; readonly run: RunDraft['run'] }
  | { readonly kind: 'retry'; readonly draft: RunDraft };

/** A button has no conversation of its own: the answer stands in the pull request's comment. */
async function tellRefusal(
  ports: Ports,
  event: CheckActionEvent,
  model: ModelName,
  { message, pullRequest }: Extract<Decision, { kind: 'refused' }>,
): Promise<null> {
  if (pullRequest === null) return null;
  const { sender: author, identifier, sha } = event;
  const key = `button:${identifier} ${model} ${sha} ${author}`;
  const command = `${identifier} ${model}`;
  const notice = { pullRequest, key, at: instant(ports), author, command, message };
  await ports.inFlight.putNotice({ ...notice, tone: 'refused' });
  return showPullRequest(ports, pullRequest);
}

async function decide(ports: Ports, event: CheckActionEvent, model: ModelName): Promise<Decision> {
  let pullRequest: number | null = null;
  try {
    const policy = await takePolicySnapshot(ports);
    const records = await loadRuns(ports, policy);
    const newest = records.find(({ record }) => record.model === model && record.commit === event.sha);
    if (newest?.record.origin.kind === 'pull_request') pullRequest = newest.record.origin.number;
    const refuse = (message: string): Decision => ({ kind: 'refused', message, pullRequest });
    const command = event.identifier === 'cancel' ? 'cancel' : 'train';
    const allowed = await authorised(ports, command, event.sender, requireConfig(policy, 'the default branch').policy);
    if (!allowed.allowed) return refuse(allowed.reason);
    if (newest === undefined) return refuse(`no run of ${model} at ${event.sha.slice(0, 12)}`);
    const { run, state } = newest.record;
    if (event.identifier === 'retry') {
      const limit = policy.config?.policy.concurrency ?? 1;
      const active = records.filter(({ record }) => !isFinal(record.state)).length;
      if (active >= limit)
        return refuse(
          `${active} runs are in progress and policy.concurrency allows ${limit}: wait for one to end, or /cancel one`,
        );
      const draft = await retry(ports, policy, event, newest);
      return typeof draft === 'string' ? refuse(draft) : { kind: 'retry', draft };
    }
    return isFinal(state) ? refuse(`run ${run} has ended`) : { kind: 'cancel', run };
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    return { kind: 'refused', message: error.message, pullRequest };
  }
}

/**
 * The same request again, only of an open pull request's present head or of the default branch. Everything that policy
 * says is asked anew: it may have changed since.
 *
 * @returns why not, in words, or the new run
 */
async function retry(
  ports: Ports,
  policy: PolicySnapshot,
  event: CheckActionEvent,
  { record }: VerifiedRecord,
): Promise<string | RunDraft> {
  const { origin, model, commit, repository } = record;
  if (!isFinal(record.state)) return `run ${record.run} is in progress`;
  const found = await modelNow(ports, policy, record);
  if (typeof found === 'string') return found;
  const { at, policyChange } = found;
  if (at.kind !== 'known') return `${model} is not in the config of ${commit.slice(0, 12)}, or can not be read there`;
  const set = new Map<ParamName, ParamValue>();
  for (const name of record.order.request.explicit) {
    const spec = valueAt(at.effective.config.train.params, name);
    const value = valueAt(record.order.request.params, name);
    if (spec === undefined || value === undefined) return `${model} has no parameter ${name} any more`;
    const reason = paramProblem(spec, value);
    if (reason !== null) return `${name} is ${JSON.stringify(value)} in run ${record.run}: ${reason}`;
    set.set(name, value);
  }
  return draftRun(policy, at, runRequest(at.effective, Object.fromEntries(set)), {
    run: deriveRunId(repository, record.at, `retry ${record.run}`),
    repository,
    commit,
    origin,
    requestedBy: event.sender,
    trust: record.trust,
    policyChange,
  });
}

async function modelNow(
  ports: Ports,
  policy: PolicySnapshot,
  { origin, model, commit }: RunRecord,
): Promise<string | { readonly at: ModelAt; readonly policyChange: boolean }> {
  if (origin.kind === 'branch')
    return { at: modelAt(policy, await takeSnapshot(ports, commit), model), policyChange: false };
  const pull = await ports.pulls.get(origin.number);
  if (pull.state !== 'open' || pull.head.sha !== commit || pull.fork)
    return `${commit.slice(0, 12)} is no longer the head of #${pull.number}`;
  const { models, problems } = await assessPullRequest(ports, pull);
  const assessed = models.find(({ name }) => name === model);
  if (problems.length > 0) return `the plan is not complete: ${problems.join('; ')}`;
  if (assessed === undefined) return `${model} is not in the config of ${commit.slice(0, 12)}`;
  return { at: assessed.head, policyChange: assessed.changesPolicy };
}

import { GitId, type ModelName, type RepositoryName, type RunId, type StageName } from '../core/names.ts';
import { keysOf } from '../core/records.ts';
import { runRequest } from '../core/training/order.ts';
import { type AssessedModel, type Assessment, assess } from './assessment.ts';
import { FlowError } from './error.ts';
import { launchRun } from './launch.ts';
import { instant, ledgerProblem, loadLedger, loadRuns } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports, type PullRequest } from './ports.ts';
import { promote } from './promote.ts';
import { unpassedData } from './readiness.ts';
import { deriveRunId, digestFor, draftRun, type RunDraft } from './run-draft.ts';
import { selectFor } from './selection.ts';
import { showPullRequest } from './show.ts';
import { showPromotion } from './show-outcome.ts';
import { modelIn, type PolicySnapshot, takePolicySnapshot, takeSnapshot } from './snapshot.ts';

/** What a merge means for one model that it affects. */
type ModelDecision =
  | { readonly kind: 'promote'; readonly model: ModelName; readonly run: RunId; readonly stage: StageName }
  | {
      readonly kind: 'nothing';
      readonly model: ModelName;
      readonly why: 'stale' | 'held' | 'none' | 'running' | 'frozen' | 'failed';
      readonly reasons: readonly string[];
    }
  | { readonly kind: 'train'; readonly model: ModelName; readonly draft: RunDraft };

interface MergeDecision {
  readonly pullRequest: number | null;
  readonly policyCommit: GitId;
  /** Why the merged tree could not be assessed as a whole. */
  readonly problem: string | null;
  readonly models: readonly ModelDecision[];
}

export interface PushEvent {
  readonly branch: string;
  readonly before: GitId;
  readonly after: GitId;
  readonly sender: string;
}

/** The head of the default branch up to which pushes have been handled. */
const HANDLED = 'default branch';

/**
 * The default branch moved: what was merged is matched with what was verified, under the policy that stood before
 * (invariants 1 and 6), and then every open pull request is compared with the new base. Pushes are handled in their
 * order, however they are heard of: one that was missed is made up for first, one that comes late has been.
 */
export async function handlePush(ports: Ports, event: PushEvent): Promise<Outcome> {
  const pushes = await ports.steps.run('order', () => inOrder(ports, event));
  if (pushes === null)
    return { code: 'ignored', message: `${event.branch} is not the default branch, or has just been made` };
  let last: Outcome = { code: 'ignored', message: `the push to ${event.branch} was handled before` };
  for (const push of pushes) last = await handleOne(ports, push);
  if (pushes.length > 0) await showOpenPullRequests(ports);
  return last;
}

/** Pushes that nobody told of: the default branch is not where it was when a push was last handled. */
export async function sweepPushes(ports: Ports): Promise<Outcome | null> {
  const missed = await ports.steps.run('missed pushes', async (): Promise<PushEvent | null> => {
    const { defaultBranch: branch } = await ports.source.repository();
    const after = await ports.source.branchHead(branch);
    const known = await ports.inFlight.progress(HANDLED);
    if (after !== null && known === null) await ports.inFlight.putProgress(HANDLED, after);
    if (after === null || known === null || known === after) return null;
    return { branch, before: GitId.parse(known), after, sender: ports.self };
  });
  return missed === null ? null : handlePush(ports, missed);
}

/** What is to be handled now, oldest first; null when the push is of no concern. */
async function inOrder(ports: Ports, event: PushEvent): Promise<readonly PushEvent[] | null> {
  const { defaultBranch } = await ports.source.repository();
  // A branch that was just created has no commit before: nothing was merged into it.
  if (event.branch !== defaultBranch || /^0+$/.test(event.before) || /^0+$/.test(event.after)) return null;
  const stored = await ports.inFlight.progress(HANDLED);
  if (stored === null || stored === event.before) return [event];
  const known = GitId.parse(stored);
  const follows = async (earlier: GitId, later: GitId) => (await ports.source.mergeBase(earlier, later)) === earlier;
  if (await follows(event.after, known)) return [];
  if (!(await follows(known, event.before))) return [event];
  return [{ ...event, before: known, after: event.before }, event];
}

async function handleOne(ports: Ports, event: PushEvent): Promise<Outcome> {
  const decision = await ports.steps.run(`decide ${event.after}`, () => decide(ports, event));
  const outcomes: Outcome[] = [];
  if (decision.problem !== null)
    outcomes.push({ code: 'plan_failed', message: `nothing was promoted: ${decision.problem}` });
  for (const model of decision.models) outcomes.push(await act(ports, event, decision, model));
  if (decision.pullRequest !== null) {
    const { pullRequest } = decision;
    await ports.steps.run(`show ${pullRequest}`, () => showPullRequest(ports, pullRequest));
  }
  await ports.steps.run(`handled ${event.after}`, async () => {
    await ports.inFlight.putProgress(HANDLED, event.after);
    return null;
  });
  return (
    outcomes.find(({ code }) => code === 'promoted') ??
    outcomes[0] ?? { code: 'nothing_to_promote', message: `the push to ${event.branch} affects no model` }
  );
}

/** `ready` compares with the preview merge again whenever the base moves. */
export async function showOpenPullRequests(ports: Ports): Promise<void> {
  const numbers = await ports.steps.run('open pull requests', async () =>
    (await ports.pulls.listOpen()).map(({ number }) => number),
  );
  for (const number of numbers) await ports.steps.run(`show ${number}`, () => showPullRequest(ports, number));
}

/** Changed data that no check has passed, in words: nothing that was trained on it is promoted. */
async function unvalidated(ports: Ports, assessment: Assessment, pull: PullRequest | null): Promise<string[]> {
  if (pull === null) return assessment.datasets.map(({ name }) => `dataset ${name} was changed without a pull request`);
  const unpassed = await unpassedData(ports, pull, assessment);
  return unpassed.map(({ dataset, status }) => `dataset ${dataset}: ${status.replaceAll('_', ' ')}`);
}

async function decide(ports: Ports, event: PushEvent): Promise<MergeDecision> {
  const { name: repository } = await ports.source.repository();
  const policy = await takePolicySnapshot(ports, event.before);
  const after = await takeSnapshot(ports, event.after);
  const pull = await ports.pulls.mergedAs(event.after);
  const assessment = assess(policy, policy, after);
  const problem = assessment.problems[0] ?? null;
  const base: MergeDecision = { pullRequest: pull?.number ?? null, policyCommit: policy.commit, problem, models: [] };
  if (assessment.policyChanges.some(({ effect }) => effect === 'policy'))
    return { ...base, models: await trainUnderNewPolicy(ports, policy, assessment, event, repository) };
  if (policy.keys.length === 0) return base;
  const affected = assessment.models.filter((model) => model.affected);
  if (affected.length === 0) return base;
  const untrusted = await ledgerProblem(ports, policy);
  if (untrusted !== null)
    return {
      ...base,
      models: affected.map(({ name }) => ({ kind: 'nothing', model: name, why: 'frozen', reasons: [untrusted] })),
    };
  const [ledger, records] = await Promise.all([loadLedger(ports, policy), loadRuns(ports, policy)]);
  const unpassed = await unvalidated(ports, assessment, pull);
  const models = affected.flatMap((model): ModelDecision[] => {
    if (model.head.kind !== 'known') return [];
    const selection = selectFor(policy, ledger, records, model.head, pull);
    if (selection.kind === 'candidate' && unpassed.length === 0) return promotion(model, selection.run.record.run);
    if (selection.kind === 'candidate') return [{ kind: 'nothing', model: model.name, why: 'held', reasons: unpassed }];
    const reasons = 'reasons' in selection ? selection.reasons : [];
    return [{ kind: 'nothing', model: model.name, why: selection.kind, reasons }];
  });
  return { ...base, models };
}

function promotion(model: AssessedModel, run: RunId): ModelDecision[] {
  const stage = model.head.kind === 'known' ? model.head.effective.config.promote.stages[0] : undefined;
  return stage === undefined ? [] : [{ kind: 'promote', model: model.name, run, stage }];
}

/**
 * A merge that changes policy promotes nothing. Every model that it affects, or that is judged differently from now on,
 * is trained from the default branch under the new policy, unless that has been done.
 */
async function trainUnderNewPolicy(
  ports: Ports,
  before: PolicySnapshot,
  { models }: Assessment,
  event: { branch: string; after: GitId },
  repository: RepositoryName,
): Promise<readonly ModelDecision[]> {
  const policy = await takePolicySnapshot(ports, event.after);
  if (policy.config === null || policy.keys.length === 0) return [];
  const records = await loadRuns(ports, policy);
  return keysOf(policy.config.models).flatMap((name): ModelDecision[] => {
    const model = modelAt(policy, policy, name);
    if (model.kind !== 'known') return [];
    const digest = digestFor(policy, model);
    const judgedAnew = modelIn(before.config, name) === null || digestFor(before, model) !== digest;
    if (!judgedAnew && !models.some((one) => one.name === name && one.affected)) return [];
    const done = records.some(
      ({ record }) => record.commit === event.after && record.model === name && record.policy.digest === digest,
    );
    if (done) return [];
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

async function act(
  ports: Ports,
  event: { after: GitId; sender: string },
  decision: MergeDecision,
  model: ModelDecision,
): Promise<Outcome> {
  switch (model.kind) {
    case 'train': {
      const launched = await launchRun(ports, model.draft);
      return launched.kind === 'launched'
        ? { code: 'run_accepted', message: `${model.model} is trained from the default branch by run ${launched.run}` }
        : { code: 'run_failed', message: `${model.model}: ${launched.message}` };
    }
    case 'nothing': {
      const message = `${model.model}: ${whyNothing(model.why)}${model.reasons.length > 0 ? `: ${model.reasons.join('; ')}` : ''}`;
      await ports.steps.run(`nothing ${model.model}`, () =>
        showPromotion(ports, {
          commit: event.after,
          model: model.model,
          ok: false,
          title: `${model.why === 'none' ? 'no candidate' : model.why}: nothing was promoted`,
          message,
        }),
      );
      return { code: model.why === 'frozen' ? 'frozen' : 'stale', message };
    }
    case 'promote': {
      const { outcome, title } = await promoteMerged(ports, event, decision, model);
      const ok = outcome.code === 'promoted';
      await ports.steps.run(`promoted ${model.model}`, () =>
        showPromotion(ports, { commit: event.after, model: model.model, ok, title, message: outcome.message }),
      );
      return outcome;
    }
  }
}

async function promoteMerged(
  ports: Ports,
  event: { after: GitId; sender: string },
  { policyCommit }: MergeDecision,
  { model, run, stage }: Extract<ModelDecision, { kind: 'promote' }>,
): Promise<{ outcome: Outcome; title: string }> {
  try {
    const operation = `merge ${event.after}`;
    const asked = { model, run, stage, commit: event.after, by: event.sender, reason: 'merge', operation } as const;
    const promoted = await promote(ports, { ...asked, policyCommit });
    if (promoted.kind === 'frozen') {
      const message = `${model} is frozen: ${promoted.message}`;
      return { outcome: { code: 'frozen', message }, title: 'frozen: nothing was promoted' };
    }
    const { version } = promoted;
    const message = `run ${run} is ${model}@v${version}, and ${promoted.stage} points at it`;
    return { outcome: { code: 'promoted', message }, title: `v${version} is in ${promoted.stage}` };
  } catch (error) {
    // Waiting helps against some; the others would keep every later push from being handled.
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    if (!(error instanceof FlowError || error instanceof PortError)) throw error;
    const message = `run ${run} of ${model} could not be promoted: ${error.message}`;
    return { outcome: { code: 'promotion_failed', message }, title: 'the promotion failed' };
  }
}

function whyNothing(why: Extract<ModelDecision, { kind: 'nothing' }>['why']): string {
  switch (why) {
    case 'stale':
      return 'stale: the merged tree is not what the candidate was trained from';
    case 'held':
      return 'held: the run did not pass';
    case 'failed':
      return 'the run failed';
    case 'running':
      return 'merged before its run had ended';
    case 'frozen':
      return 'promotion is frozen';
    case 'none':
      return 'merged without a candidate';
  }
}

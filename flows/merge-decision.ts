import { activeHold, type Hold } from '../core/ledger/controls.ts';
import type { GitId, ModelName, RunId, StageName } from '../core/names.ts';
import { describeHold } from '../core/promotion/stage-block.ts';
import { type AssessedModel, type Assessment, assess } from './assessment.ts';
import { freezeRewound } from './freeze.ts';
import { instant, type Ledger, ledgerProblem, loadLedger, loadRuns } from './ledger.ts';
import { type UnapprovedLoosening, unapprovedLoosenings } from './loosened-contracts.ts';
import type { PushEvent } from './merge.ts';
import { mergeRequirement } from './merge-requirements.ts';
import { trainUnderNewPolicy } from './merge-training.ts';
import { unpassedMerge } from './merged-data.ts';
import type { Ports, PullRequest } from './ports.ts';
import { unpassedData } from './readiness.ts';
import type { RunDraft } from './run-draft.ts';
import { selectFor } from './selection.ts';
import { takePolicySnapshot, takeSnapshot } from './snapshot.ts';

/** What a merge means for one model that it affects. */
export type ModelDecision =
  | { readonly kind: 'promote'; readonly model: ModelName; readonly run: RunId; readonly stage: StageName }
  | {
      readonly kind: 'nothing';
      readonly model: ModelName;
      readonly why:
        | 'stale'
        | 'held'
        | 'none'
        | 'running'
        | 'frozen'
        | 'failed'
        | 'on_hold'
        | 'requirement'
        | 'loosened'
        | 'not_trained';
      readonly reasons: readonly string[];
    }
  | { readonly kind: 'train'; readonly model: ModelName; readonly draft: RunDraft };

export type Nothing = Extract<ModelDecision, { kind: 'nothing' }>;

export interface MergeDecision {
  readonly pullRequest: number | null;
  readonly policyCommit: GitId;
  /** Why the merged tree could not be assessed as a whole. */
  readonly problem: string | null;
  readonly models: readonly ModelDecision[];
}

/** What the default branch's move means, under the policy that stood before it (invariant 1); nothing is written but freezes. */
export async function decideMerge(ports: Ports, event: PushEvent): Promise<MergeDecision> {
  const policy = await takePolicySnapshot(ports, event.before);
  const after = await takeSnapshot(ports, event.after);
  const pull = await ports.pulls.mergedAs(event.after);
  const assessment = assess(policy, policy, after);
  const problem = assessment.problems[0] ?? null;
  const base: MergeDecision = { pullRequest: pull?.number ?? null, policyCommit: policy.commit, problem, models: [] };
  if (assessment.policyChanges.some(({ effect }) => effect === 'policy'))
    return { ...base, models: await trainUnderNewPolicy(ports, policy, assessment, event) };
  if (policy.keys.length === 0) return base;
  const affected = assessment.models.filter((model) => model.affected);
  if (affected.length === 0) return base;
  const untrusted = (await freezeRewound(ports, policy)) ?? (await ledgerProblem(ports, policy));
  if (untrusted !== null) return { ...base, models: nothingOf(affected, 'frozen', [untrusted]) };
  const ledger = await loadLedger(ports, policy);
  const hold = pull === null ? null : activeHold(ledger.state, pull.number, instant(ports));
  if (pull !== null && hold !== null) return { ...base, models: nothingOf(affected, 'on_hold', [held(pull, hold)]) };
  const names = affected.map(({ name }) => name);
  const requirement = await mergeRequirement(ports, pull, assessment, names);
  if (requirement !== null) return { ...base, models: nothingOf(affected, 'requirement', [requirement]) };
  const loosened = await unapprovedLoosenings(ports, pull, assessment);
  return { ...base, models: await promotions(ports, { assessment, affected, ledger, loosened, pull, event }) };
}

function held(pull: PullRequest, hold: Hold): string {
  return `pull request #${pull.number} was ${describeHold(hold)}`;
}

function nothingOf(models: readonly AssessedModel[], why: Nothing['why'], reasons: readonly string[]): Nothing[] {
  return models.map(({ name }) => ({ kind: 'nothing', model: name, why, reasons }));
}

interface Merged {
  readonly assessment: Assessment;
  readonly affected: readonly AssessedModel[];
  readonly ledger: Ledger;
  readonly loosened: readonly UnapprovedLoosening[];
  readonly pull: PullRequest | null;
  readonly event: PushEvent;
}

async function promotions(
  ports: Ports,
  { assessment, affected, ledger, loosened, pull, event }: Merged,
): Promise<readonly ModelDecision[]> {
  const { policy } = assessment;
  const records = await loadRuns(ports, policy);
  const unpassed = await unvalidated(ports, assessment, pull, event);
  return affected.flatMap((model): ModelDecision[] => {
    if (model.head.kind !== 'known') return [];
    const unapproved = loosened.filter(({ models }) => models.includes(model.name)).map(({ message }) => message);
    if (unapproved.length > 0) return nothingOf([model], 'loosened', unapproved);
    const selection = selectFor(policy, ledger, records, model.head, pull);
    if (selection.kind === 'candidate' && unpassed.length === 0) return promotion(model, selection.run.record.run);
    if (selection.kind === 'candidate') return nothingOf([model], 'held', unpassed);
    return nothingOf([model], selection.kind, 'reasons' in selection ? selection.reasons : []);
  });
}

/** Changed data that no check has passed, in words: nothing that was trained on it is promoted. */
async function unvalidated(
  ports: Ports,
  assessment: Assessment,
  pull: PullRequest | null,
  event: PushEvent,
): Promise<string[]> {
  if (pull === null) return assessment.datasets.map(({ name }) => `dataset ${name} was changed without a pull request`);
  // What jobs remember of the pull request's data stands in a comment that people can edit (adapters/without-app).
  const unpassed =
    ports.withoutApp === true ? unpassedMerge(assessment, event) : await unpassedData(ports, pull, assessment);
  return unpassed.map(({ dataset, status }) => `dataset ${dataset}: ${status.replaceAll('_', ' ')}`);
}

function promotion(model: AssessedModel, run: RunId): ModelDecision[] {
  const stage = model.head.kind === 'known' ? model.head.effective.config.promote.stages[0] : undefined;
  return stage === undefined ? [] : [{ kind: 'promote', model: model.name, run, stage }];
}

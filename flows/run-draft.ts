import { sha256Hex } from '../core/canonical.ts';
import type { TrainingAction } from '../core/decision/action.ts';
import { fingerprintOf } from '../core/fingerprint/source.ts';
import type { firstRunRecord } from '../core/ledger/machine.ts';
import type { RunOrigin, RunRecord } from '../core/ledger/run.ts';
import type { GitId, Instant, ModelName, RepositoryName, RunId, Sha256 } from '../core/names.ts';
import { hourlyPrice } from '../core/policy/budget.ts';
import { policyDigest } from '../core/policy/digest.ts';
import type { EffectiveModel } from '../core/policy/effective.ts';
import { fileIds, policyPaths } from '../core/policy/files.ts';
import { locationProblems } from '../core/policy/locations.ts';
import { machinesProblem } from '../core/policy/machines.ts';
import { runnerFor } from '../core/policy/runner.ts';
import { ephemeralLabels } from '../core/runners/names.ts';
import { runRequest, trainOrder } from '../core/training/order.ts';
import type { RunRequest } from '../core/training/request.ts';
import { ulid } from '../core/ulid.ts';
import { FlowError } from './error.ts';
import type { FactSource } from './facts.ts';
import type { ModelAt } from './model-at.ts';
import type { Ports } from './ports.ts';
import { type PolicySnapshot, requireConfig } from './snapshot.ts';

export type KnownModel = Extract<ModelAt, { kind: 'known' }>;
export type RunDraft = Parameters<typeof firstRunRecord>[0];

/**
 * The id of the run that one request asks for: the same request, replayed under another delivery id or found by a
 * sweep, has the same id (invariant 8).
 *
 * @param at when it was asked for: the id sorts by it
 * @param key names the request within the repository, e.g. comment id, line and model
 */
export function deriveRunId(repository: RepositoryName, at: Instant, key: string): RunId {
  return ulid(Date.parse(at), Buffer.from(sha256Hex(`${repository}\n${key}`).slice(0, 20), 'hex'));
}

export function digestFor(policy: PolicySnapshot, model: KnownModel): Sha256 {
  return policyDigestOf(policy, model.effective.name);
}

/** @throws FlowError `config_unreadable` where the commit has no config */
export function policyDigestOf(policy: PolicySnapshot, model: ModelName): Sha256 {
  const config = requireConfig(policy, 'the default branch');
  return policyDigest(config, model, fileIds(policyPaths(config, model), policy.tree));
}

export interface RunRequestedBy {
  readonly run: RunId;
  readonly repository: RepositoryName;
  readonly commit: GitId;
  readonly origin: RunOrigin;
  readonly requestedBy: string;
  readonly trust: 'member' | 'fork';
  readonly policyChange: boolean;
  readonly reproduces?: RunId | null;
  readonly resumes?: RunId;
}

/**
 * The first record of a run that trains, without its time: everything that its jobs and its judgement will go by.
 *
 * @throws FlowError `not_possible` for what policy lets nobody train, whoever asked for it and however it was decided
 */
export function draftRun(policy: PolicySnapshot, model: KnownModel, request: RunRequest, by: RunRequestedBy): RunDraft {
  const { effective, manifest } = model;
  const { gpu, gpus } = request.resources;
  // A cluster holds the team's other work: code of strangers trains on `policy.runners.fork` and nowhere else.
  if (by.trust === 'fork' && request.engine !== 'runner')
    throw new FlowError(
      'not_possible',
      `${effective.name} can't be trained: forks train on runners alone, not on ${request.engine}`,
    );
  const crowded = machinesProblem(request.engine, request.resources);
  if (crowded !== null) throw new FlowError('not_possible', `${effective.name} can't be trained: ${crowded}`);
  const choice = runnerFor(effective.policy, { fork: by.trust === 'fork', gpu: gpu ?? null });
  if (!choice.ok) throw new FlowError('not_possible', `${effective.name} can't be trained: ${choice.message}`);
  const fork = by.trust === 'fork';
  const [lost] = locationProblems(effective.config, effective.policy, { fork });
  if (lost !== undefined) throw new FlowError('not_possible', `${effective.name} can't be trained: ${lost.message}`);
  const labels = choice.provider === null ? choice.labels : ephemeralLabels(choice.provider, by.run);
  const runner = labels === null ? null : [...labels];
  const { locations, queries, ...order } = trainOrder(effective, manifest, by.commit, request);
  // Nothing is fetched for a fork: its head names the places, and its code would read what came from there.
  const read = {
    ...(locations === undefined ? {} : { locations }),
    ...(queries === undefined ? {} : { queries }),
  };
  const ordered = fork ? order : { ...order, ...read };
  return {
    ...by,
    reproduces: by.reproduces ?? null,
    hourlyPrice: hourlyPrice(effective.policy, { ...effective.config.train.resources, gpu, gpus }),
    evaluates: null,
    model: effective.name,
    fingerprint: fingerprintOf(manifest, request),
    source: manifest,
    order: { ...ordered, runner },
    policy: { commit: policy.commit, digest: digestFor(policy, model) },
  };
}

/** What a decided training asks for: the command's parameters, and the GPU and engine that policy let it choose. */
function requestOf(effective: EffectiveModel, { set, gpu, gpus, engine }: TrainingAction): RunRequest {
  const request = runRequest(effective, set);
  const { gpu: _configured, ...resources } = request.resources;
  return { ...request, engine, resources: { ...resources, gpus, ...(gpu === null ? {} : { gpu }) } };
}

/**
 * The run that a decided training makes.
 *
 * @throws FlowError `not_possible` where the head has no such model any more
 */
export async function draftTraining(
  ports: Pick<Ports, 'source'>,
  source: FactSource,
  line: number,
  training: TrainingAction,
): Promise<RunDraft> {
  const { name } = training.model;
  const [policy, found] = await Promise.all([source.policy(), source.modelAtHead(name)]);
  if (found?.at.kind !== 'known')
    throw new FlowError('not_possible', `${name} is not in the config any more, or cannot be read there`);
  const { comment, pullRequest } = source.subject;
  const head = pullRequest === null ? policy.commit : (await source.pull()).head.sha;
  return draftRun(policy, found.at, requestOf(found.at.effective, training), {
    run: await source.subject.runId({ line, model: name }),
    repository: (await ports.source.repository()).name,
    commit: head,
    origin:
      pullRequest === null
        ? { kind: 'branch', branch: policy.branch }
        : { kind: 'pull_request', number: pullRequest, commentId: comment.id, line },
    requestedBy: comment.author,
    trust: training.trust,
    policyChange: found.policyChange,
    reproduces: training.reproduces,
    ...(training.resume === null ? {} : { resumes: training.resume }),
  });
}

/** A run that trains nothing and judges what an earlier one left, under policy as it is now. */
export async function draftEvaluation(source: FactSource, line: number, earlier: RunRecord): Promise<RunDraft> {
  const [policy, found] = await Promise.all([source.policy(), source.modelAtHead(earlier.model)]);
  if (found === null) throw new FlowError('not_possible', `${earlier.model} is not in the config any more`);
  const { comment } = source.subject;
  const { repository, commit, model, trust, fingerprint, source: manifest, order, origin } = earlier;
  return {
    run: await source.subject.runId({ line, model }),
    repository,
    commit,
    origin: origin.kind === 'branch' ? origin : { ...origin, commentId: comment.id, line },
    requestedBy: comment.author,
    trust,
    policyChange: found.policyChange,
    hourlyPrice: requireConfig(policy, 'the default branch').policy.prices.cpu ?? null,
    // Always the run that trained: what it left is judged, however often.
    evaluates: earlier.evaluates ?? earlier.run,
    reproduces: null,
    model,
    fingerprint,
    source: manifest,
    order,
    policy: { commit: policy.commit, digest: policyDigestOf(policy, model) },
  };
}

import { sha256Hex } from '../core/canonical.ts';
import { fingerprintOf } from '../core/fingerprint/source.ts';
import type { firstRunRecord } from '../core/ledger/machine.ts';
import type { RunOrigin } from '../core/ledger/run.ts';
import type { GitId, Instant, ModelName, RepositoryName, RunId, Sha256 } from '../core/names.ts';
import { policyDigest } from '../core/policy/digest.ts';
import { fileIds, policyPaths } from '../core/policy/files.ts';
import { trainOrder } from '../core/training/order.ts';
import type { RunRequest } from '../core/training/request.ts';
import { ulid } from '../core/ulid.ts';
import type { ModelAt } from './model-at.ts';
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
}

/** The first record of a run, without its time: everything that its jobs and its judgement will go by. */
export function draftRun(policy: PolicySnapshot, model: KnownModel, request: RunRequest, by: RunRequestedBy): RunDraft {
  const { effective, manifest } = model;
  return {
    ...by,
    model: effective.name,
    fingerprint: fingerprintOf(manifest, request),
    source: manifest,
    order: trainOrder(effective, manifest, by.commit, request),
    policy: { commit: policy.commit, digest: digestFor(policy, model) },
    hourlyPrice: null,
    evaluates: null,
  };
}

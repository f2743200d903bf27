import { sha256Hex } from '../core/canonical.ts';
import { type LedgerAssignment, type LedgerVersion, modelState } from '../core/ledger/fold.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { GitId, ModelName, RunId, StageName, Version } from '../core/names.ts';
import { LEDGER_TRAILER } from '../core/promotion/audit.ts';
import { formatStageTag, formatVersionTag, nextCounter, nextVersion } from '../core/promotion/gto.ts';
import { renderRelease } from '../core/reports/release.ts';
import { FlowError } from './error.ts';
import { frozenBecause } from './freeze.ts';
import { appendEntry, instant, type Ledger, loadLedger, loadRun } from './ledger.ts';
import { packageKept } from './package-store.ts';
import type { Ports } from './ports.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

const MAX_PACKAGE_BYTES = 2 ** 31 - 1;

export interface Promotion {
  readonly model: ModelName;
  /** The run whose package becomes a version. */
  readonly run: RunId;
  readonly stage: StageName;
  /** The commit of the default branch that the tags point at. */
  readonly commit: GitId;
  readonly by: string;
  readonly reason: 'merge' | 'promote' | 'rollback';
  /** What asked for it: heard of twice, it moves the stage once. */
  readonly operation: string;
  /** The commit at which policy was read (invariant 1). */
  readonly policyCommit: GitId;
}

export type Promoted =
  | { readonly kind: 'promoted'; readonly version: Version; readonly stage: StageName; readonly counter: number }
  | { readonly kind: 'frozen'; readonly message: string };

/**
 * Makes a candidate a version and puts it in a stage. Each step looks for its own effect first, so that a crash between
 * two of them ends in one version, one tag, one release and one deployment (invariant 8).
 */
export async function promote(ports: Ports, promotion: Promotion): Promise<Promoted> {
  const { model, stage } = promotion;
  const key = `${model} ${promotion.run} ${stage}`;
  const registered = await ports.steps.run(`version ${key}`, () => registerVersion(ports, promotion));
  if ('frozen' in registered) return { kind: 'frozen', message: registered.frozen };
  const { version } = registered;
  await ports.steps.run(`tag ${key}`, () => tagVersion(ports, promotion, version));
  await ports.steps.run(`release ${key}`, () => release(ports, promotion, version));
  const { counter } = await ports.steps.run(`stage ${key}`, () => assignStage(ports, promotion, version));
  await ports.steps.run(`stage tag ${key}`, () => tagStage(ports, promotion, version, counter));
  await ports.steps.run(`deployment ${key}`, () => deploy(ports, promotion, version, counter));
  return { kind: 'promoted', version, stage, counter };
}

async function policyOf(ports: Ports, promotion: Promotion): Promise<PolicySnapshot> {
  return takePolicySnapshot(ports, promotion.policyCommit);
}

async function registerVersion(ports: Ports, promotion: Promotion): Promise<{ version: Version } | { frozen: string }> {
  const { model, run } = promotion;
  const policy = await policyOf(ports, promotion);
  const before = versionOf(await loadLedger(ports, policy), model, run);
  const pending =
    before === undefined ? new Set<string>() : pendingTags(await loadLedger(ports, policy), promotion, before);
  const frozen = await frozenBecause(ports, policy, model, pending);
  if (frozen !== null) return { frozen };
  const { record, pack } = await packagedRun(ports, policy, run);
  // Before anything is written: a version without its package would be a promise that nothing keeps.
  if (before === undefined && !(await packageKept(ports, pack)))
    throw new FlowError(
      'not_possible',
      `the package of run ${run} is no longer kept (artifact ${pack.artifact.id} expired or was deleted); train ${model} again`,
    );
  const ledger = await appendEntry(ports, policy, (now) =>
    versionOf(now, model, run) !== undefined
      ? null
      : {
          kind: 'version',
          repository: record.repository,
          at: instant(ports),
          by: promotion.by,
          policyCommit: policy.commit,
          model,
          version: nextVersion(modelState(now.state, model)),
          run,
          package: pack.sha256,
          commit: promotion.commit,
        },
  );
  const made = versionOf(ledger, model, run);
  if (made === undefined)
    throw new FlowError('ledger_invalid', `the version of run ${run} is not in the ledger after it was entered`);
  return { version: made.version };
}

/** Tags of this very promotion, which a crash may have kept from being made. */
function pendingTags(ledger: Ledger, promotion: Promotion, version: LedgerVersion): Set<string> {
  const assignment = assignmentOf(ledger, promotion, version.version);
  const stageTag =
    assignment === undefined ? [] : [formatStageTag(promotion.model, promotion.stage, assignment.counter)];
  return new Set([formatVersionTag(promotion.model, version.version), ...stageTag]);
}

async function tagVersion(ports: Ports, promotion: Promotion, version: Version): Promise<string> {
  const policy = await policyOf(ports, promotion);
  const ledger = await loadLedger(ports, policy);
  const made = versionOf(ledger, promotion.model, promotion.run);
  const name = formatVersionTag(promotion.model, version);
  const message = [
    `${promotion.model} ${version}`,
    '',
    `Trainyard-Run: ${promotion.run}`,
    `Trainyard-Package: sha256:${made?.package ?? ''}`,
    `${LEDGER_TRAILER}: ${commitOf(ledger, made?.entryDigest)}`,
  ].join('\n');
  await ports.tags.create({ name, target: made?.commit ?? promotion.commit, message });
  return name;
}

async function release(ports: Ports, promotion: Promotion, version: Version): Promise<string> {
  const policy = await policyOf(ports, promotion);
  const { record, pack } = await packagedRun(ports, policy, promotion.run);
  const files = await ports.workflows.artifactFiles(pack.artifact.id, pack.artifact.digest, MAX_PACKAGE_BYTES);
  const bytes = [...files.values()].find((content) => sha256Hex(content) === pack.sha256);
  if (bytes === undefined)
    throw new FlowError(
      'not_possible',
      `the package store's artifact ${pack.artifact.id} holds no file with SHA-256 ${pack.sha256}`,
    );
  const tag = formatVersionTag(promotion.model, version);
  const { url } = await ports.releases.ensure({
    tag,
    name: `${promotion.model} ${version}`,
    body: renderRelease({ record, version }),
    assets: [{ name: `${promotion.model}-${version}.tar`, contentType: 'application/x-tar', bytes }],
  });
  return url;
}

async function assignStage(ports: Ports, promotion: Promotion, version: Version): Promise<{ counter: number }> {
  const { model, stage } = promotion;
  const policy = await policyOf(ports, promotion);
  const repository = (await ports.source.repository()).name;
  const ledger = await appendEntry(ports, policy, (now) =>
    assignmentOf(now, promotion, version) !== undefined
      ? null
      : {
          kind: 'stage',
          repository,
          at: instant(ports),
          by: promotion.by,
          policyCommit: policy.commit,
          model,
          stage,
          version,
          counter: nextCounter(modelState(now.state, model)),
          commit: versionOf(now, model, promotion.run)?.commit ?? promotion.commit,
          reason: promotion.reason,
          operation: promotion.operation,
        },
  );
  const assignment = assignmentOf(ledger, promotion, version);
  if (assignment === undefined)
    throw new FlowError('ledger_invalid', `stage ${stage} of ${model} is not in the ledger after it was entered`);
  return { counter: assignment.counter };
}

async function tagStage(ports: Ports, promotion: Promotion, version: Version, counter: number): Promise<string> {
  const ledger = await loadLedger(ports, await policyOf(ports, promotion));
  const assignment = assignmentOf(ledger, promotion, version);
  const name = formatStageTag(promotion.model, promotion.stage, counter);
  const message = [
    `${promotion.model} ${version} to ${promotion.stage}`,
    '',
    `Trainyard-Run: ${promotion.run}`,
    `${LEDGER_TRAILER}: ${commitOf(ledger, assignment?.entryDigest)}`,
  ].join('\n');
  await ports.tags.create({ name, target: assignment?.commit ?? promotion.commit, message });
  return name;
}

async function deploy(ports: Ports, promotion: Promotion, version: Version, counter: number): Promise<number> {
  const ledger = await loadLedger(ports, await policyOf(ports, promotion));
  const assignment = assignmentOf(ledger, promotion, version);
  const { id } = await ports.deployments.ensure({
    mark: `${promotion.model}#${promotion.stage}#${counter}`,
    environment: promotion.stage,
    ref: assignment?.commit ?? promotion.commit,
    description: `${promotion.model} ${version}`,
    payload: {
      model: promotion.model,
      version,
      run: promotion.run,
      counter: String(counter),
      ledger: commitOf(ledger, assignment?.entryDigest),
    },
  });
  return id;
}

async function packagedRun(
  ports: Ports,
  policy: PolicySnapshot,
  run: RunId,
): Promise<{ record: RunRecord; pack: NonNullable<Extract<RunRecord['state'], { state: 'judged' }>['package']> }> {
  const found = await loadRun(ports, policy, run);
  const state = found?.record.state;
  if (found === null || state?.state !== 'judged' || state.package === null)
    throw new FlowError('record_missing', `run ${run} has no package that could be promoted`);
  return { record: found.record, pack: state.package };
}

function versionOf(ledger: Ledger, model: ModelName, run: RunId): LedgerVersion | undefined {
  return modelState(ledger.state, model).versions.find((version) => version.run === run);
}

/** What this operation has made, even if the stage has moved on since; else the stage's place, if it is there already. */
function assignmentOf(
  ledger: Ledger,
  { model, stage, operation }: Promotion,
  version: Version,
): LedgerAssignment | undefined {
  const { assignments, stages } = modelState(ledger.state, model);
  const made = assignments.find((known) => known.operation === operation && known.stage === stage);
  const now = stages.get(stage);
  return made ?? (now?.version === version ? now : undefined);
}

/** The ledger commit that holds the entry with this digest. */
function commitOf(ledger: Ledger, digest: string | undefined): GitId {
  const index = ledger.entries.findIndex((entry) => entry.digest === digest);
  const commit = ledger.commits[index];
  if (commit === undefined)
    throw new FlowError('ledger_invalid', `the ledger lost the entry ${digest ?? ''} while it was used`);
  return commit;
}

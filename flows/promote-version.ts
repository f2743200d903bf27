import { overridesOf } from '../core/ledger/controls.ts';
import { type LedgerVersion, modelState } from '../core/ledger/fold.ts';
import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId, Version } from '../core/names.ts';
import { LEDGER_TRAILER } from '../core/promotion/audit.ts';
import { formatStageTag, formatVersionTag, nextVersion } from '../core/promotion/gto.ts';
import { describeOverride } from '../core/promotion/override.ts';
import { renderRelease } from '../core/reports/release.ts';
import { FlowError } from './error.ts';
import { frozenBecause } from './freeze.ts';
import { appendEntry, instant, type Ledger, loadLedger, loadRun } from './ledger.ts';
import { assetName, packageKept, readPackage } from './package-store.ts';
import type { Ports } from './ports.ts';
import type { Promotion } from './promote.ts';
import { assignmentOf, commitOf, versionOf } from './promote-stage.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/** Enters a run's package as a version, unless it is one; says why not where the model is frozen. */
export async function registerVersion(
  ports: Ports,
  promotion: Promotion,
): Promise<{ version: Version } | { frozen: string }> {
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
  // A rollback makes no version, so the tag of the one that it goes to must be there.
  const versionTag = promotion.reason === 'rollback' ? [] : [formatVersionTag(promotion.model, version.version)];
  return new Set([...versionTag, ...stageTag]);
}

export async function tagVersion(ports: Ports, promotion: Promotion, version: Version): Promise<string> {
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

/** The package, as an asset of the release of the version's tag: there it outlives the artifact. */
export async function release(ports: Ports, promotion: Promotion, version: Version): Promise<string> {
  const policy = await policyOf(ports, promotion);
  const ledger = await loadLedger(ports, policy);
  const { record, pack } = await packagedRun(ports, policy, promotion.run);
  const bytes = await readPackage(ports, pack, { model: promotion.model, version });
  const tag = formatVersionTag(promotion.model, version);
  const { url } = await ports.releases.ensure({
    tag,
    name: `${promotion.model} ${version}`,
    body: renderRelease({ record, version, overrides: overridesOf(ledger.state, record.run).map(describeOverride) }),
    assets: [{ name: assetName(promotion.model, version), contentType: 'application/x-tar', bytes }],
  });
  return url;
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

async function policyOf(ports: Ports, promotion: Promotion): Promise<PolicySnapshot> {
  return takePolicySnapshot(ports, promotion.policyCommit);
}

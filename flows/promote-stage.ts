import { type LedgerAssignment, type LedgerVersion, modelState } from '../core/ledger/fold.ts';
import type { GitId, ModelName, RunId, Version } from '../core/names.ts';
import { LEDGER_TRAILER } from '../core/promotion/audit.ts';
import { formatStageTag, nextCounter } from '../core/promotion/gto.ts';
import { type AskedMove, describeBlock, type StageBlock, stageBlock } from '../core/promotion/stage-block.ts';
import { FlowError } from './error.ts';
import { appendEntry, instant, type Ledger, loadLedger } from './ledger.ts';
import type { Ports } from './ports.ts';
import type { Promotion } from './promote.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/** Why a stage stays where it is. */
export interface Blocked {
  readonly reason: StageBlock['kind'];
  /** In words, unescaped. */
  readonly message: string;
}

/** Where the stage is after a promotion, or why it did not move. */
export type StagePlace = { readonly counter: number } | { readonly blocked: Blocked };

/** Why the stage does not move now; null when it does, or when this very promotion has moved it before. */
export async function stageBlocked(ports: Ports, promotion: Promotion): Promise<Blocked | null> {
  const policy = await policyOf(ports, promotion);
  const ledger = await loadLedger(ports, policy);
  const { operation, stage, model } = promotion;
  const moved = modelState(ledger.state, model).assignments.some(
    (known) => known.operation === operation && known.stage === stage,
  );
  if (moved) return null;
  const block = stageBlock(ledger.state, policy.config?.policy.freeze ?? [], stage, instant(ports), askedBy(promotion));
  return block === null ? null : blocked(block);
}

function askedBy({ by, reason }: Promotion): AskedMove | null {
  return reason === 'merge' ? null : { by, back: reason === 'rollback' };
}

function blocked(block: StageBlock): Blocked {
  return { reason: block.kind, message: describeBlock(block) };
}

export async function assignStage(ports: Ports, promotion: Promotion, version: Version): Promise<StagePlace> {
  const { model, stage } = promotion;
  const policy = await policyOf(ports, promotion);
  const repository = (await ports.source.repository()).name;
  const windows = policy.config?.policy.freeze ?? [];
  let block: StageBlock | null = null;
  const ledger = await appendEntry(ports, policy, (now) => {
    const at = instant(ports);
    const done = assignmentOf(now, promotion, version) !== undefined;
    // Looked at together with what is written: whoever locks the stage first, the stage does not move after it.
    block = done ? null : stageBlock(now.state, windows, stage, at, askedBy(promotion));
    return done || block !== null
      ? null
      : {
          kind: 'stage',
          repository,
          at,
          by: promotion.by,
          policyCommit: policy.commit,
          model,
          stage,
          version,
          counter: nextCounter(modelState(now.state, model)),
          commit: versionOf(now, model, promotion.run)?.commit ?? promotion.commit,
          reason: promotion.reason,
          operation: promotion.operation,
        };
  });
  if (block !== null) return { blocked: blocked(block) };
  const assignment = assignmentOf(ledger, promotion, version);
  if (assignment === undefined)
    throw new FlowError('ledger_invalid', `stage ${stage} of ${model} is not in the ledger after it was entered`);
  return { counter: assignment.counter };
}

export async function tagStage(ports: Ports, promotion: Promotion, version: Version, counter: number): Promise<string> {
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

export async function deploy(ports: Ports, promotion: Promotion, version: Version, counter: number): Promise<number> {
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

export function versionOf(ledger: Ledger, model: ModelName, run: RunId): LedgerVersion | undefined {
  return modelState(ledger.state, model).versions.find((version) => version.run === run);
}

/** What this operation has made, even if the stage has moved on since; else the stage's place, if it is there already. */
export function assignmentOf(
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
export function commitOf(ledger: Ledger, digest: string | undefined): GitId {
  const index = ledger.entries.findIndex((entry) => entry.digest === digest);
  const commit = ledger.commits[index];
  if (commit === undefined)
    throw new FlowError('ledger_invalid', `the ledger lost the entry ${digest ?? ''} while it was used`);
  return commit;
}

async function policyOf(ports: Ports, promotion: Promotion): Promise<PolicySnapshot> {
  return takePolicySnapshot(ports, promotion.policyCommit);
}

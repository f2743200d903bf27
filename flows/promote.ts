import type { GitId, ModelName, RunId, StageName, Version } from '../core/names.ts';
import { FlowError } from './error.ts';
import { freezeRewound } from './freeze.ts';
import { loadLedger } from './ledger.ts';
import type { Ports } from './ports.ts';
import { assignStage, type Blocked, deploy, stageBlocked, tagStage, versionOf } from './promote-stage.ts';
import { registerVersion, release, tagVersion } from './promote-version.ts';
import { takePolicySnapshot } from './snapshot.ts';
import { versionProblem } from './verify-version.ts';

export interface Promotion {
  readonly model: ModelName;
  /** The run whose package is a version, or becomes one. */
  readonly run: RunId;
  readonly stage: StageName;
  /** The commit of the default branch that the tags point at. */
  readonly commit: GitId;
  readonly by: string;
  /** A rollback makes no version: it goes to one that is there. */
  readonly reason: 'merge' | 'promote' | 'rollback';
  /** What asked for it: heard of twice, it moves the stage once. */
  readonly operation: string;
  /** The commit at which policy was read (invariant 1). */
  readonly policyCommit: GitId;
}

export type Promoted =
  | { readonly kind: 'promoted'; readonly version: Version; readonly stage: StageName; readonly counter: number }
  | { readonly kind: 'frozen'; readonly message: string }
  /** A lock or a freeze window keeps the stage where it is. A merge has made the version; nothing else has made any. */
  | (Blocked & { readonly kind: 'blocked'; readonly version: Version | null });

/**
 * Puts a run's package in a stage, as a version that it becomes first where it is none. Each step looks for its own
 * effect first, so that a crash between two of them ends in one version, one tag, one release and one deployment
 * (invariant 8). A version that was there before is verified anew before a person's word moves a stage to it.
 *
 * @throws FlowError `not_possible` when the version can't be trusted, or its package is kept nowhere
 */
export async function promote(ports: Ports, promotion: Promotion): Promise<Promoted> {
  const { model, stage, reason } = promotion;
  const key = `${model} ${promotion.run} ${stage}`;
  const rewound = await ports.steps.run(`trust ${key}`, async () =>
    freezeRewound(ports, await takePolicySnapshot(ports, promotion.policyCommit)),
  );
  if (rewound !== null) return { kind: 'frozen', message: rewound };
  if (reason !== 'merge') {
    const blocked = await ports.steps.run(`blocked ${key}`, () => stageBlocked(ports, promotion));
    if (blocked !== null) return { kind: 'blocked', ...blocked, version: null };
    await ports.steps.run(`verify ${key}`, () => verifyEarlier(ports, promotion));
  }
  const registered = await ports.steps.run(`version ${key}`, () => registerVersion(ports, promotion));
  if ('frozen' in registered) return { kind: 'frozen', message: registered.frozen };
  const { version } = registered;
  if (reason !== 'rollback') {
    await ports.steps.run(`tag ${key}`, () => tagVersion(ports, promotion, version));
    await ports.steps.run(`release ${key}`, () => release(ports, promotion, version));
  }
  const place = await ports.steps.run(`stage ${key}`, () => assignStage(ports, promotion, version));
  if ('blocked' in place) return { kind: 'blocked', ...place.blocked, version };
  const { counter } = place;
  await ports.steps.run(`stage tag ${key}`, () => tagStage(ports, promotion, version, counter));
  await ports.steps.run(`deployment ${key}`, () => deploy(ports, promotion, version, counter));
  return { kind: 'promoted', version, stage, counter };
}

/** @throws FlowError `not_possible`, `record_missing` */
async function verifyEarlier(ports: Ports, { model, run, reason, policyCommit }: Promotion): Promise<null> {
  const policy = await takePolicySnapshot(ports, policyCommit);
  const ledger = await loadLedger(ports, policy);
  const known = versionOf(ledger, model, run);
  if (known === undefined) {
    if (reason === 'rollback')
      throw new FlowError('record_missing', `run ${run} of ${model} is no version to go back to`);
    return null;
  }
  // A promotion reads the package for the release in any case.
  const bytes = reason === 'rollback';
  const problem = await versionProblem(ports, policy, ledger, { model, version: known.version, bytes });
  if (problem === null) return null;
  throw new FlowError('not_possible', `nothing was moved, since a version could not be verified: ${problem}`);
}

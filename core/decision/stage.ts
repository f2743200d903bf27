import type { ModelName, StageName, Version } from '../names.ts';
import { activeFreeze } from '../policy/freeze-window.ts';
import { valueAt } from '../records.ts';
import { type Context, policyOf, refuse } from './context.ts';
import type { LedgerFact } from './facts.ts';
import { because, notLocked } from './ledger.ts';
import type { Deciding } from './steps.ts';

export type ModelRecord = LedgerFact['models'][ModelName];

const NOTHING: ModelRecord = { versions: [], stages: {}, frozen: null };

/**
 * Whether a stage of a model may move: no lock of somebody else's, no freeze by a bad record, and no freeze window, which
 * does not keep from going back: that is the way out of an incident.
 */
export function* movable(
  context: Context,
  ledger: LedgerFact,
  model: ModelName,
  stage: StageName,
  direction: 'forward' | 'back',
): Deciding<ModelRecord> {
  yield* notLocked(context, ledger, { stages: [stage] });
  if (direction === 'forward') yield* outsideFreezeWindows(context, stage);
  const record = valueAt(ledger.models, model) ?? NOTHING;
  if (record.frozen !== null)
    yield* refuse(context, {
      reason: 'frozen',
      message: `promotion of ${model} is frozen: ${record.frozen}. A maintainer looks into it and runs trainyard reconcile.`,
      expected: 'records that can be trusted',
      found: record.frozen,
      example: null,
    });
  return record;
}

function* outsideFreezeWindows(context: Context, stage: StageName): Deciding<void> {
  const freeze = activeFreeze((yield* policyOf(context)).freeze, stage, new Date(context.facts.now));
  if (freeze !== null)
    yield* refuse(context, {
      reason: 'freeze_window',
      message: `a freeze window of policy keeps ${stage} from moving forward${because(freeze.window.reason)}. ${
        freeze.endsAt === null
          ? 'It has no end; policy.freeze says so.'
          : `It ends at ${freeze.endsAt.toISOString().slice(0, 19)}Z.`
      }`,
      expected: 'a time outside of policy.freeze',
      found: context.facts.now,
      example: null,
    });
}

/** The versions that a stage held, the newest last. */
export function historyOf(record: ModelRecord, stage: StageName): readonly Version[] {
  return valueAt(record.stages, stage) ?? [];
}

/** By MAJOR.MINOR.PATCH. */
export function newestVersion(versions: readonly Version[]): Version | null {
  return versions.reduce<Version | null>((best, one) => (best === null || compare(one, best) > 0 ? one : best), null);
}

function compare(a: Version, b: Version): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const index = left.findIndex((part, at) => part !== right[at]);
  return index < 0 ? 0 : (left[index] ?? 0) - (right[index] ?? 0);
}

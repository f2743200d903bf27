import type { ModelName, StageName, Version } from '../names.ts';
import { activeFreeze } from '../policy/freeze-window.ts';
import { valueAt } from '../records.ts';
import { type Context, policyOf, refuse } from './context.ts';
import type { LedgerFact } from './facts.ts';
import { because, notLocked } from './ledger.ts';
import type { Deciding } from './steps.ts';

export type ModelRecord = LedgerFact['models'][ModelName];

const NOTHING: ModelRecord = { versions: [], stages: {}, frozen: null };

/** Whether a stage of a model may move at all, forward or back: no lock, no freeze window, no freeze by a bad record. */
export function* movable(
  context: Context,
  ledger: LedgerFact,
  model: ModelName,
  stage: StageName,
): Deciding<ModelRecord> {
  yield* notLocked(context, ledger, { stages: [stage] });
  const freeze = activeFreeze((yield* policyOf(context)).freeze, stage, new Date(context.facts.now));
  if (freeze !== null)
    yield* refuse(context, {
      reason: 'freeze_window',
      message: `policy moves ${stage} at no time of its freeze window${because(freeze.window.reason)}. ${
        freeze.endsAt === null ? 'It has no end; policy.freeze says so.' : `It ends at ${freeze.endsAt.toISOString()}.`
      }`,
      expected: 'a time outside of policy.freeze',
      found: context.facts.now,
      example: null,
    });
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

import type { RollbackCommand } from '../../commands/command.ts';
import type { Version } from '../../names.ts';
import { allow, type Context, listed, refuse } from '../context.ts';
import type { AllowedDecision } from '../decision.ts';
import { signerNamed, trustedLedger } from '../ledger.ts';
import { baseModel, stageOf } from '../names.ts';
import { permitted, stageScope } from '../permission.ts';
import { historyOf, type ModelRecord, movable } from '../stage.ts';
import type { Deciding } from '../steps.ts';

/**
 * Only to a version that the stage has held: what was verified and approved for it once. So it asks for no approvals,
 * and neither the hold of a pull request nor a freeze window keeps anybody from it.
 */
export function* decideRollback(context: Context<RollbackCommand>): Deciding<AllowedDecision> {
  const { model, stage } = context.command;
  const grantedBy = yield* permitted(context, yield* stageScope(context, model, stage));
  const config = yield* baseModel(context, model);
  yield* stageOf(context, model, config, stage);
  yield* signerNamed(context);
  const ledger = yield* trustedLedger(context);
  const record = yield* movable(context, ledger, model, stage, 'back');
  const version = yield* versionMeant(context, record);
  return allow(context, {
    action: { kind: 'rollback', model, stage, version },
    grantedBy,
    sha: null,
    effects: [`${stage} of ${model} moves back to v${version}, after its package is verified again.`],
  });
}

function* versionMeant(context: Context<RollbackCommand>, record: ModelRecord): Deciding<Version> {
  const { model, stage, version } = context.command;
  const history = historyOf(record, stage);
  const now = history.at(-1);
  if (version === null) return before(history) ?? (yield* noEarlier(context, history));
  if (version === now)
    return yield* refuse(context, {
      reason: 'already_in_stage',
      message: `${stage} of ${model} holds v${version} now`,
      expected: `another version than v${version}`,
      found: `v${version} in ${stage}`,
      example: before(history) === null ? null : `/rollback ${model} ${stage}`,
    });
  if (history.includes(version)) return version;
  const known = record.versions.includes(version);
  const earlier = [...new Set(history)].filter((one) => one !== now).map((one) => `v${one}`);
  return yield* refuse(context, {
    reason: known ? 'never_in_stage' : 'unknown_version',
    message: `expected a version that ${stage} of ${model} held before (${listed(earlier.slice(-20)) || 'none'}), got v${version}${
      known ? ', which was never there: /promote moves it' : ''
    }`,
    expected: listed(earlier.slice(-20)) || 'no version: there is none before',
    found: `v${version}`,
    example: known
      ? `/promote ${model}@v${version} to ${stage}`
      : before(history) === null
        ? null
        : `/rollback ${model} ${stage}`,
  });
}

/**
 * The version below the one that is held, as a stack has it: going back takes off what lies above, so that `/rollback`
 * given twice goes back twice, and never to a version that a rollback has taken away.
 */
function before(history: readonly Version[]): Version | null {
  const stack: Version[] = [];
  for (const version of history) {
    const known = stack.indexOf(version);
    if (known >= 0) stack.length = known;
    stack.push(version);
  }
  return stack.at(-2) ?? null;
}

function* noEarlier(context: Context<RollbackCommand>, history: readonly Version[]): Deciding<never> {
  const { model, stage } = context.command;
  const now = history.at(-1);
  const later = [...new Set(history)].filter((one) => one !== now);
  return yield* refuse(context, {
    reason: 'no_earlier_version',
    message: `${stage} of ${model} ${now === undefined ? 'holds no version' : `held nothing before v${now}`}${
      later.length === 0 ? '' : `. To go to one that it held later, name it: ${listed(later.map((one) => `v${one}`))}`
    }`,
    expected: 'a version that the stage held before',
    found: now === undefined ? 'none' : `v${now}, the first`,
    example: later[0] === undefined ? null : `/rollback ${model} ${stage} to v${later[0]}`,
  });
}

import type { CommandName } from '../commands/command.ts';
import { PolicyConfig } from '../config/policy.ts';
import type { ModelName, StageName } from '../names.ts';
import {
  type Authorisation,
  authorise,
  type GuardedCommand,
  retriesAsTrain,
  type Scope,
  WHOLE_REPOSITORY,
} from '../policy/authorise.ts';
import { valueAt } from '../records.ts';
import { type Context, configOf, fact, listed, policyOf, refuse } from './context.ts';
import { completePlan } from './plan.ts';
import type { Deciding } from './steps.ts';

/**
 * Whether the author may give the command, as far as its scope is known. It is asked as soon as anything is known of the
 * scope, so that a stranger costs one look-up, and once more when all of it is.
 *
 * @returns by which grant: `write`, `team:ml`
 */
export function* permitted(context: Context, scope: Partial<Scope> = {}, own = false): Deciding<string> {
  const verdict = yield* authorisation(context, scope, own);
  return verdict.allowed ? verdict.by : yield* denied(context, verdict);
}

export function* denied(context: Context, verdict: Extract<Authorisation, { allowed: false }>): Deciding<never> {
  return yield* refuse(context, {
    reason: 'not_permitted',
    message: `${verdict.reason}. Ask somebody who may.`,
    expected: listed(verdict.needed.map(String), 8),
    found: `${context.facts.comment.author} has the role ${context.facts.actor?.role ?? 'none'}`,
    // The author's own line would never work.
    example: null,
  });
}

/** `/retry` is no way around the rules of `/train`. */
export function* permittedToTrainAgain(context: Context, models: readonly ModelName[]): Deciding<void> {
  if (models.length === 0 || !retriesAsTrain(yield* policyOf(context))) return;
  const verdict = yield* authorisation(context, { models }, false, 'train');
  if (!verdict.allowed) yield* denied(context, verdict);
}

export function* authorisation(
  context: Context,
  scope: Partial<Scope>,
  own: boolean,
  command: CommandName = context.command.name,
): Deciding<Authorisation> {
  const { comment } = context.facts;
  const policy = yield* policyOf(context);
  const actor = yield* fact(context, 'actor');
  return authorise({
    command,
    actor: { login: comment.author, id: comment.authorId, type: comment.authorType, ...actor },
    policy,
    scope: { ...WHOLE_REPOSITORY, ...scope },
    own,
  });
}

/** `/status` and `/help` are not policy's to grant: whoever may read is answered, also where there is no config. */
export function* mayRead(context: Context): Deciding<string> {
  const { comment } = context.facts;
  const actor = yield* fact(context, 'actor');
  const verdict = authorise({
    command: context.command.name,
    actor: { login: comment.author, id: comment.authorId, type: comment.authorType, ...actor },
    policy: PolicyConfig.parse({}),
    scope: WHOLE_REPOSITORY,
  });
  return verdict.allowed ? verdict.by : yield* denied(context, verdict);
}

/** A model's stages are policy: those of the default branch. */
export function* stageScope(context: Context, model: ModelName, stage: StageName): Deciding<Scope> {
  const config = yield* configOf(context);
  const stages = valueAt(config.models, model)?.promote.stages ?? [];
  // What the model does not have is refused later, with the names that it has.
  return { models: [model], stages: [stage], lastStage: stages.at(-1) === stage };
}

/**
 * The models that a command about the whole pull request concerns, where policy has rules for single models: the plan is
 * asked for only then.
 */
export function* pullScope(context: Context): Deciding<Partial<Scope>> {
  const { commands } = yield* policyOf(context);
  const names = scopedBy(context.command.name);
  if (names.every((name) => Object.keys(commands[name]?.models ?? {}).length === 0)) return {};
  return { models: (yield* completePlan(context)).affected };
}

function scopedBy(name: CommandName): GuardedCommand[] {
  if (name === 'status' || name === 'help') return [];
  return name === 'unhold' ? ['unhold', 'hold'] : [name];
}

/** Ends a hold or a lock: one's own as whoever could set it, another's as policy says. */
export function* permittedRelease(
  context: Context,
  scope: Partial<Scope>,
  own: boolean,
  whose: string,
): Deciding<string> {
  const verdict = yield* authorisation(context, scope, own);
  if (verdict.allowed) return verdict.by;
  if (own) return yield* denied(context, verdict);
  return yield* refuse(context, {
    reason: 'others_lock',
    message: `it is the ${whose}, and ${verdict.reason}. Ask its owner, or somebody who may.`,
    expected: listed(verdict.needed.map(String), 8),
    found: `${context.facts.comment.author} has the role ${context.facts.actor?.role ?? 'none'}`,
    example: null,
  });
}

import { type AuthorisationRequest, authorise, type Scope, WHOLE_REPOSITORY } from '../policy/authorise.ts';
import { PolicyConfig } from '../config/schema.ts';
import type { ModelName, StageName } from '../names.ts';
import { valueAt } from '../records.ts';
import { baseOf, type Context, configOf, fact, policyOf, refuse } from './context.ts';
import type { Deciding } from './steps.ts';

/**
 * Whether the author may give the command, as far as its scope is known. It is asked as soon as anything is known of the
 * scope, so that a stranger costs one look-up, and once more when all of it is.
 *
 * @returns by which grant: `write`, `team:ml`
 */
export function* permitted(context: Context, scope: Partial<Scope> = {}, own = false): Deciding<string> {
  const verdict = yield* authorisation(context, scope, own);
  if (verdict.allowed) return verdict.by;
  return yield* refuse(context, {
    reason: 'not_permitted',
    message: `${verdict.reason}. Ask somebody who may, or have policy.commands of the default branch name you.`,
    expected: verdict.needed.join(' or '),
    found: `${context.facts.comment.author}: ${context.facts.actor?.role ?? 'unknown'}`,
    // The author's own line would never work.
    example: null,
  });
}

export function* authorisation(
  context: Context,
  scope: Partial<Scope>,
  own: boolean,
): Deciding<ReturnType<typeof authorise>> {
  const { comment } = context.facts;
  const policy = yield* policyOf(context);
  const actor = yield* fact(context, 'actor');
  const request: AuthorisationRequest = {
    command: context.command.name,
    actor: { login: comment.author, id: comment.authorId, type: comment.authorType, role: actor.role, teams: actor.teams },
    policy,
    scope: { ...WHOLE_REPOSITORY, ...scope },
    own,
  };
  return authorise(request);
}

/** `/status` and `/help` need no config: whoever may read is answered. */
export function* mayRead(context: Context): Deciding<string> {
  const base = yield* baseOf(context);
  const actor = yield* fact(context, 'actor');
  const { author, authorId, authorType } = context.facts.comment;
  const verdict = authorise({
    command: context.command.name,
    actor: { login: author, id: authorId, type: authorType, role: actor.role, teams: actor.teams },
    policy: base.kind === 'config' ? base.config.policy : PolicyConfig.parse({}),
    scope: WHOLE_REPOSITORY,
  });
  if (verdict.allowed) return verdict.by;
  return yield* refuse(context, {
    reason: 'not_permitted',
    message: verdict.reason,
    expected: verdict.needed.join(' or '),
    found: actor.role,
    example: null,
  });
}

/** A model's stages are policy: those of the default branch. */
export function* stageScope(context: Context, model: ModelName, stage: StageName): Deciding<Scope> {
  const config = yield* configOf(context);
  const stages = valueAt(config.models, model)?.promote.stages ?? [];
  // What the model does not have is refused later, with the names that it has.
  return { models: [model], stages: [stage], lastStage: stages.at(-1) === stage };
}

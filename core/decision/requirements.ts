import type { PolicyConfig } from '../config/policy.ts';
import type { ModelConfig } from '../config/schema.ts';
import type { ApprovalFacts } from '../policy/approvals.ts';
import { requirementProblem } from '../policy/requirements.ts';
import { lastPusherOf } from './commit.ts';
import { type Context, fact, listed, policyOf, refuse } from './context.ts';
import type { PullFact } from './facts.ts';
import { pullOf } from './pull.ts';
import type { Deciding } from './steps.ts';

/**
 * What `policy.require` asks for beside the permission.
 *
 * @param models that the command is about, as base and head declare them; empty for the whole pull request
 */
export function* required(
  context: Context,
  which: keyof PolicyConfig['require'],
  models: readonly ModelConfig[],
): Deciding<void> {
  const requirements = (yield* policyOf(context)).require[which];
  if (requirements === undefined) return;
  const { labels, approvals } = requirements;
  if (labels.length === 0 && approvals === undefined) return;
  const pull = context.facts.comment.kind === 'request' ? yield* onlyOnPull(context, which) : yield* pullOf(context);
  const problem = requirementProblem(requirements, {
    labels: pull.labels,
    author: pull.author,
    head: pull.head.sha,
    repository: context.facts.repository,
    models,
    ...(yield* reviewed(context, pull, approvals)),
  });
  if (problem === null) return;
  yield* refuse(context, {
    reason: problem.reason,
    message: `${problem.message}. Repeat the command when that is there.`,
    expected: problem.missing.length === 0 ? `what policy.require.${which} asks for` : listed(problem.missing, 5),
    found: problem.reason === 'label_missing' ? listed(pull.labels, 5) || 'no label' : 'not there',
    example: null,
  });
}

/** Labels and approvals are a pull request's: a terminal is no way around them. */
function* onlyOnPull(context: Context, which: keyof PolicyConfig['require']): Deciding<never> {
  return yield* refuse(context, {
    reason: 'not_a_pull_request',
    message: `policy.require.${which} asks for labels or approvals, and a request from a terminal has none. Type the command on a pull request that has them.`,
    expected: 'a pull request with its labels and approvals',
    found: 'a request from a terminal',
  });
}

function* reviewed(
  context: Context,
  pull: PullFact,
  approvals: NonNullable<PolicyConfig['require']['train']>['approvals'],
): Deciding<Pick<ApprovalFacts, 'reviews' | 'lastPusher' | 'files'>> {
  if (approvals === undefined) return { reviews: [], lastPusher: null, files: null };
  return {
    reviews: yield* fact(context, 'reviews'),
    lastPusher: yield* lastPusherOf(context, pull),
    files: approvals.code_owners ? yield* fact(context, 'files') : null,
  };
}

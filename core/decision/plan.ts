import { type Context, fact, listed, refuse } from './context.ts';
import type { PlanFact } from './facts.ts';
import type { Deciding } from './steps.ts';

/** What the pull request changes, if that could be told to the end: what is not known may be anything. */
export function* completePlan(context: Context): Deciding<PlanFact> {
  const plan = yield* fact(context, 'plan');
  if (plan.problems.length === 0) return plan;
  return yield* refuse(context, {
    reason: 'plan_incomplete',
    message: `what the pull request changes could not be told: ${listed(plan.problems, 3)}. Mend that and push.`,
    expected: 'a complete plan',
    found: listed(plan.problems, 1),
    example: null,
  });
}

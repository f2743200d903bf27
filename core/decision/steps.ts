import type { AllowedDecision, Decision } from './decision.ts';

/** What ends a decision before the command is allowed. */
export type Stop = Exclude<Decision, AllowedDecision>;

/**
 * A check, or a row of them, that either comes to a value or ends the decision: what it yields is the answer, and it is
 * never gone on with. So a command's checks read from top to bottom, in the order in which they are made.
 */
export type Deciding<T> = Generator<Stop, T, never>;

/** Ends the decision. */
export function* stop(answer: Stop): Deciding<never> {
  return yield answer;
}

export function outcomeOf(deciding: Deciding<AllowedDecision>): Decision {
  return deciding.next().value;
}

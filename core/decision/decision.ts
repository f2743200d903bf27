import type { CommandName } from '../commands/command.ts';
import type { ModelName } from '../names.ts';
import type { Action, TrainingAction } from './action.ts';
import type { FactName } from './facts.ts';
import type { Reason } from './reasons.ts';

/** What is to become of one command. Texts are unescaped, for people: expected, found, and what to do. */
export type Decision =
  | {
      readonly verdict: 'allowed';
      readonly command: CommandName;
      readonly reason: Reason;
      readonly message: string;
      /** By which grant: `write`, `team:ml`, `user:ada`. */
      readonly grantedBy: string;
      /** The commit that the command is bound to; null where it means none. */
      readonly sha: string | null;
      /** What will be done, one sentence for each effect. */
      readonly effects: readonly string[];
      /** The same for the flow that carries it out: nothing is decided again. */
      readonly action: Action;
    }
  | {
      readonly verdict: 'refused';
      readonly command: CommandName | null;
      readonly reason: Reason;
      readonly message: string;
      /** What was expected and found, where that can be said shortly. */
      readonly expected: string | null;
      readonly found: string | null;
      /** A line that would work in this repository; null where none would. */
      readonly example: string | null;
    }
  | { readonly verdict: 'ignored'; readonly reason: Reason; readonly message: string }
  /**
   * More must be known. A caller gathers what is named and asks again: so a command that is refused for its author costs
   * no request for anything else, and the order of the checks is written once.
   */
  | {
      readonly verdict: 'needs';
      readonly facts: readonly FactName[];
      /** For `earlier`: the trainings that are about to be made; else empty. */
      readonly trainings: readonly TrainingAction[];
      /** For `candidates`: the models asked about; else empty. */
      readonly models: readonly ModelName[];
    };

export type AllowedDecision = Extract<Decision, { verdict: 'allowed' }>;
export type RefusedDecision = Extract<Decision, { verdict: 'refused' }>;
export type NeedsDecision = Extract<Decision, { verdict: 'needs' }>;

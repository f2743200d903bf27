import type { Command } from '../commands/command.ts';
import type { ParsedLine } from '../commands/parse.ts';
import { bounded } from './bounds.ts';
import { decideCancel } from './commands/cancel.ts';
import { decideEvaluate } from './commands/evaluate.ts';
import { decideHelp } from './commands/help.ts';
import { decideHold } from './commands/hold.ts';
import { decideLock } from './commands/lock.ts';
import { decideOkToTrain } from './commands/ok-to-train.ts';
import { decideOverride } from './commands/override.ts';
import { decidePromote } from './commands/promote.ts';
import { decideRetry } from './commands/retry.ts';
import { decideRollback } from './commands/rollback.ts';
import { decideStatus } from './commands/status.ts';
import { decideTrain } from './commands/train.ts';
import { decideUnhold } from './commands/unhold.ts';
import { decideUnlock } from './commands/unlock.ts';
import { decideValidate } from './commands/validate.ts';
import { baseOf, type Context } from './context.ts';
import type { AllowedDecision, Decision } from './decision.ts';
import { eligible, personOrNamedBot } from './eligibility.ts';
import { exampleLike } from './examples.ts';
import { type DecisionRequest, operationOf } from './request.ts';
import { type Deciding, outcomeOf, stop } from './steps.ts';

/**
 * Decides one line of a comment, for the flows and for `trainyard explain` alike. Pure: equal requests have equal
 * decisions, and it never throws.
 *
 * Facts are asked for one after the other (`needs`), so that a command that is refused for its author costs nothing else.
 * A caller adds to `facts` (or to `base` and `models`) what is named, or names it in `facts.unavailable`, and asks again:
 * every round adds a fact, so it ends. In every command the checks come in one order: the comment, its author, the pull
 * request, the commit, the ledger, holds and locks, what else policy asks for, what is meant, what it may cost.
 */
export function decide(request: DecisionRequest): Decision {
  return bounded(
    outcomeOf(request.line.kind === 'error' ? answerError(request, request.line) : answer(request, request.line)),
  );
}

/** For a comment without a line that could be decided. */
export const NO_COMMAND: Decision = {
  verdict: 'ignored',
  reason: 'no_command',
  message: 'the comment holds no command',
};

function* answerError(request: DecisionRequest, line: Extract<ParsedLine, { kind: 'error' }>): Deciding<never> {
  yield* eligible(request.facts);
  yield* personOrNamedBot(request.facts, null);
  return yield* stop({
    verdict: 'refused',
    command: null,
    reason: line.code,
    message: line.message,
    expected: line.usage,
    found: line.text,
    example: exampleLike(line.example, request),
  });
}

function* answer(request: DecisionRequest, line: Extract<ParsedLine, { kind: 'command' }>): Deciding<AllowedDecision> {
  const { facts } = request;
  const { command } = line;
  const context = { command, request, facts, operation: operationOf(facts.comment, line.line) };
  yield* eligible(facts);
  yield* personOrNamedBot(facts, { name: command.name, base: () => baseOf(context) });
  return yield* decideCommand(context);
}

function* decideCommand({ command, ...rest }: Context<Command>): Deciding<AllowedDecision> {
  switch (command.name) {
    case 'train':
      return yield* decideTrain({ ...rest, command });
    case 'validate':
      return yield* decideValidate({ ...rest, command });
    case 'evaluate':
      return yield* decideEvaluate({ ...rest, command });
    case 'cancel':
      return yield* decideCancel({ ...rest, command });
    case 'retry':
      return yield* decideRetry({ ...rest, command });
    case 'status':
      return yield* decideStatus({ ...rest, command });
    case 'promote':
      return yield* decidePromote({ ...rest, command });
    case 'rollback':
      return yield* decideRollback({ ...rest, command });
    case 'hold':
      return yield* decideHold({ ...rest, command });
    case 'unhold':
      return yield* decideUnhold({ ...rest, command });
    case 'lock':
      return yield* decideLock({ ...rest, command });
    case 'unlock':
      return yield* decideUnlock({ ...rest, command });
    case 'override':
      return yield* decideOverride({ ...rest, command });
    case 'ok-to-train':
      return yield* decideOkToTrain({ ...rest, command });
    case 'help':
      return yield* decideHelp({ ...rest, command });
  }
}

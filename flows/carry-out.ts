import { copied } from '../core/commands/render.ts';
import type { AllowedDecision, RefusedDecision } from '../core/decision/decision.ts';
import type { Reason } from '../core/decision/reasons.ts';
import type { CommandAnswer, CommandContext } from './command.ts';
import { commandCancel } from './command-cancel.ts';
import { commandEvaluate } from './command-evaluate.ts';
import { commandHelp } from './command-help.ts';
import { commandHold, commandUnhold } from './command-hold.ts';
import { commandLock, commandUnlock } from './command-lock.ts';
import { commandOkToTrain } from './command-ok-to-train.ts';
import { commandOverride } from './command-override.ts';
import { commandPromote, commandRollback } from './command-promote.ts';
import { commandRetry } from './command-retry.ts';
import { commandStatus } from './command-status.ts';
import { commandTrain } from './command-train.ts';
import { commandValidate } from './command-validate.ts';
import { FlowError } from './error.ts';
import type { FactSource } from './facts.ts';
import { PortError, type Ports } from './ports.ts';

/**
 * Does what was decided, and says how that went. What waiting may mend is thrown on, so that the whole flow is repeated;
 * anything else is told to the author instead of being lost.
 */
export async function carryOut(
  ports: Ports,
  source: FactSource,
  line: number,
  decision: AllowedDecision,
): Promise<CommandAnswer> {
  try {
    return await act({ ports, source, line, decision, action: decision.action });
  } catch (error) {
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    if (!(error instanceof FlowError || error instanceof PortError)) throw error;
    return { tone: 'refused', message: error.message, code: 'refused', reason: reasonOf(error) };
  } finally {
    source.forget();
  }
}

function act(context: CommandContext): Promise<CommandAnswer> | CommandAnswer {
  const { action } = context;
  switch (action.kind) {
    case 'train':
      return commandTrain({ ...context, action });
    case 'validate':
      return commandValidate({ ...context, action });
    case 'evaluate':
      return commandEvaluate({ ...context, action });
    case 'retry':
      return commandRetry({ ...context, action });
    case 'cancel':
      return commandCancel({ ...context, action });
    case 'status':
      return commandStatus({ ...context, action });
    case 'help':
      return commandHelp({ ...context, action });
    case 'promote':
      return commandPromote({ ...context, action });
    case 'rollback':
      return commandRollback({ ...context, action });
    case 'hold':
      return commandHold({ ...context, action });
    case 'unhold':
      return commandUnhold({ ...context, action });
    case 'lock':
      return commandLock({ ...context, action });
    case 'unlock':
      return commandUnlock({ ...context, action });
    case 'override':
      return commandOverride({ ...context, action });
    case 'ok-to-train':
      return commandOkToTrain({ ...context, action });
  }
}

function reasonOf(error: FlowError | PortError): Reason {
  switch (error.code) {
    case 'ledger_invalid':
      return 'ledger_untrusted';
    case 'config_unreadable':
      return 'policy_unreadable';
    default:
      return 'not_carried_out';
  }
}

/** What a refusal says: why, how the command is used, and a line that works here. */
export function refusalOf(decision: RefusedDecision): CommandAnswer {
  const { message, reason, expected, example } = decision;
  // A line that is no command has its usage for what was expected; elsewhere the message says both in words.
  const usage = decision.command === null && expected !== null ? [`Usage: ${copied(expected)}`] : [];
  const lines = [message, ...usage, ...(example === null ? [] : [`For example: ${copied(example)}`])];
  return { tone: 'refused', message: lines.join('\n'), code: 'refused', reason };
}

import type { Action } from '../core/decision/action.ts';
import type { AllowedDecision } from '../core/decision/decision.ts';
import type { Reason } from '../core/decision/reasons.ts';
import type { FactSource } from './facts.ts';
import type { OutcomeCode } from './outcome.ts';
import type { Ports } from './ports.ts';

/** A command that was decided and is allowed, with what it comes to. Nothing is decided again where it is carried out. */
export interface CommandContext<K extends Action['kind'] = Action['kind']> {
  readonly ports: Ports;
  readonly source: FactSource;
  readonly decision: Pick<AllowedDecision, 'reason' | 'message' | 'sha'>;
  readonly action: Extract<Action, { kind: K }>;
  /** Line of the command in the comment, from 1: part of the mark of its effects. */
  readonly line: number;
}

export interface CommandAnswer {
  readonly tone: 'ok' | 'refused' | 'info';
  /** In words, unescaped; shown in the sticky comment. */
  readonly message: string;
  readonly code: OutcomeCode;
  readonly reason: Reason;
}

/** What marks every effect of a command: the same, however often and under whatever id its delivery comes (invariant 8). */
export function operationIn({ source, line }: Pick<CommandContext, 'source' | 'line'>): string {
  return source.subject.operation(line);
}

export function pullRequestIn({ source }: Pick<CommandContext, 'source'>): number {
  const { pullRequest } = source.subject;
  if (pullRequest === null) throw new Error('the command is about a pull request, and there is none');
  return pullRequest;
}

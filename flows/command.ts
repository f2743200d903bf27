import type { Command } from '../core/commands/command.ts';
import type { PolicyConfig } from '../core/config/schema.ts';
import { type AuthorisedCommand, authorise, teamsAsked } from '../core/policy/authorise.ts';
import type { Outcome, OutcomeCode } from './outcome.ts';
import type { Comment, Ports, PullRequest } from './ports.ts';

/** One command of a comment, with what every command needs to be decided. */
export interface CommandContext<C extends Command = Command> {
  readonly ports: Ports;
  readonly command: C;
  readonly comment: Comment;
  readonly pull: PullRequest;
  /** Line of the command in the comment, from 1: part of the mark of its effects. */
  readonly line: number;
}

export interface CommandAnswer {
  readonly tone: 'ok' | 'refused' | 'info';
  /** In words, unescaped; shown in the sticky comment. */
  readonly message: string;
  readonly code: OutcomeCode;
}

export const refusal = (message: string): CommandAnswer => ({ tone: 'refused', message, code: 'refused' });

export const outcomeOf = (answer: CommandAnswer): Outcome => ({ code: answer.code, message: answer.message });

/** Whether a person may give a command, with their role and teams read afresh. Fails closed when GitHub does not answer. */
export async function authorised(
  ports: Pick<Ports, 'permissions'>,
  command: AuthorisedCommand,
  login: string,
  policy: PolicyConfig,
): Promise<{ readonly allowed: true } | { readonly allowed: false; readonly reason: string }> {
  const role = await ports.permissions.role(login);
  const asked = teamsAsked(command, policy);
  const teams: string[] = [];
  for (const team of asked) if (await ports.permissions.inTeam(team, login)) teams.push(team);
  const type = login.endsWith('[bot]') ? 'Bot' : 'User';
  // No model is known here, so a stage counts as its last: what is asked for is never too little.
  const scope = { models: [], stages: [], lastStage: true };
  const decision = authorise({ command, actor: { login, type, role, teams }, policy, scope });
  return decision.allowed ? { allowed: true } : { allowed: false, reason: decision.reason };
}

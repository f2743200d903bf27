import { activeHold, activeLocks, type Hold, type Lock } from '../core/ledger/controls.ts';
import type { Instant } from '../core/names.ts';
import { type CommandAnswer, type CommandContext, pullRequestIn } from './command.ts';
import { FlowError } from './error.ts';
import { instant } from './ledger.ts';

/** `/status`: the sticky comment is brought up to date, and holds and locks are listed with their owners. */
export async function commandStatus(context: CommandContext<'status'>): Promise<CommandAnswer> {
  const { ports, line, decision } = context;
  const message = await ports.steps.run(`status line ${line}`, async () =>
    ['this comment is up to date', ...(await controls(context, instant(ports)))].join('\n'),
  );
  return { tone: 'info', message, code: 'replied', reason: decision.reason };
}

async function controls(context: CommandContext<'status'>, now: Instant): Promise<string[]> {
  try {
    const { state } = await context.source.ledger();
    const hold = activeHold(state, pullRequestIn(context), now);
    return [...(hold === null ? [] : [describeHold(hold)]), ...activeLocks(state, now).map(describeLock)];
  } catch (error) {
    if (error instanceof FlowError) return [error.message];
    throw error;
  }
}

function describeHold(hold: Hold): string {
  return `on hold by ${hold.by}${why(hold.reason)}${until(hold.expiresAt)}`;
}

function describeLock({ target, by, reason, expiresAt, pullRequest }: Lock): string {
  return `${target.kind} ${target.name} is locked by ${by} in #${pullRequest}${why(reason)}${until(expiresAt)}`;
}

function why(reason: string): string {
  return reason === '' ? '' : `: ${reason}`;
}

function until(expiresAt: Instant | null): string {
  return expiresAt === null ? '' : ` (until ${expiresAt})`;
}

import { sha256Hex } from '../core/canonical.ts';
import { type ParsedLine, parseComment } from '../core/commands/parse.ts';
import type { CommandAnswer, CommandContext } from './command.ts';
import { refusal } from './command.ts';
import { commandCancel } from './command-cancel.ts';
import { commandHelp, commandStatus } from './command-help.ts';
import { commandTrain } from './command-train.ts';
import { FlowError } from './error.ts';
import type { Outcome } from './outcome.ts';
import { type Comment, PortError, type Ports } from './ports.ts';
import { showPullRequest } from './show.ts';

type Intake =
  | { readonly kind: 'ignored'; readonly why: string }
  | { readonly kind: 'commands'; readonly comment: Comment; readonly lines: readonly ParsedLine[] };

export interface CommentEvent {
  readonly id: number;
  readonly pullRequest: number;
  /** SHA-256 of the body as the event told it. */
  readonly digest?: string | undefined;
}

/** A comment was made: each of its commands is answered, and everything else is left alone. */
export async function handleComment(ports: Ports, event: CommentEvent): Promise<Outcome> {
  const intake = await ports.steps.run('read', () => readCommands(ports, event));
  if (intake.kind === 'ignored') return { code: 'ignored', message: intake.why };
  const { comment, lines } = intake;
  // At once, before anything is looked up: the author sees that somebody listens.
  await ports.steps.run('acknowledge', () => react(ports, comment, 'eyes'));
  let last: CommandAnswer | undefined;
  for (const line of lines) {
    const answer = await answerLine(ports, comment, event.pullRequest, line);
    last = last?.tone === 'refused' ? last : answer;
    await ports.steps.run(`notice line ${line.line}`, async () => {
      await ports.inFlight.putNotice({
        pullRequest: event.pullRequest,
        key: `${comment.id}:${line.line}`,
        at: comment.createdAt,
        author: comment.author,
        command: line.text.slice(0, 500),
        tone: answer.tone,
        message: answer.message,
      });
      return null;
    });
  }
  await ports.steps.run('show', () => showPullRequest(ports, event.pullRequest));
  const refused = last?.tone === 'refused';
  await ports.steps.run('answer', () => react(ports, comment, refused ? 'confused' : 'rocket'));
  return { code: last?.code ?? 'ignored', message: last?.message ?? 'no command' };
}

export const commentKey = (id: number): string => `comment ${id}`;

/** A comment was edited or deleted: whatever it says now, and whenever it is found again, none of it runs (invariant 2). */
export async function noteChangedComment(
  ports: Pick<Ports, 'inFlight' | 'steps'>,
  { id, change }: { readonly id: number; readonly change: 'edited' | 'deleted' },
): Promise<Outcome> {
  await ports.steps.run('remember', async () => {
    await ports.inFlight.putProgress(commentKey(id), change);
    return null;
  });
  return { code: 'ignored', message: `comment ${id} was ${change}: none of its commands runs` };
}

async function react(ports: Ports, comment: Comment, reaction: 'eyes' | 'rocket' | 'confused'): Promise<null> {
  await ports.comments.react(comment.id, reaction);
  return null;
}

async function readCommands(ports: Ports, { id, digest, pullRequest }: CommentEvent): Promise<Intake> {
  const comment = await ports.comments.get(id);
  if (comment === null) return { kind: 'ignored', why: 'the comment is gone' };
  if (comment.pullRequest !== pullRequest)
    return { kind: 'ignored', why: `the comment is not on pull request #${pullRequest}` };
  if (comment.authorType !== 'User' || comment.author === ports.self)
    return { kind: 'ignored', why: 'the comment is by a bot' };
  // What was edited may not be what others saw, now or when a sweep finds it (invariant 2).
  const changed = digest !== undefined && digest !== sha256Hex(comment.body);
  if (changed || comment.updatedAt !== comment.createdAt) return { kind: 'ignored', why: 'the comment was edited' };
  const lines = parseComment(comment.body);
  return lines.length === 0 ? { kind: 'ignored', why: 'no command' } : { kind: 'commands', comment, lines };
}

async function answerLine(
  ports: Ports,
  comment: Comment,
  pullRequest: number,
  line: ParsedLine,
): Promise<CommandAnswer> {
  if (line.kind === 'error') {
    const usage = line.usage === null ? '' : `\nUsage: ${line.usage}`;
    const example = line.example === null ? '' : `\nFor example: ${line.example}`;
    return refusal(`${line.message}${usage}${example}`);
  }
  const pull = await ports.steps.run(`pull line ${line.line}`, () => ports.pulls.get(pullRequest));
  try {
    return await run({ ports, comment, pull, line: line.line, command: line.command });
  } catch (error) {
    // Waiting helps: the whole flow is repeated. Anything else is told to the author instead of being lost.
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    if (error instanceof FlowError || error instanceof PortError) return refusal(error.message);
    throw error;
  }
}

async function run(context: CommandContext): Promise<CommandAnswer> {
  const { command } = context;
  switch (command.name) {
    case 'train':
      return commandTrain({ ...context, command });
    case 'cancel':
      return commandCancel({ ...context, command });
    case 'status':
      return commandStatus({ ...context, command });
    case 'help':
      return commandHelp({ ...context, command });
    default:
      return refusal(`/${command.name} is not carried out yet`);
  }
}

import { sha256Hex } from '../core/canonical.ts';
import { type ParsedLine, parseComment } from '../core/commands/parse.ts';
import type { CommentFact } from '../core/decision/facts.ts';
import type { Reason } from '../core/decision/reasons.ts';
import { operationOf } from '../core/decision/request.ts';
import { decideLine } from './carried-out.ts';
import type { CommandAnswer } from './command.ts';
import { type DecidedLine, recordDecided } from './decisions.ts';
import { type FactSource, factSource, type Subject } from './facts.ts';
import { instant } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import type { Comment, Ports } from './ports.ts';
import { deriveRunId } from './run-draft.ts';
import { showNotices, showPullRequest } from './show.ts';

export interface CommentEvent {
  readonly id: number;
  readonly pullRequest: number;
  /** SHA-256 of the body as the event told it. */
  readonly digest?: string | undefined;
  /** As the event carried it, so that nothing is fetched; absent where a sweep or a job found the comment. */
  readonly comment?: Omit<Comment, 'id' | 'pullRequest'> | undefined;
}

type Intake =
  | { readonly kind: 'ignored'; readonly why: string; readonly reason: Reason }
  | { readonly kind: 'commands'; readonly comment: Comment; readonly lines: readonly ParsedLine[] };

/**
 * A comment was made: each of its commands is decided and carried out, one after the other, and all else is left alone.
 * The author sees one reaction, as soon as the first command is accepted or all are refused.
 */
export async function handleComment(ports: Ports, event: CommentEvent): Promise<Outcome> {
  const intake = await ports.steps.run('read', () => readCommands(ports, event));
  if (intake.kind === 'ignored') return { code: 'ignored', message: intake.why, reason: intake.reason };
  const { comment, lines } = intake;
  const source = factSource(ports, subjectOf(ports, comment, event.pullRequest));
  const answered: DecidedLine[] = [];
  let leftAlone: { readonly message: string; readonly reason: Reason } | null = null;
  let accepted = false;
  for (const line of lines) {
    const end = await decideLine(ports, source, line, {
      suffix: ` line ${line.line}`,
      asksOnce: true,
      async onAllowed() {
        if (!accepted) await react(ports, comment, 'eyes');
        accepted = true;
      },
    });
    if (end.kind === 'left') leftAlone ??= end.decided;
    else answered.push(end.line);
  }
  if (answered.length === 0)
    return {
      code: 'ignored',
      message: leftAlone?.message ?? 'no command',
      reason: leftAlone?.reason ?? 'no_command',
    };
  return conclude(ports, { comment, source, number: event.pullRequest, answered, accepted });
}

interface Handled {
  readonly comment: Comment;
  readonly source: FactSource;
  readonly number: number;
  /** Never empty. */
  readonly answered: readonly DecidedLine[];
  readonly accepted: boolean;
}

async function conclude(ports: Ports, { comment, source, number, answered, accepted }: Handled): Promise<Outcome> {
  if (!accepted) await react(ports, comment, 'confused');
  await ports.steps.run('notices', async () => {
    for (const { line, answer } of answered) await putNotice(ports, comment, number, line, answer);
    return null;
  });
  // What was refused has changed nothing else.
  await ports.steps.run('show', () => (accepted ? showPullRequest(ports, number) : showNotices(ports, number)));
  await recordDecided(ports, source, 'comment', answered);
  await ports.steps.run('handled', async () => {
    await ports.inFlight.putProgress(commentKey(comment.id), 'handled');
    return null;
  });
  const told = answered.find(({ answer }) => answer.tone === 'refused') ?? answered.at(-1);
  if (told === undefined) return { code: 'ignored', message: 'no command', reason: 'no_command' };
  const { code, message, reason } = told.answer;
  return { code, message, reason, comment: comment.id };
}

async function putNotice(
  ports: Pick<Ports, 'inFlight'>,
  comment: Comment,
  pullRequest: number,
  line: ParsedLine,
  { tone, message }: CommandAnswer,
): Promise<void> {
  await ports.inFlight.putNotice({
    pullRequest,
    key: `${comment.id}:${line.line}`,
    at: comment.createdAt,
    author: comment.author,
    command: line.text.slice(0, 500),
    tone,
    message,
  });
}

async function react(ports: Ports, comment: Comment, reaction: 'eyes' | 'confused'): Promise<void> {
  await ports.steps.run('react', async () => {
    await ports.comments.react(comment.id, reaction);
    return null;
  });
}

/**
 * What is remembered of a comment: when it was begun, that it was `handled` or given up, or that it was `edited` or
 * `deleted` since it was written.
 */
export const commentKey = (id: number): string => `comment ${id}`;
const BEGUN = 'begun ';

/** When the handling of a comment began that has not ended, in milliseconds; null where something else is known of it. */
export function beganAt(known: string): number | null {
  return known.startsWith(BEGUN) ? Date.parse(known.slice(BEGUN.length)) : null;
}

/** A comment was edited or deleted: whatever it says now, and whenever it is found again, none of it runs (invariant 2). */
export async function noteChangedComment(
  ports: Pick<Ports, 'inFlight' | 'steps'>,
  { id, change }: { readonly id: number; readonly change: 'edited' | 'deleted' },
): Promise<Outcome> {
  await ports.steps.run('remember', async () => {
    await ports.inFlight.putProgress(commentKey(id), change);
    return null;
  });
  return {
    code: 'ignored',
    message: `comment ${id} was ${change}: none of its commands runs`,
    reason: 'comment_edited',
  };
}

async function readCommands(ports: Ports, event: CommentEvent): Promise<Intake> {
  const { id, digest, pullRequest } = event;
  const ignored = (reason: Reason, why: string): Intake => ({ kind: 'ignored', why, reason });
  const comment = event.comment === undefined ? await ports.comments.get(id) : { ...event.comment, id, pullRequest };
  if (comment === null) return ignored('comment_gone', 'the comment is gone');
  if (comment.pullRequest !== pullRequest)
    return ignored('not_a_pull_request', `the comment is not on pull request #${pullRequest}`);
  const lines = parseComment(comment.body);
  if (lines.length === 0) return ignored('no_command', 'no command');
  // What was edited may not be what others saw, now or when a sweep finds it (invariant 2).
  const changed = digest !== undefined && digest !== sha256Hex(comment.body);
  if (changed || comment.updatedAt !== comment.createdAt) return ignored('comment_edited', 'the comment was edited');
  const known = await ports.inFlight.progress(commentKey(id));
  if (known === 'handled') return ignored('already_handled', 'the comment was handled before');
  if (known !== null && beganAt(known) === null) return ignored('comment_edited', `the comment was ${known}`);
  await ports.inFlight.putProgress(commentKey(id), `${BEGUN}${instant(ports)}`);
  return { kind: 'commands', comment, lines };
}

function subjectOf(ports: Ports, comment: Comment, pullRequest: number): Subject {
  const { id, author, authorType, authorId, createdAt } = comment;
  const fact: CommentFact = {
    kind: 'conversation',
    id,
    author: author.slice(0, 100),
    authorType,
    createdAt,
    edited: false,
    ...(authorId === null ? {} : { authorId }),
  };
  return {
    comment: fact,
    pullRequest,
    operation: (line) => operationOf(fact, line),
    async runId({ line, model }) {
      const { name } = await ports.source.repository();
      return deriveRunId(name, createdAt, `comment ${id} line ${line} model ${model}`);
    },
  };
}

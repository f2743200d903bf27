import type { CommandName } from '../commands/command.ts';
import type { PolicyConfig } from '../config/policy.ts';
import { isGenuineBot, looksLikeBot, sameLogin } from '../policy/identity.ts';
import type { CommentFact, Facts } from './facts.ts';
import type { BasePolicy } from './request.ts';
import { type Deciding, stop } from './steps.ts';

/** Whether a comment is one that commands are read from. What is left alone here is never answered. */
export function* eligible(facts: Facts): Deciding<void> {
  const { comment } = facts;
  if (sameLogin(comment.author, facts.self)) yield* leave('own_comment', 'the comment is Trainyard’s own');
  switch (comment.kind) {
    case 'issue':
      yield* leave('not_a_pull_request', 'the comment is on an issue, and commands are about pull requests');
      break;
    case 'review':
    case 'review_thread':
      yield* leave(
        'review_not_read',
        'commands are read from the conversation of a pull request, not from reviews and their threads, which are edited and resolved apart from it',
      );
      break;
    case 'conversation':
    case 'button':
    case 'request':
      break;
  }
  if (comment.edited)
    yield* leave('comment_edited', 'the comment was edited, and a command runs only as it was first written');
}

/**
 * Bots are left alone, so that none can be talked into commands and no two answer each other for ever; but for one that
 * policy names for this very command. A person's account that is named like a bot, or a bot that is not, is no bot that
 * could be named.
 *
 * @param asked null for a line that is no command
 */
export function* personOrNamedBot(
  facts: Facts,
  asked: { readonly name: CommandName; readonly base: () => Deciding<BasePolicy> } | null,
): Deciding<void> {
  const { comment } = facts;
  if (comment.authorType === 'User' && !looksLikeBot(comment.author, comment.authorType)) return;
  const unnamed = `${comment.author} is no person’s account, and policy names no such bot for this command`;
  if (!isGenuineBot(comment.author, comment.authorType) || asked === null)
    return yield* leave('comment_by_bot', unnamed);
  if (facts.unavailable.includes('base')) return yield* leave('comment_by_bot', unnamed);
  const policy = yield* asked.base();
  if (policy.kind === 'config' && namesBot(policy.config.policy, asked.name, comment)) return;
  yield* leave('comment_by_bot', unnamed);
}

function namesBot(policy: PolicyConfig, command: CommandName, { author, authorId }: CommentFact): boolean {
  if (command === 'status' || command === 'help') return false;
  const rules = policy.commands[command];
  if (rules === undefined) return false;
  const grants = [...(rules.any ?? []), ...Object.values(rules.models).flat(), ...Object.values(rules.stages).flat()];
  return grants.some((grant) => {
    const [login = '', id] = grant.replace(/^user:/, '').split('#');
    return grant.startsWith('user:') && sameLogin(login, author) && (id === undefined || id === String(authorId));
  });
}

function* leave(reason: Parameters<typeof ignored>[0], message: string): Deciding<never> {
  return yield* stop(ignored(reason, message));
}

function ignored(
  reason: 'own_comment' | 'not_a_pull_request' | 'review_not_read' | 'comment_edited' | 'comment_by_bot',
  message: string,
) {
  return { verdict: 'ignored', reason, message } as const;
}

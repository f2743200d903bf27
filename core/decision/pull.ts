import { type Context, fact, policyOf, refuse } from './context.ts';
import type { PullFact } from './facts.ts';
import type { Deciding } from './steps.ts';

/** The pull request that the command is typed on. */
export function* pullOf(context: Context): Deciding<PullFact> {
  if (context.facts.comment.kind === 'request')
    return yield* refuse(context, {
      reason: 'not_a_pull_request',
      message: `/${context.command.name} is about a pull request, and a request from a terminal names none. Type it as a comment there.`,
    });
  return yield* fact(context, 'pull');
}

export function* openPull(context: Context): Deciding<PullFact> {
  const pull = yield* pullOf(context);
  if (pull.state === 'open' && !pull.merged) return pull;
  return yield* refuse(context, {
    reason: 'pull_request_closed',
    message: `expected an open pull request, but #${pull.number} is ${pull.merged ? 'merged' : 'closed'}. ${
      pull.merged ? 'Type it on another one.' : 'Reopen it, or type it on another one.'
    }`,
    expected: 'an open pull request',
    found: pull.merged ? 'merged' : 'closed',
    example: null,
  });
}

/** What policy says of forks, before anything of the fork's head is looked at. The approval itself is in the ledger. */
export function* forkAdmitted(context: Context, pull: PullFact): Deciding<void> {
  if (!pull.fork) return;
  const denied = (found: string, remedy: string) =>
    refuse(context, {
      reason: 'fork_denied',
      message: `#${pull.number} comes from the fork ${pull.head.repository}, and ${found}. ${remedy}`,
      expected: 'policy.forks: ok-to-train, policy.runners.fork and an App',
      found,
      example: null,
    });
  const policy = yield* policyOf(context);
  const push = `Push the branch to ${context.facts.repository}, or have the default branch’s config say otherwise.`;
  if (policy.forks === 'deny') yield* denied('policy.forks is deny', push);
  if (policy.runners.fork === undefined) yield* denied('policy.runners.fork names no runner class for forks', push);
  if (!context.facts.app)
    yield* denied(
      'forks are trained only where an App serves the repository',
      `Push the branch to ${context.facts.repository}.`,
    );
}

/** For what has no meaning on a fork at all. */
export function* notAFork(context: Context, pull: PullFact, because: string): Deciding<void> {
  if (!pull.fork) return;
  yield* refuse(context, {
    reason: 'fork_denied',
    message: `#${pull.number} comes from the fork ${pull.head.repository}, and ${because}. Push the branch to ${context.facts.repository}.`,
    expected: `a branch of ${context.facts.repository}`,
    found: pull.head.repository,
    example: null,
  });
}

/** For what is done by a workflow run of its own, which only an App dispatches (docs/without-an-app.md). */
export function* dispatchable(context: Context, instead: string): Deciding<void> {
  if (context.facts.app) return;
  yield* refuse(context, {
    reason: 'app_needed',
    message: `/${context.command.name} starts a workflow run of its own, and without the App nothing does. ${instead}`,
    expected: 'an App that serves the repository',
    found: 'workflows of the repository only',
    example: null,
  });
}

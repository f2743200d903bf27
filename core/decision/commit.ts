import type { GitId } from '../names.ts';
import { bind, type Sighting } from '../policy/binding.ts';
import { sameLogin } from '../policy/identity.ts';
import { type Context, fact, refuse } from './context.ts';
import { withSha } from './examples.ts';
import type { PullFact } from './facts.ts';
import type { Deciding } from './steps.ts';

/**
 * The commit that the command means: the head that its author saw (DESIGN invariant 2).
 *
 * @param sha what was typed after `@`; null for none
 */
export function* boundCommit(context: Context, pull: PullFact, sha: string | null): Deciding<GitId> {
  const { comment } = context.facts;
  const sightings = yield* headSightings(context, pull, sha);
  const bound = bind({
    head: { sha: pull.head.sha, repository: pull.head.repository },
    comment: { author: comment.author, createdAt: comment.createdAt },
    sightings,
    ...(sha === null ? {} : { requestedSha: sha }),
  });
  if (bound.ok) return pull.head.sha;
  return yield* refuse(context, {
    reason: bound.reason,
    message: bound.message,
    expected: `the head ${pull.head.sha}, as its author saw it`,
    found: sha === null ? 'no commit named' : `@${sha}`,
    example: withSha(context.command, pull.head.sha),
  });
}

/**
 * Whoever types all digits of the head that GitHub shows now means this head, also where its delivery was lost (invariant
 * 10): it counts as seen now, by nobody, so that nobody else's word is bound by it.
 */
function* headSightings(context: Context, pull: PullFact, sha: string | null): Deciding<Sighting[]> {
  const sightings = yield* fact(context, 'sightings');
  if (sha !== pull.head.sha || sightings.some((sighting) => sighting.sha === sha)) return [...sightings];
  const { repository: headRepository } = pull.head;
  return [...sightings, { sha: pull.head.sha, headRepository, at: context.facts.now, sender: '' }];
}

/** Senders of every delivery that showed the present head; empty where none did. */
export function* sendersOf(context: Context, pull: PullFact): Deciding<string[]> {
  const sightings = yield* fact(context, 'sightings');
  const senders = sightings.filter(({ sha }) => sha === pull.head.sha).map(({ sender }) => sender);
  return [...new Set(senders.filter((sender) => sender !== ''))];
}

/**
 * Who pushed the present head: the sender of the sighting by which it became the head. null where that is not clear.
 */
export function* lastPusherOf(context: Context, pull: PullFact): Deciding<string | null> {
  return pusherOf(yield* fact(context, 'sightings'), pull.head.sha);
}

/** As `lastPusherOf`, where the sightings are at hand. */
export function pusherOf(
  seen: readonly { readonly sha: string; readonly at: string; readonly sender: string }[],
  head: GitId,
): string | null {
  const sightings = [...seen].sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const lastOther = sightings.findLastIndex(({ sha }) => sha !== head);
  const first = sightings[lastOther + 1];
  if (first === undefined || first.sender === '') return null;
  const tied = sightings.filter(({ at }) => Date.parse(at) === Date.parse(first.at));
  return tied.every(({ sender }) => sameLogin(sender, first.sender)) ? first.sender : null;
}

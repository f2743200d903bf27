import type { GitId } from '../names.ts';
import { bind, headPusher, type Sighting } from '../policy/binding.ts';
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
    pullRequest: pull.number,
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
    // With a time that can't be read, no line helps.
    example: bound.reason === 'time_unreadable' ? null : withSha(context.command, pull.head.sha),
  });
}

/**
 * Whoever types all digits of the head that GitHub shows now means this head, also where its delivery was lost (invariant
 * 10) or its repository has been renamed since: it counts as seen now, by nobody, so that nobody else's word is bound by
 * it.
 */
function* headSightings(context: Context, pull: PullFact, sha: string | null): Deciding<Sighting[]> {
  const sightings = yield* fact(context, 'sightings');
  if (sha !== pull.head.sha) return [...sightings];
  const { repository: headRepository } = pull.head;
  const now = { pullRequest: pull.number, sha: pull.head.sha, headRepository, at: context.facts.now, sender: '' };
  return [...sightings, { ...now, event: 'reopened' }];
}

interface SeenHead extends Omit<Sighting, 'headRepository'> {
  readonly headRepository: string | null;
}

/** Whoever has pushed this very head, now or before it left and came back. */
export function* pushersOf(context: Context, pull: PullFact): Deciding<string[]> {
  const sightings = yield* fact(context, 'sightings');
  const pushes = sightings.filter(({ sha, event = 'head' }) => sha === pull.head.sha && event === 'head');
  return [...new Set(pushes.map(({ sender }) => sender))];
}

/** Who pushed the present head: the sender of the sighting by which it became the head. null where that is not clear. */
export function* lastPusherOf(context: Context, pull: PullFact): Deciding<string | null> {
  return pusherOf(yield* fact(context, 'sightings'), pull);
}

/** As `lastPusherOf`, where the sightings are at hand. */
export function pusherOf(
  seen: readonly SeenHead[],
  {
    number,
    head,
  }: { readonly number: number; readonly head: { readonly sha: string; readonly repository: string | null } },
): string | null {
  return headPusher({
    pullRequest: number,
    head: { sha: head.sha, repository: head.repository ?? '' },
    sightings: seen.map((sighting) => ({ ...sighting, headRepository: sighting.headRepository ?? '' })),
  });
}

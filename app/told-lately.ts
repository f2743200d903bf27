import { parseComment } from '../core/commands/parse.ts';
import type { FlowEvent } from '../flows/events.ts';

/** Milliseconds for which what a delivery says of a comment is taken as it is, and not asked for again. */
const LATELY = 10_000;

/**
 * The event, without what its delivery said of a comment where that was a while ago: the comment may have been edited
 * since, and the delivery that says so may come behind one that was sent again or waited (invariant 2).
 *
 * @param now milliseconds since the epoch
 */
export function toldLately(event: FlowEvent, now: number): FlowEvent {
  if (event.kind !== 'comment' || event.comment === undefined) return event;
  const { comment, ...rest } = event;
  if (now - Date.parse(comment.createdAt) <= LATELY) return event;
  // Nothing is asked for what holds no command.
  return parseComment(comment.body).length === 0 ? event : rest;
}

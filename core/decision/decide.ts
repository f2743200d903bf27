import type { Decision } from './decision.ts';
import type { DecisionRequest } from './request.ts';

/**
 * Decides one command, for the flows and for `trainyard explain` alike. Pure: equal requests have equal decisions.
 *
 * Facts are asked for one after the other (`needs`), so that a command that is refused for its author costs nothing else.
 * A caller adds to `facts` (or to `base` and `models`) what is named, or names it in `facts.unavailable`, and asks again:
 * every round adds a fact, so it ends.
 */
export function decide({ line, facts }: DecisionRequest): Decision {
  if (line.kind === 'error')
    return {
      verdict: 'refused',
      command: null,
      reason: line.code,
      message: line.message,
      expected: line.usage,
      found: line.text,
      example: line.example,
    };
  const message = `nothing is known that would allow /${line.command.name} to ${facts.comment.author}`;
  const rest = { expected: null, found: null, example: null };
  return { verdict: 'refused', command: line.command.name, reason: 'facts_unavailable', message, ...rest };
}

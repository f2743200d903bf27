import { z } from 'zod';
import { RepositoryName } from '../../core/names.ts';
import { FlowEvent } from '../../flows/events.ts';

/** Why an arrival could not be handled: GitHub's limits, nobody who answered, or an error of another kind. */
const Obstacle = z.enum(['limited', 'unanswered', 'error']);
export type Obstacle = z.infer<typeof Obstacle>;

/** What is stored of a delivery, a timer or a call: enough to handle it after a restart. */
export const Arrival = z.strictObject({
  repository: RepositoryName,
  installation: z.int().positive(),
  event: FlowEvent,
  /** Only of what is handled again: when it failed first, in milliseconds since the epoch, and why it did last. */
  again: z.strictObject({ first: z.number().positive(), why: Obstacle }).optional(),
});
export type Arrival = z.infer<typeof Arrival>;

/** Timers and progress come again by themselves: they yield to what does not, and are not repeated. */
export function isBackground(event: FlowEvent): boolean {
  return event.kind === 'timer' || event.kind === 'progress';
}

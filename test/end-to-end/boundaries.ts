import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where a step can be cut: before it begins, after its effects but before it is recorded, after it is recorded. */
export const MOMENTS = ['before', 'unrecorded', 'recorded'] as const;
export type Moment = (typeof MOMENTS)[number];

/** A boundary of a step, the same in every pass: without the ids that its name may hold. */
export function boundary(event: string, step: string, moment: Moment): string {
  const name = step.replaceAll(/\b(?:[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{40}|\d+)\b/g, '…');
  return `${event}: ${name}, ${moment}`;
}

/** Whether a planned boundary is this one: one without an event is that of whichever event comes to the step first. */
export function isAt(planned: string, point: string): boolean {
  return planned === point || planned === point.slice(point.indexOf(': ') + 2);
}

/** A number below `below` that only these words decide. */
export function drawn(below: number, ...words: readonly (string | number)[]): number {
  return createHash('sha256').update(words.join('\n')).digest().readUInt32BE(0) % below;
}

/** Files between the tests and an App that kills itself, a fact a line. */
export function killFiles(folder: string) {
  return {
    /** Boundaries at which it dies, each once. */
    planned: join(folder, 'planned'),
    /** Milliseconds after which it dies, one for each start from here on. */
    delays: join(folder, 'delays'),
    /** Boundaries that it came to. */
    reached: join(folder, 'reached'),
    /** Where it died. */
    struck: join(folder, 'struck'),
  };
}

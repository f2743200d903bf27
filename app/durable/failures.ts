import type { WorkflowStatus } from '@dbos-inc/dbos-sdk';
import { Arrival } from './arrival.ts';

export interface Again {
  readonly arrival: Arrival;
  readonly id: string;
  readonly lane: string;
}

/** Runs after the first one. */
const RUNS = 3;
/** Milliseconds before the first of them; each further one waits four times as long. */
const PAUSE = 60_000;

/**
 * Failed deliveries that are due to be handled again: GitHub may have been away for longer than steps are retried, and
 * nobody sends a delivery again that we took. The number of the run is part of the id, so each is stored once.
 * @param now milliseconds since the epoch
 */
export function dueAgain(failed: readonly WorkflowStatus[], now: number): readonly Again[] {
  return failed.flatMap((workflow) => {
    const [, base = '', number = '0'] = /^(.*?)(?:~(\d+))?$/.exec(workflow.workflowID) ?? [];
    const next = Number(number) + 1;
    const since = now - (workflow.updatedAt ?? workflow.createdAt);
    const arrival = Arrival.safeParse(workflow.input?.[0]);
    if (next > RUNS || since < PAUSE * 4 ** (next - 1) || !arrival.success) return [];
    // Timers and progress come again by themselves.
    if (arrival.data.event.kind === 'timer' || arrival.data.event.kind === 'progress') return [];
    return [
      { arrival: arrival.data, id: `${base}~${next}`, lane: workflow.queuePartitionKey ?? arrival.data.repository },
    ];
  });
}

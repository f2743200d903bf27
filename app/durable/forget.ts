import { DBOS, type WorkflowStatusString } from '@dbos-inc/dbos-sdk';
import { ABANDONED } from './abandoned.ts';

const ENDED: WorkflowStatusString[] = ['SUCCESS', 'CANCELLED', 'ERROR', ABANDONED];
/** How the ids begin of what nobody but we ourselves brings in (app/rounds.ts, app/ingest/progress.ts). */
const OURS = ['timer-', 'progress-'];
const AT_ONCE = 1000;

/** Before which moments what ended is forgotten, in milliseconds since the epoch. */
export interface Forget {
  /** Deliveries: with one of them goes what tells that it was handled. */
  readonly deliveries: number;
  /** What we brought in ourselves: each has an id of its own, and there are thousands a day. */
  readonly ours: number;
}

/** Deletes flows that ended, with their steps. */
export async function forgetEnded(name: string, before: Forget): Promise<void> {
  await forget({ workflowName: name, endTime: new Date(before.deliveries).toISOString() });
  await forget({ workflowName: name, endTime: new Date(before.ours).toISOString(), workflow_id_prefix: OURS });
}

async function forget(which: Omit<Parameters<typeof DBOS.listWorkflows>[0], 'status' | 'limit'>): Promise<void> {
  const filter = { ...which, status: ENDED, limit: AT_ONCE, loadInput: false, loadOutput: false };
  for (;;) {
    const old = await DBOS.listWorkflows(filter);
    await DBOS.deleteWorkflows(old.map(({ workflowID }) => workflowID));
    if (old.length < AT_ONCE) return;
  }
}

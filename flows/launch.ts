import type { RunRecord } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { acceptRun, advanceRun, closeRun, loadRun } from './ledger.ts';
import { PortError, type Ports } from './ports.ts';
import type { RunDraft } from './run-draft.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** Problems that waiting may solve: the step is repeated, and the run keeps its state meanwhile. */
const PASSING = new Set(['unavailable', 'rate_limited', 'conflict']);

export type Launched =
  | { readonly kind: 'launched'; readonly run: RunId; readonly workflowRun: number }
  | { readonly kind: 'not_launched'; readonly run: RunId; readonly message: string };

/** Accepts a run and has its engine start it, in three steps that each may be repeated (invariant 8). */
export async function launchRun(ports: Ports, draft: RunDraft): Promise<Launched> {
  const { run } = draft;
  await ports.steps.run(`accept ${run}`, async () => {
    return (await acceptRun(ports, await takePolicySnapshot(ports), draft)).sequence;
  });
  return resumeLaunch(ports, run);
}

/** Has an accepted run started by its engine: also one whose launch was broken off, which starts once all the same. */
export async function resumeLaunch(ports: Ports, run: RunId): Promise<Launched> {
  const submitted = await ports.steps.run(`submit ${run}`, () => submit(ports, run));
  return ports.steps.run(`started ${run}`, async (): Promise<Launched> => {
    const policy = await takePolicySnapshot(ports);
    if ('workflowRun' in submitted) {
      const { workflowRun } = submitted;
      const { state } = await advanceRun(ports, policy, run, { state: 'training', workflowRun });
      if (state.state !== 'cancelled') return { kind: 'launched', run, workflowRun };
      // It was cancelled while it was being dispatched: nobody else knows of its job (invariant 9).
      await ports.engine.cancel(workflowRun);
      return { kind: 'not_launched', run, message: `run ${run} was cancelled before it began` };
    }
    if ('ended' in submitted) return { kind: 'not_launched', run, message: submitted.ended };
    await advanceRun(ports, policy, run, {
      state: 'failed',
      at: 'dispatch',
      reason: submitted.reason,
      message: submitted.message,
      workflowRun: null,
    });
    await closeRun(ports, policy, run, ports.self);
    return { kind: 'not_launched', run, message: submitted.message };
  });
}

type Submitted =
  | { readonly workflowRun: number }
  | { readonly reason: string; readonly message: string }
  /** By an earlier launch: nothing is left to do. */
  | { readonly ended: string };

async function submit(ports: Ports, run: RunId): Promise<Submitted> {
  const found = await loadRun(ports, await takePolicySnapshot(ports), run);
  if (found === null) return { reason: 'record_missing', message: `the record of run ${run} is gone` };
  const { record } = found;
  if (record.state.state !== 'accepted') return submittedBefore(record);
  const moved = await headMoved(ports, record);
  if (moved !== null) return { reason: 'head_moved', message: moved };
  try {
    await ports.workflows.syncExecutionRef();
    return await ports.engine.submit(record);
  } catch (error) {
    if (!(error instanceof PortError) || PASSING.has(error.code)) throw error;
    return { reason: error.code, message: `training could not be dispatched: ${error.message}` };
  }
}

function submittedBefore({ run, state }: RunRecord): Submitted {
  if (state.state === 'training') return { workflowRun: state.workflowRun };
  if (state.state === 'judging') return { workflowRun: state.trainRun };
  return { ended: `run ${run} has ended already: it is ${state.state}` };
}

/** A command is bound to the commit that its author saw: it must still be the head at dispatch (invariant 2). */
async function headMoved(ports: Ports, record: RunRecord): Promise<string | null> {
  if (record.origin.kind !== 'pull_request') return null;
  const pull = await ports.pulls.get(record.origin.number);
  if (pull.state !== 'open') return `pull request #${pull.number} was closed before training was dispatched`;
  if (pull.head.sha === record.commit) return null;
  return `the head moved from ${record.commit.slice(0, 12)} to ${pull.head.sha.slice(0, 12)} before training was dispatched; comment again on the new head`;
}

import { isFinal } from '../core/ledger/machine.ts';
import type { ExecutionReference, RunRecord } from '../core/ledger/run.ts';
import type { Instant, RunId } from '../core/names.ts';
import { ulid } from '../core/ulid.ts';
import type { CommandAnswer, CommandContext } from './command.ts';
import { cancelExecution } from './execution.ts';
import { advanceRun, closeRun, loadRun } from './ledger.ts';
import type { Ports } from './ports.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** `/cancel`: a run is reported cancelled only after its compute is confirmed gone (invariant 9). */
export async function commandCancel({
  ports,
  source,
  decision,
  action,
}: CommandContext<'cancel'>): Promise<CommandAnswer> {
  const { author, createdAt } = source.subject.comment;
  const answers: string[] = [];
  let stopping = false;
  for (const run of action.runs) {
    if (isLater(run, createdAt)) {
      answers.push(`run ${run} was begun after this comment was written, and goes on`);
      continue;
    }
    const cancelled = await cancelRun(ports, run, author);
    stopping ||= cancelled.stopping;
    answers.push(cancelled.message);
  }
  const code = stopping ? 'run_stopping' : 'run_cancelled';
  return { tone: 'ok', message: answers.join('\n'), code, reason: decision.reason };
}

/** A comment that is handled late, or again, means none of the runs that came after it. */
function isLater(run: RunId, at: Instant): boolean {
  return run.slice(0, 10) > ulid(Date.parse(at), new Uint8Array(10)).slice(0, 10);
}

/** Asks the engine to end a run. Its workflow's end, which GitHub reports, is what makes it `cancelled`. */
export async function cancelRun(
  ports: Ports,
  run: RunId,
  by: string,
): Promise<{ readonly message: string; readonly stopping: boolean }> {
  return ports.steps.run(`cancel ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const found = await loadRun(ports, policy, run);
    if (found === null || isFinal(found.record.state))
      return { message: `run ${run} has ended already`, stopping: false };
    const { state } = found.record;
    if (state.state === 'training' && state.execution !== undefined)
      return endExecution(ports, found.record, state.execution, by);
    const workflowRun = state.state === 'training' || state.state === 'judging' ? state.workflowRun : null;
    if (workflowRun === null) {
      await advanceRun(ports, policy, run, { state: 'cancelled', by, workflowRun });
      await closeRun(ports, policy, run, by);
      return { message: `run ${run} is cancelled and its job is gone`, stopping: false };
    }
    await noteCanceller(ports, run, by);
    const stopping = (await ports.engine.cancel(workflowRun)) !== 'gone';
    const workflow = stopping ? null : await ports.workflows.run(workflowRun);
    // It ended otherwise before it could be stopped: what came of it is not lost, and whoever hears of its end says so.
    if (stopping || (workflow !== null && workflow.conclusion !== 'cancelled'))
      return { message: `run ${run} is being stopped; it is reported cancelled once its job is gone`, stopping: true };
    // In the words of whoever hears of its end first: from here or from its workflow run.
    const first = await cancellerOf(ports, found.record);
    await advanceRun(ports, policy, run, { state: 'cancelled', by: first, workflowRun });
    await closeRun(ports, policy, run, ports.self);
    return { message: `run ${run} is cancelled and its job is gone`, stopping: false };
  });
}

/** The timer's next look at it says so where it is not gone at once. */
async function endExecution(
  ports: Ports,
  record: RunRecord,
  execution: ExecutionReference,
  by: string,
): Promise<{ readonly message: string; readonly stopping: boolean }> {
  const { run } = record;
  // Before anything is asked of the engine: what is told of its end must find who asked for it.
  await noteCanceller(ports, run, by);
  if ((await cancelExecution(ports, record, execution)) !== 'gone')
    return {
      message: `run ${run} is being stopped; it is reported cancelled once its compute is gone`,
      stopping: true,
    };
  const policy = await takePolicySnapshot(ports);
  const first = await cancellerOf(ports, record);
  await advanceRun(ports, policy, run, { state: 'cancelled', by: first, workflowRun: null });
  await closeRun(ports, policy, run, ports.self);
  return { message: `run ${run} is cancelled and its compute is gone`, stopping: false };
}

const cancelKey = (run: RunId): string => `cancel ${run}`;

async function noteCanceller({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId, by: string): Promise<void> {
  if ((await inFlight.progress(cancelKey(run))) === null) await inFlight.putProgress(cancelKey(run), by);
}

/** Who asked first that the run be cancelled, whose workflow run has ended so; whoever asked for the run where nobody knows. */
export async function cancellerOf(
  { inFlight }: Pick<Ports, 'inFlight'>,
  { run, requestedBy }: Pick<RunRecord, 'run' | 'requestedBy'>,
): Promise<string> {
  return (await notedCanceller({ inFlight }, run)) ?? requestedBy;
}

/** Who asked first that the run be cancelled; null where nobody is known to have. */
export async function notedCanceller({ inFlight }: Pick<Ports, 'inFlight'>, run: RunId): Promise<string | null> {
  return inFlight.progress(cancelKey(run));
}

import { isFinal } from '../core/ledger/machine.ts';
import type { Instant, RunId } from '../core/names.ts';
import { ulid } from '../core/ulid.ts';
import type { CommandAnswer, CommandContext } from './command.ts';
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
    const workflowRun = state.state === 'training' || state.state === 'judging' ? state.workflowRun : null;
    if (workflowRun !== null && (await ports.engine.cancel(workflowRun)) !== 'gone')
      return {
        message: `run ${run} is being stopped; it is reported cancelled once its job is gone`,
        stopping: true,
      };
    await advanceRun(ports, policy, run, { state: 'cancelled', by, workflowRun });
    await closeRun(ports, policy, run, by);
    return { message: `run ${run} is cancelled and its job is gone`, stopping: false };
  });
}

import type { RunRecord, RunState } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { type NoRoom, noRoomFor } from './budgets.ts';
import { FlowError } from './error.ts';
import { cancelExecution, requireExecution, submitExecution } from './execution.ts';
import { outputOf, requireOutput, startJudging } from './judging.ts';
import { acceptRun, advanceRun, closeRun, loadRun } from './ledger.ts';
import { PortError, type Ports } from './ports.ts';
import type { RunDraft } from './run-draft.ts';
import { sharedInputs } from './shared-inputs.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

/** Problems that waiting may solve: the step is repeated, and the run keeps its state meanwhile. */
const PASSING = new Set(['unavailable', 'rate_limited', 'conflict']);

export type Launched =
  | { readonly kind: 'launched'; readonly run: RunId }
  | { readonly kind: 'not_launched'; readonly run: RunId; readonly message: string };

/** Launches runs one after the other. @param what what is said of one that was launched */
export async function launchAll(
  ports: Ports,
  drafts: readonly RunDraft[],
  what: string,
): Promise<{ readonly answers: readonly string[]; readonly failed: boolean }> {
  const answers: string[] = [];
  let failed = false;
  for (const draft of drafts) {
    const launched = await launchRun(ports, draft);
    failed ||= launched.kind === 'not_launched';
    answers.push(
      launched.kind === 'launched' ? `${draft.model}: run ${draft.run} ${what}` : `${draft.model}: ${launched.message}`,
    );
  }
  return { answers, failed };
}

/** Accepts a run and has its engine start it, in three steps that each may be repeated (invariant 8). */
export async function launchRun(ports: Ports, draft: RunDraft): Promise<Launched> {
  const { run } = draft;
  // In one step: nothing of the run has begun while it may still find no room.
  const full = await ports.steps.run(`accept ${run}`, async () => {
    const record = await acceptRun(ports, await takePolicySnapshot(ports), draft);
    return record.state.state === 'accepted' ? noRoomFor(ports, record) : null;
  });
  const refusal = refusalIn(full);
  if (refusal === null) return resumeLaunch(ports, run);
  return ports.steps.run(`started ${run}`, async () => notBegun(ports, await takePolicySnapshot(ports), run, refusal));
}

/** What the step has left, also in an earlier version: a number where there was room, the words alone where there was none. */
function refusalIn(left: NoRoom | string | number | null): NoRoom | null {
  if (typeof left === 'string') return { reason: 'budget_exceeded', message: left };
  return typeof left === 'number' ? null : left;
}

/** Has an accepted run started by its engine: also one whose launch was broken off, which starts once all the same. */
export async function resumeLaunch(ports: Ports, run: RunId): Promise<Launched> {
  const submitted = await ports.steps.run(`submit ${run}`, () => submit(ports, run));
  return ports.steps.run(`started ${run}`, async (): Promise<Launched> => {
    const policy = await takePolicySnapshot(ports);
    if ('next' in submitted) {
      const { next } = submitted;
      const { state } = await advanceRun(ports, policy, run, next);
      if (state.state !== 'cancelled') return { kind: 'launched', run };
      // It was cancelled while it was being dispatched: nobody else knows of its job (invariant 9).
      await endAgain(ports, policy, run, next);
      return { kind: 'not_launched', run, message: `run ${run} was cancelled before it began` };
    }
    if ('ended' in submitted) return { kind: 'not_launched', run, message: submitted.ended };
    return notBegun(ports, policy, run, submitted);
  });
}

async function notBegun(
  ports: Ports,
  policy: PolicySnapshot,
  run: RunId,
  { reason, message }: { readonly reason: string; readonly message: string },
): Promise<Launched> {
  await advanceRun(ports, policy, run, { state: 'failed', at: 'dispatch', reason, message, workflowRun: null });
  await closeRun(ports, policy, run, ports.self);
  return { kind: 'not_launched', run, message };
}

type Begun = Extract<RunState, { state: 'training' | 'judging' }>;

async function endAgain(ports: Ports, policy: PolicySnapshot, run: RunId, begun: Begun): Promise<void> {
  if (begun.workflowRun !== null) await ports.engine.cancel(begun.workflowRun);
  if (begun.state !== 'training' || begun.execution === undefined) return;
  const found = await loadRun(ports, policy, run);
  if (found !== null) await cancelExecution(ports, found.record, begun.execution);
}

type Submitted =
  | { readonly next: Begun }
  | { readonly reason: string; readonly message: string }
  /** By an earlier launch: nothing is left to do. */
  | { readonly ended: string };

async function submit(ports: Ports, run: RunId): Promise<Submitted> {
  const policy = await takePolicySnapshot(ports);
  const found = await loadRun(ports, policy, run);
  if (found === null) return { reason: 'record_missing', message: `the record of run ${run} is gone` };
  const { record } = found;
  if (record.state.state !== 'accepted') return submittedBefore(record);
  const moved = await headMoved(ports, record);
  if (moved !== null) return { reason: 'head_moved', message: moved };
  try {
    if (record.evaluates !== null) return { next: await judgeEarlier(ports, policy, record, record.evaluates) };
    const { lost, tried } = record.state;
    if (record.order.request.engine !== 'runner') {
      // In a job without a GPU, and nothing that the engine would refuse anyway.
      const { inputs } = await requireExecution(ports, record);
      if (tried !== undefined) return { next: await submitExecution(ports, record, 1) };
      if (record.order.smoke === undefined) {
        const shared = await sharedInputs(ports, record, inputs);
        if (inputs.from === 'git' || shared !== null) return { next: await submitExecution(ports, record, 1, shared) };
      }
    }
    await ports.workflows.syncExecutionRef();
    const further = lost === undefined ? {} : { lost };
    return { next: { state: 'training', ...(await ports.engine.submit(record)), ...further } };
  } catch (error) {
    if (error instanceof FlowError && error.code === 'not_possible')
      return { reason: error.code, message: error.message };
    if (!(error instanceof PortError) || PASSING.has(error.code)) throw error;
    const what = record.evaluates === null ? 'training' : 'judging';
    return { reason: error.code, message: `${what} could not be dispatched: ${error.message}` };
  }
}

/** What an earlier run trained is judged by a run of its own; it is read from that run's own signed records. */
async function judgeEarlier(
  ports: Ports,
  policy: PolicySnapshot,
  record: RunRecord,
  earlier: RunId,
): Promise<Extract<RunState, { state: 'judging' }>> {
  const found = await loadRun(ports, policy, earlier);
  // A record is only as good as what it points to: another model's or another commit's output is not this run's.
  const same = found !== null && found.record.model === record.model && found.record.commit === record.commit;
  const output = same ? await outputOf(ports, policy, found.record) : null;
  return startJudging(ports, policy, record, requireOutput(earlier, output));
}

function submittedBefore({ run, state }: RunRecord): Submitted {
  if (state.state === 'training' || state.state === 'judging') return { next: state };
  return { ended: `run ${run} has ended already: it is ${state.state}` };
}

/** A command is bound to the commit that its author saw: it must still be the head at dispatch (invariant 2). */
async function headMoved(ports: Ports, record: RunRecord): Promise<string | null> {
  if (record.origin.kind !== 'pull_request') return null;
  const pull = await ports.pulls.get(record.origin.number);
  if (pull.state !== 'open') return `pull request #${pull.number} was closed before training was dispatched`;
  // What had begun when the head moved goes on.
  if (pull.head.sha === record.commit || isFurther(record)) return null;
  return `the head moved from ${record.commit.slice(0, 12)} to ${pull.head.sha.slice(0, 12)} before training was dispatched; comment again on the new head`;
}

function isFurther({ state }: RunRecord): boolean {
  return state.state === 'accepted' && (state.lost !== undefined || state.tried !== undefined);
}

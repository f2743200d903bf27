import type { RunState } from '../core/ledger/run.ts';
import { cutText } from '../core/reports/characters.ts';
import { EXECUTION_FAILURES, type ExecutionFailure, type Observation } from '../core/training/execution.ts';
import { ExecutionStatus, OUTPUT_TAR, STATUS_FILE } from '../core/training/status.ts';
import { attemptWords, type ToldAttempt, toldAttempt } from '../core/training/told-attempt.ts';
import { budgetPassed } from './budgets.ts';
import { openStore } from './compute.ts';
import { FlowError } from './error.ts';
import { attemptObject, boundsOf, storedOutput, submitExecution } from './execution.ts';
import { lastLines, logTail } from './execution-life.ts';
import type { Following } from './follow-execution.ts';
import { startJudging } from './judging.ts';
import { PortError, type Ports } from './ports.ts';
import { takePolicySnapshot } from './snapshot.ts';

/** Bytes: 2,000 step metrics and 64 KiB of log, with room. */
const MAX_STATUS = 4 * 2 ** 20;

export interface ExecutionMove {
  readonly state: RunState;
  readonly message: string;
}

type Over = Extract<Observation, { state: 'ended' | 'absent' }>;

/**
 * What becomes of a run whose execution is over: its output is judged, it is tried again on another machine, or it has
 * failed or was cancelled.
 *
 * @returns null where that can't be said before its compute is gone
 */
export async function endOf(ports: Ports, following: Following, observation: Over): Promise<ExecutionMove | null> {
  const { record, execution, engine, sight, canceller } = following;
  const { run } = record;
  const { end, image = null } = observation.state === 'ended' ? observation : { end: null };
  // It ended well before it could be stopped: what came of it is not lost.
  if (end?.how === 'succeeded') return judgeOutput(ports, following, image);
  if (canceller !== null || sight.stop !== null) {
    if ((await engine.cancel(execution.id)) !== 'gone') return null;
    if (sight.stop !== null && canceller === null)
      return failed(following, sight.stop.reason, `It was stopped: ${sight.stop.message}. Its compute is released`);
    const by = canceller ?? record.requestedBy;
    return {
      state: { state: 'cancelled', by, workflowRun: null },
      message: `run ${run} was cancelled and its compute is gone`,
    };
  }
  if (end?.how === 'cancelled')
    return failed(
      following,
      'stopped_elsewhere',
      `Somebody stopped it on ${execution.engine} (${execution.id}), and not through Trainyard`,
    );
  const { reason, message } = end ?? lost(following);
  const { retries } = await boundsOf(ports, record);
  if (EXECUTION_FAILURES[reason].retry && execution.attempt <= retries) return tryAgain(ports, following, reason);
  const status = await readStatus(ports, following);
  const tail = await tailOf(following, status);
  const told = [`${EXECUTION_FAILURES[reason].text} ${message}`, ...howItWent(following, status)];
  return failed(following, reason, `${told.join(' ')}\n${tail}`);
}

function lost({ execution }: Following): { readonly reason: ExecutionFailure; readonly message: string } {
  return { reason: 'machine_lost', message: `${execution.engine} no longer knows ${execution.id}.` };
}

function failed({ record }: Following, reason: string, message: string): ExecutionMove {
  return {
    state: { state: 'failed', at: 'training', reason, message: cutText(message, 2000), workflowRun: null },
    message: `run ${record.run} failed in training: ${reason}`,
  };
}

/** On another machine, from the last checkpoint on; never beside what is left of the attempt before. */
async function tryAgain(ports: Ports, following: Following, why: ExecutionFailure): Promise<ExecutionMove | null> {
  const { record, execution, engine } = following;
  const passed = await budgetPassed(ports, record);
  if (passed !== null)
    return failed(following, passed.reason, `${EXECUTION_FAILURES[why].text} It is not tried again: ${passed.message}`);
  if ((await engine.cancel(execution.id)) !== 'gone') return null;
  try {
    const state = await submitExecution(ports, record, execution.attempt + 1);
    return {
      state,
      message: `run ${record.run}: ${why.replaceAll('_', ' ')}; it goes on in attempt ${execution.attempt + 1}`,
    };
  } catch (error) {
    if (!(error instanceof FlowError) && !(error instanceof PortError && error.code === 'malformed')) throw error;
    return failed(following, why, `${EXECUTION_FAILURES[why].text} It could not be tried again: ${error.message}`);
  }
}

async function judgeOutput(ports: Ports, following: Following, image: string | null): Promise<ExecutionMove> {
  const { record, execution } = following;
  const read = await readStatus(ports, following);
  const claim = read?.output ?? null;
  if (claim === null) return failed(following, 'no_output', noOutput(read, execution.attempt));
  const name = attemptObject(execution.attempt, OUTPUT_TAR);
  const found = await (await openStore(ports, record)).stat(record.run, name);
  if (found?.size !== claim.size) {
    const there = found === null ? 'nothing' : `${found.size} bytes`;
    return failed(following, 'output_invalid', `expected ${claim.size} bytes of ${name} in the store, found ${there}`);
  }
  const output = storedOutput(record, execution, claim);
  const policy = await takePolicySnapshot(ports);
  const told = read?.environment ?? undefined;
  const environment = told && { ...told, image: image ?? told.image };
  const attempt = read === null ? undefined : toldOf(following, read);
  const state = await startJudging(ports, policy, record, { trainRun: null, output, environment, told: attempt });
  return { state, message: `run ${record.run} has trained and is being judged` };
}

function toldOf({ execution }: Following, status: ExecutionStatus): ToldAttempt | undefined {
  return toldAttempt(execution.attempt, execution.restores ?? null, status);
}

/** Of one that failed: which attempt it was, and what it said of its checkpoint. */
function howItWent(following: Following, status: ExecutionStatus | null): readonly string[] {
  const { record, execution } = following;
  const told = status === null ? undefined : toldOf(following, status);
  if (told !== undefined) return attemptWords({ ...told, notes: told.notes.slice(0, 2) }, record.run);
  return execution.attempt === 1 ? [] : [`This was attempt ${execution.attempt}.`];
}

function noOutput(status: ExecutionStatus | null, attempt: number): string {
  if (status !== null) return `It ended well, and says that it left no output: ${status.message}`;
  return `It ended well, and left no readable ${attemptObject(attempt, STATUS_FILE)} in the store; can its machines reach the store?`;
}

async function readStatus(ports: Ports, { record, execution }: Following): Promise<ExecutionStatus | null> {
  const store = await openStore(ports, record);
  try {
    const bytes = await store.read(record.run, attemptObject(execution.attempt, STATUS_FILE), MAX_STATUS);
    const parsed = ExecutionStatus.safeParse(JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    // Written by hostile code: what can't be read says nothing.
    if (error instanceof SyntaxError || (error instanceof PortError && error.code === 'too_large')) return null;
    throw error;
  }
}

async function tailOf(following: Following, status: ExecutionStatus | null): Promise<string> {
  const told = lastLines(status?.logTail ?? '');
  if (told !== '') return told;
  try {
    return await logTail(following.engine, following.execution, following.sight.log);
  } catch (error) {
    // It went with its machine.
    if (error instanceof PortError && error.code !== 'unavailable' && error.code !== 'rate_limited') return '';
    throw error;
  }
}

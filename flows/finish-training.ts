import { z } from 'zod';
import { isTrial } from '../core/ledger/machine.ts';
import type { RunRecord, RunState } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { cutText } from '../core/reports/characters.ts';
import { type CheckpointReference, lastCheckpoint } from '../core/training/checkpoint.ts';
import { budgetPassed, notedStop } from './budgets.ts';
import { cancellerOf, notedCanceller } from './command-cancel.ts';
import { boundsOf } from './execution.ts';
import type { Stop } from './execution-sight.ts';
import { foreignWorkflow } from './foreign-workflow.ts';
import { startJudging } from './judging.ts';
import { resumeLaunch } from './launch.ts';
import { advanceRun, closeRun, loadRun } from './ledger.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports, type WorkflowArtifact, type WorkflowRun } from './ports.ts';
import { showBroughtOn, showRun } from './show.ts';
import { type PolicySnapshot, takePolicySnapshot } from './snapshot.ts';

const OUTPUT_ARTIFACT = 'trainyard-output';
/** The status that training leaves beside its output; hostile text, for display only. */
const Status = z.object({
  reason: z.string().max(64),
  message: z.string().max(4000).catch(''),
  exitCode: z.int().nullable(),
  logTail: z.string().max(65_536),
});
const MAX_STATUS_BYTES = 4 * 2 ** 20;

const LOST = 'lost its runner and goes on from its last checkpoint';
const PASSED = 'has passed its trial on a sample, and goes to its engine';
const FETCHED = 'has its data fetched, and goes to its engine';
/** As `train.yml` names them, alone or below the job that calls it. */
const TRIAL_JOB = /(^|\/ )smoke$/;
const FETCH_JOB = /(^|\/ )fetch$/;

type Ended =
  | {
      readonly kind: 'judge';
      readonly output: WorkflowArtifact & { readonly digest: NonNullable<WorkflowArtifact['digest']> };
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'lost'; readonly checkpoint: CheckpointReference }
  /** On a sample, or its data was fetched, before a compute engine trains it. */
  | { readonly kind: 'tried' }
  | { readonly kind: 'failed'; readonly reason: string; readonly message: string };

/** A train workflow run has ended: its output is handed to judgement, or the run has failed. */
export async function finishTraining(ports: Ports, run: RunId, workflow: WorkflowRun): Promise<Outcome> {
  const began = await ports.steps.run(`judge ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const record = await trainedBy(ports, policy, run, workflow.id);
    if (record === null) return { kind: 'ignored' } as const;
    const foreign = await foreignWorkflow(ports, policy, workflow);
    const ended: Ended =
      foreign === null
        ? await (isTrial(record) ? howTrialEnded(ports, record, workflow) : howItEnded(ports, workflow))
        : { kind: 'failed', reason: 'foreign_workflow', message: foreign };
    if (ended.kind === 'lost') {
      const next = await nextAttempt(ports, record, workflow, ended.checkpoint);
      return { kind: next.state === 'accepted' ? 'again' : 'ended', state: next, why: LOST } as const;
    }
    if (ended.kind === 'tried') {
      const next = await afterTrial(ports, record, workflow);
      const why = record.order.smoke === undefined ? FETCHED : PASSED;
      return { kind: next.state === 'accepted' ? 'again' : 'ended', state: next, why } as const;
    }
    if (ended.kind !== 'judge')
      return { kind: 'ended', state: await endState(ports, ended, workflow, record) } as const;
    const output = { id: ended.output.id, digest: ended.output.digest, runId: workflow.id, attempt: workflow.attempt };
    const state: RunState = await startJudging(ports, policy, record, { trainRun: workflow.id, output });
    return { kind: 'judging', state } as const;
  });
  if (began.kind === 'ignored') {
    await ports.steps.run(`show ${run}`, () => showBroughtOn(ports, run, workflow.id));
    return { code: 'ignored', message: `workflow run ${workflow.id} trains no run of ours` };
  }
  await ports.steps.run(`record ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const record = await advanceRun(ports, policy, run, began.state);
    if (began.kind === 'ended') await closeRun(ports, policy, run, ports.self);
    return record.sequence;
  });
  await ports.steps.run(`show ${run}`, () => showRun(ports, run));
  if (began.kind === 'again') {
    await resumeLaunch(ports, run);
    await ports.steps.run(`show again ${run}`, () => showRun(ports, run));
    return { code: 'run_accepted', message: `run ${run} ${began.why}` };
  }
  if (began.kind === 'judging') return { code: 'run_judging', message: `run ${run} has trained and is being judged` };
  return began.state.state === 'cancelled'
    ? { code: 'run_cancelled', message: `run ${run} was cancelled and its job is gone` }
    : { code: 'run_failed', message: `run ${run} failed in training` };
}

/** The run's record, if it is in training by this very workflow run: the run's name alone proves nothing. */
async function trainedBy(
  ports: Ports,
  policy: PolicySnapshot,
  run: RunId,
  workflow: number,
): Promise<RunRecord | null> {
  const found = await loadRun(ports, policy, run);
  if (found?.record.state.state !== 'training') return null;
  return found.record.state.workflowRun === workflow ? found.record : null;
}

async function howItEnded(ports: Ports, workflow: WorkflowRun): Promise<Ended> {
  if (workflow.conclusion === 'cancelled') return { kind: 'cancelled' };
  const all = await ports.workflows.artifacts(workflow.id);
  const artifacts = all.filter(({ name }) => name === OUTPUT_ARTIFACT);
  const saved = lastCheckpoint(all);
  // Training that ends in any way of its own leaves a status: this one was cut off.
  if (workflow.conclusion !== 'success' && artifacts.length === 0 && saved?.digest != null) {
    return { kind: 'lost', checkpoint: { runId: workflow.id, id: saved.id, digest: saved.digest } };
  }
  const [output] = artifacts;
  if (workflow.conclusion !== 'success') return { kind: 'failed', ...(await failure(ports, workflow, output)) };
  if (artifacts.length !== 1 || output?.digest == null)
    return {
      kind: 'failed',
      reason: 'no_output',
      message: `expected one artifact named ${OUTPUT_ARTIFACT} with a digest, found ${artifacts.length}`,
    };
  return { kind: 'judge', output: { ...output, digest: output.digest } };
}

/** The job itself must have passed: a workflow run in which none was made succeeds, too. */
async function howTrialEnded(ports: Ports, { order }: RunRecord, workflow: WorkflowRun): Promise<Ended> {
  if (workflow.conclusion === 'cancelled') return { kind: 'cancelled' };
  const jobs = await ports.workflows.jobs(workflow.id);
  const passed = (job: RegExp) => jobs.some(({ name, conclusion }) => job.test(name) && conclusion === 'success');
  const isTried = order.smoke !== undefined;
  if (workflow.conclusion === 'success') {
    if (passed(isTried ? TRIAL_JOB : FETCH_JOB)) return { kind: 'tried' };
    const [name, reason] = isTried ? ['smoke', 'smoke_failed'] : ['fetch', 'inputs_unavailable'];
    const message = `expected a job ${name} that succeeded, found none: ${workflow.url}`;
    return { kind: 'failed', reason, message };
  }
  if (!passed(FETCH_JOB) && jobs.some(({ name, conclusion }) => FETCH_JOB.test(name) && conclusion === 'failure')) {
    const message = `the job fetch could not bring the declared inputs; its log says why: ${workflow.url}`;
    return { kind: 'failed', reason: 'inputs_unavailable', message };
  }
  const told = (await ports.workflows.artifacts(workflow.id)).find(({ name }) => name === OUTPUT_ARTIFACT);
  return { kind: 'failed', ...(await failure(ports, workflow, told)) };
}

async function failure(
  ports: Ports,
  workflow: WorkflowRun,
  output: WorkflowArtifact | undefined,
): Promise<{ reason: string; message: string }> {
  const jobs = await ports.workflows.jobs(workflow.id);
  const failed = jobs.find(
    (job) => job.conclusion !== 'success' && job.conclusion !== 'skipped' && job.conclusion !== null,
  );
  const where = failed === undefined ? 'the workflow run' : `job ${failed.name}`;
  const told = output?.digest == null ? null : await toldBy(ports, output.id, output.digest);
  if (told === null)
    return {
      reason: workflow.conclusion ?? 'failed',
      message: `${where} ended as ${workflow.conclusion ?? 'unknown'}: ${workflow.url}`,
    };
  const tail = told.logTail.split('\n').slice(-20).join('\n');
  // As where an engine trains: what policy ended it for stands first.
  if (told.reason === 'stalled') return { reason: told.reason, message: cutText(`${told.message}\n${tail}`, 2000) };
  const exit = told.exitCode === null ? '' : ` with exit code ${told.exitCode}`;
  return {
    reason: told.reason,
    message: cutText(`training ${told.reason.replaceAll('_', ' ')}${exit}\n${tail}`, 2000),
  };
}

async function toldBy(
  ports: Ports,
  id: number,
  digest: NonNullable<WorkflowArtifact['digest']>,
): Promise<z.infer<typeof Status> | null> {
  try {
    const files = await ports.workflows.artifactFiles(id, digest, MAX_STATUS_BYTES);
    const bytes = files.get('status.json');
    const parsed = Status.safeParse(JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())));
    return parsed.success ? parsed.data : null;
  } catch (error) {
    // Hostile or too large: the job's own conclusion says enough.
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    return null;
  }
}

/** To its engine, unless somebody or a budget ended it while it was tried. */
async function afterTrial(ports: Ports, record: RunRecord, workflow: WorkflowRun): Promise<RunState> {
  const canceller = await notedCanceller(ports, record.run);
  if (canceller !== null) return { state: 'cancelled', by: canceller, workflowRun: workflow.id };
  const stop = (await notedStop(ports, record.run)) ?? (await budgetPassed(ports, record));
  return stop === null ? { state: 'accepted', tried: workflow.id } : stopped(stop, workflow);
}

/** On another machine, as often as the model's config and the budget allow. */
async function nextAttempt(
  ports: Ports,
  record: RunRecord,
  workflow: WorkflowRun,
  checkpoint: CheckpointReference,
): Promise<RunState> {
  const canceller = await notedCanceller(ports, record.run);
  if (canceller !== null) return { state: 'cancelled', by: canceller, workflowRun: workflow.id };
  const attempt = (record.state.state === 'training' ? (record.state.lost?.attempt ?? 0) : 0) + 1;
  const failed = (reason: string, why: string): RunState => {
    const message = `The runner was lost in attempt ${attempt}. ${why} ${workflow.url}`;
    return { state: 'failed', at: 'training', reason, message: cutText(message, 2000), workflowRun: workflow.id };
  };
  const { retries } = await boundsOf(ports, record);
  if (ports.engine.furtherAttempts !== true || attempt > retries)
    return failed('machine_lost', 'It is not tried again: train.retries has been reached, or nothing dispatches here.');
  const passed = await budgetPassed(ports, record);
  if (passed !== null) return failed(passed.reason, `It is not tried again: ${passed.message}.`);
  return { state: 'accepted', lost: { workflowRun: workflow.id, attempt, checkpoint } };
}

async function endState(
  ports: Ports,
  ended: Exclude<Ended, { kind: 'judge' | 'lost' }>,
  workflow: WorkflowRun,
  record: RunRecord,
): Promise<RunState> {
  const failed = (reason: string, message: string): RunState => {
    return { state: 'failed', at: 'training', reason: reason.slice(0, 64), message, workflowRun: workflow.id };
  };
  if (ended.kind === 'failed') return failed(ended.reason, ended.message);
  const canceller = await notedCanceller(ports, record.run);
  const stop = canceller === null ? await notedStop(ports, record.run) : null;
  if (stop !== null) return stopped(stop, workflow);
  return { state: 'cancelled', by: await cancellerOf(ports, record), workflowRun: workflow.id };
}

function stopped({ reason, message }: Stop, { id, url }: WorkflowRun): RunState {
  const told = cutText(`It was stopped: ${message}. Its job is gone. ${url}`, 2000);
  return { state: 'failed', at: 'training', reason, message: told, workflowRun: id };
}

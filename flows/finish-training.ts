import { z } from 'zod';
import type { RunRecord, RunState } from '../core/ledger/run.ts';
import type { RunId } from '../core/names.ts';
import { judgeOrder } from '../core/training/order.ts';
import type { JudgeOrder } from '../core/training/request.ts';
import { foreignWorkflow } from './foreign-workflow.ts';
import { advanceRun, closeRun, loadRun } from './ledger.ts';
import { modelAt } from './model-at.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports, type WorkflowArtifact, type WorkflowRun } from './ports.ts';
import { showRun } from './show.ts';
import { type PolicySnapshot, takePolicySnapshot, takeSnapshot } from './snapshot.ts';
import { JUDGE_WORKFLOW, judgeMark } from './workflow-names.ts';

const OUTPUT_ARTIFACT = 'trainyard-output';
/** The status that training leaves beside its output; hostile text, for display only. */
const Status = z.object({ reason: z.string().max(64), exitCode: z.int().nullable(), logTail: z.string().max(65_536) });
const MAX_STATUS_BYTES = 4 * 2 ** 20;

type Ended =
  | {
      readonly kind: 'judge';
      readonly output: WorkflowArtifact & { readonly digest: NonNullable<WorkflowArtifact['digest']> };
    }
  | { readonly kind: 'cancelled' }
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
        ? await howItEnded(ports, workflow)
        : { kind: 'failed', reason: 'foreign_workflow', message: foreign };
    if (ended.kind !== 'judge') return { kind: 'ended', state: endState(ended, workflow, record) } as const;
    const order = await orderJudgement(ports, policy, record);
    await ports.workflows.syncExecutionRef();
    const judge = await ports.workflows.dispatch(
      JUDGE_WORKFLOW,
      {
        run_id: run,
        commit: record.commit,
        order: JSON.stringify(order),
        train_run: String(workflow.id),
        artifact_id: String(ended.output.id),
        artifact_digest: ended.output.digest,
      },
      judgeMark(run),
    );
    const output = { id: ended.output.id, digest: ended.output.digest, runId: workflow.id, attempt: workflow.attempt };
    const state: RunState = { state: 'judging', trainRun: workflow.id, output, workflowRun: judge.id, order };
    return { kind: 'judging', state } as const;
  });
  if (began.kind === 'ignored')
    return { code: 'ignored', message: `workflow run ${workflow.id} trains no run of ours` };
  await ports.steps.run(`record ${run}`, async () => {
    const policy = await takePolicySnapshot(ports);
    const record = await advanceRun(ports, policy, run, began.state);
    if (began.kind === 'ended') await closeRun(ports, policy, run, ports.self);
    return record.sequence;
  });
  await ports.steps.run(`show ${run}`, () => showRun(ports, run));
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
  const artifacts = (await ports.workflows.artifacts(workflow.id)).filter(({ name }) => name === OUTPUT_ARTIFACT);
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
  const exit = told.exitCode === null ? '' : ` with exit code ${told.exitCode}`;
  return {
    reason: told.reason,
    message: `training ${told.reason.replaceAll('_', ' ')}${exit}\n${tail}`.slice(0, 2000),
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

function endState(ended: Exclude<Ended, { kind: 'judge' }>, workflow: WorkflowRun, record: RunRecord): RunState {
  if (ended.kind === 'cancelled') return { state: 'cancelled', by: record.requestedBy, workflowRun: workflow.id };
  return {
    state: 'failed',
    at: 'training',
    reason: ended.reason.slice(0, 64),
    message: ended.message,
    workflowRun: workflow.id,
  };
}

/**
 * Evaluator, holdout and sandbox as the default branch has them now (invariant 1). A model that has no evaluator there
 * is scanned and packed all the same, and says that it was not evaluated.
 */
async function orderJudgement(ports: Ports, policy: PolicySnapshot, record: RunRecord): Promise<JudgeOrder> {
  const at = modelAt(policy, await takeSnapshot(ports, record.commit), record.model);
  const order = at.kind === 'known' ? judgeOrder(at.effective, policy.commit) : null;
  return (
    order ?? {
      model: record.model,
      policyCommit: policy.commit,
      predict: '',
      run: '',
      inputs: [],
      setup: null,
      data: {},
      trainingData: record.order.data,
      timeout: 60,
      sandbox: 'required',
    }
  );
}

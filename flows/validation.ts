import { ValidationOrder, ValidationResult } from '../core/data/result.ts';
import { DatasetName, type GitId } from '../core/names.ts';
import type { Assessment, ChangedDataset } from './assessment.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports, type WorkflowRun } from './ports.ts';
import { showPullRequest } from './show.ts';
import { loadValidations, type ValidationState } from './validation-state.ts';
import { VALIDATE_WORKFLOW, validateMark } from './workflow-names.ts';

/** Without an App all datasets are checked in one workflow run, so each result has a name of its own. */
const resultArtifact = (dataset: DatasetName): string => `trainyard-validation-${dataset}`;
const MAX_RESULT_BYTES = 8 * 2 ** 20;

/** Dispatches the check of a changed dataset, unless this commit's has been dispatched before. */
export async function startValidation(
  ports: Ports,
  assessment: Assessment,
  dataset: ChangedDataset,
  pullRequest: number,
): Promise<number> {
  const commit = assessment.head.commit;
  const known = (await loadValidations(ports, commit))[dataset.name];
  if (known !== undefined) return known.status === 'running' ? known.workflowRun : 0;
  return start(ports, assessment, dataset, { pullRequest, mark: validateMark(dataset.name, commit) });
}

/** Dispatches the check of a dataset although it was dispatched before: once for each operation. */
export async function restartValidation(
  ports: Ports,
  assessment: Assessment,
  dataset: ChangedDataset,
  pullRequest: number,
  operation: string,
): Promise<number> {
  const mark = `${validateMark(dataset.name, assessment.head.commit)} (${operation})`;
  return start(ports, assessment, dataset, { pullRequest, mark });
}

async function start(
  ports: Ports,
  assessment: Assessment,
  dataset: ChangedDataset,
  { pullRequest, mark }: { readonly pullRequest: number; readonly mark: string },
): Promise<number> {
  const commit = assessment.head.commit;
  const order: ValidationOrder = ValidationOrder.parse({
    dataset: dataset.name,
    commit,
    path: dataset.path,
    contract: dataset.contract,
    baseCommit: assessment.mergeBase.commit,
    baseContract: dataset.baseContract,
  });
  const state = await dispatch(ports, order, mark, pullRequest);
  await ports.inFlight.putValidation(commit, dataset.name, JSON.stringify(state));
  return state.status === 'running' ? state.workflowRun : 0;
}

async function dispatch(
  ports: Ports,
  order: ValidationOrder,
  mark: string,
  pullRequest: number,
): Promise<ValidationState> {
  try {
    await ports.workflows.syncExecutionRef();
    const run = await ports.workflows.dispatch(VALIDATE_WORKFLOW, { order: JSON.stringify(order), mark }, mark);
    return { status: 'running', workflowRun: run.id, url: run.url, pullRequest, path: order.path };
  } catch (error) {
    if (!(error instanceof PortError) || error.code === 'unavailable' || error.code === 'rate_limited') throw error;
    // The team's own workflow file can't be dispatched: waiting mends nothing, so the check is red and says why.
    const reason = `.github/workflows/${VALIDATE_WORKFLOW} of the default branch could not be dispatched: ${error.message}`;
    const result = notChecked(order.dataset, order.commit, reason);
    return { status: 'done', url: (await ports.source.repository()).url, path: order.path, result };
  }
}

function notChecked(dataset: DatasetName, commit: GitId, reason: string): ValidationResult {
  return {
    version: 1,
    dataset,
    commit,
    status: 'not_checked',
    reason: reason.slice(0, 1000),
    rows: null,
    findings: [],
    total: 0,
    loosenings: [],
    data: null,
    contracts: [],
  };
}

/** A validate workflow run has ended: its result becomes the dataset's check. */
export async function finishValidation(
  ports: Ports,
  mark: { dataset: string; commit: string },
  commit: GitId,
  workflow: WorkflowRun,
): Promise<Outcome> {
  const dataset = DatasetName.safeParse(mark.dataset);
  const pullRequest = await ports.steps.run(`result ${mark.dataset}`, async () => {
    const state = dataset.success ? (await loadValidations(ports, commit))[dataset.data] : undefined;
    if (!dataset.success || state?.status !== 'running' || state.workflowRun !== workflow.id) return null;
    const result = await readResult(ports, workflow, dataset.data, commit);
    const done: ValidationState = { status: 'done', url: workflow.url, path: state.path, result };
    await ports.inFlight.putValidation(commit, dataset.data, JSON.stringify(done));
    return state.pullRequest;
  });
  if (pullRequest === null)
    return { code: 'ignored', message: `workflow run ${workflow.id} checks no dataset of ours` };
  await ports.steps.run('show', () => showPullRequest(ports, pullRequest));
  return { code: 'validated', message: `dataset ${mark.dataset} at ${commit.slice(0, 12)} was checked` };
}

async function readResult(
  ports: Ports,
  workflow: WorkflowRun,
  dataset: DatasetName,
  commit: GitId,
): Promise<ValidationResult> {
  const unchecked = (reason: string): ValidationResult => notChecked(dataset, commit, reason);
  const wanted = resultArtifact(dataset);
  const artifacts = (await ports.workflows.artifacts(workflow.id)).filter(({ name }) => name === wanted);
  const [artifact] = artifacts;
  if (artifacts.length !== 1 || artifact?.digest == null)
    return unchecked(
      `the validate run ended as ${workflow.conclusion ?? 'unknown'} and left no result: ${workflow.url}`,
    );
  try {
    const files = await ports.workflows.artifactFiles(artifact.id, artifact.digest, MAX_RESULT_BYTES);
    const result = ValidationResult.safeParse(
      JSON.parse(new TextDecoder().decode(files.get('result.json') ?? new Uint8Array())),
    );
    if (!result.success) return unchecked('the result of the validate run is not of the expected form');
    if (result.data.dataset !== dataset || result.data.commit !== commit)
      return unchecked(`the result is of ${result.data.dataset} at ${result.data.commit}, which was not asked for`);
    return result.data;
  } catch (error) {
    if (error instanceof PortError && (error.code === 'unavailable' || error.code === 'rate_limited')) throw error;
    return unchecked(`the result could not be read (${error instanceof Error ? error.message : String(error)})`);
  }
}

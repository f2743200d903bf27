import { ValidationOrder, ValidationResult } from '../core/data/result.ts';
import type { DatasetPlace } from '../core/fingerprint/manifest.ts';
import { DatasetName, type GitId, type Instant, type Sha256 } from '../core/names.ts';
import { entriesOf } from '../core/records.ts';
import { placeOf, queriesOf } from '../core/training/order.ts';
import type { Assessment, ChangedDataset } from './assessment.ts';
import type { Outcome } from './outcome.ts';
import { PortError, type Ports, type PullRequest, type WorkflowArtifact, type WorkflowRun } from './ports.ts';
import { showPullRequest } from './show.ts';
import { loadValidations, type ValidationState } from './validation-state.ts';
import { VALIDATE_WORKFLOW, validateMark } from './workflow-names.ts';

/** Several datasets are checked in one workflow run, so each result has a name of its own. */
const resultArtifact = (dataset: DatasetName): string => `trainyard-validation-${dataset}`;
const MAX_RESULT_BYTES = 8 * 2 ** 20;

/** Characters of the names that one mark holds: it becomes part of a concurrency group's name. */
const MAX_NAMES = 200;

/**
 * Dispatches the checks of what is changed, one workflow run for as many datasets as a mark holds, unless this commit's
 * have been dispatched before.
 */
export async function startValidations(ports: Ports, assessment: Assessment, pullRequest: number): Promise<void> {
  const { commit } = assessment.head;
  const known = await loadValidations(ports, commit);
  const isUnknown = ({ name }: ChangedDataset): boolean => known[name] === undefined;
  if (!assessment.datasets.some(isUnknown)) return;
  await ports.workflows.syncExecutionRef();
  const [seen] = (await ports.inFlight.sightings(pullRequest)).filter(({ sha }) => sha === commit);
  // Batches are of all that is changed: begun again after a crash between two of them, each has the mark that it had.
  for (const batch of batchesOf(assessment.datasets)) {
    if (!batch.some(isUnknown)) continue;
    // Another App's database may have known this commit before: then data is checked twice, which changes nothing.
    const by = { pullRequest, mark: markOf(batch, commit), since: seen?.at };
    await start(ports, assessment, batch, by, isUnknown);
  }
}

/** Dispatches checks of datasets although they were dispatched before: once for each operation. */
export async function restartValidations(
  ports: Ports,
  assessment: Assessment,
  datasets: readonly ChangedDataset[],
  pullRequest: number,
  operation: string,
): Promise<void> {
  if (datasets.length > 0) await ports.workflows.syncExecutionRef();
  for (const batch of batchesOf(datasets)) {
    const mark = `${markOf(batch, assessment.head.commit)} (${operation})`;
    await start(ports, assessment, batch, { pullRequest, mark, since: undefined }, () => true);
  }
}

const markOf = (batch: readonly ChangedDataset[], commit: GitId): string =>
  validateMark(
    batch.map(({ name }) => name),
    commit,
  );

function batchesOf(datasets: readonly ChangedDataset[]): ChangedDataset[][] {
  const batches: ChangedDataset[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const dataset of datasets) {
    length += dataset.name.length + 1;
    if (length <= MAX_NAMES) batches.at(-1)?.push(dataset);
    else {
      batches.push([dataset]);
      length = dataset.name.length;
    }
  }
  return batches;
}

interface Asked {
  readonly pullRequest: number;
  readonly mark: string;
  readonly since: Instant | undefined;
}

async function start(
  ports: Ports,
  assessment: Assessment,
  batch: readonly ChangedDataset[],
  asked: Asked,
  isWanted: (dataset: ChangedDataset) => boolean,
): Promise<void> {
  const orders = batch.map((dataset) => validationOrder(assessment, dataset));
  const stateOf = await dispatch(ports, orders, asked);
  for (const dataset of batch.filter(isWanted)) {
    const state = stateOf(validationOrder(assessment, dataset));
    await ports.inFlight.putValidation(assessment.head.commit, dataset.name, JSON.stringify(state));
  }
}

export function validationOrder(assessment: Assessment, dataset: ChangedDataset): ValidationOrder {
  const { head, mergeBase } = assessment;
  const { locations = [], queries: known } = assessment.policy.config?.policy ?? {};
  const others = otherDatasets(assessment, dataset.name);
  const asked = [dataset.at, dataset.baseAt, ...others.map(({ at }) => at)].map((at) => at?.location);
  const queries = queriesOf(asked, known);
  return ValidationOrder.parse({
    dataset: dataset.name,
    commit: head.commit,
    path: dataset.path,
    contract: dataset.contract,
    baseCommit: mergeBase.commit,
    baseContract: dataset.baseContract,
    basePath: dataset.basePath,
    at: dataset.at,
    baseAt: dataset.baseAt,
    baseProfile: dataset.baseProfile,
    locations,
    ...(Object.keys(queries).length === 0 ? {} : { queries }),
    // One reader of all columns breaks by the same changes as a hundred.
    readBy: dataset.readBy.slice(0, 100),
    others,
  });
}

/** A contract that speaks of one beyond the hundredth is not checked in that, which is said. */
function otherDatasets({ models }: Assessment, name: DatasetName): ValidationOrder['others'] {
  const places = new Map<DatasetName, DatasetPlace>();
  for (const { head } of models) {
    if (head.kind !== 'known') continue;
    for (const [other, dataset] of entriesOf(head.effective.config.data)) places.set(other, placeOf(dataset));
  }
  places.delete(name);
  return [...places].slice(0, 100).map(([other, { path, at = null }]) => ({ name: other, path, at }));
}

async function dispatch(
  ports: Ports,
  orders: readonly ValidationOrder[],
  { pullRequest, mark, since }: Asked,
): Promise<(order: ValidationOrder) => ValidationState> {
  try {
    const inputs = { orders: JSON.stringify(orders), mark };
    const run = await ports.workflows.dispatch(VALIDATE_WORKFLOW, inputs, mark, since);
    return ({ path }) => ({ status: 'running', workflowRun: run.id, url: run.url, pullRequest, path });
  } catch (error) {
    if (!(error instanceof PortError) || error.code === 'unavailable' || error.code === 'rate_limited') throw error;
    // The team's own workflow file can't be dispatched: waiting mends nothing, so the check is red and says why.
    const reason = `.github/workflows/${VALIDATE_WORKFLOW} of the default branch could not be dispatched: ${error.message}`;
    const { url } = await ports.source.repository();
    return ({ dataset, commit, path }) => {
      return { status: 'done', url, path, result: notChecked(dataset, commit, reason) };
    };
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
    report: null,
  };
}

/**
 * Begins the checks of a head that were never begun, and looks after those that have not ended as far as we know.
 *
 * @returns the datasets whose check was begun or is gone, and workflow runs that have ended without our hearing of it
 */
export async function mendValidations(
  ports: Ports,
  pull: Pick<PullRequest, 'number' | 'fork'>,
  assessment: Assessment,
): Promise<{ readonly begun: readonly string[]; readonly ended: readonly number[]; readonly gone: readonly string[] }> {
  const { commit } = assessment.head;
  const before = await loadValidations(ports, commit);
  if (!pull.fork) await startValidations(ports, assessment, pull.number);
  const after = await loadValidations(ports, commit);
  const ended = new Set<number>();
  const gone: string[] = [];
  for (const [name, state] of Object.entries(after)) {
    if (state.status !== 'running' || ended.has(state.workflowRun)) continue;
    const workflow = await ports.workflows.run(state.workflowRun);
    if (workflow?.status === 'completed') ended.add(state.workflowRun);
    if (workflow !== null) continue;
    const result = notChecked(DatasetName.parse(name), commit, `workflow run ${state.workflowRun} was deleted`);
    const done: ValidationState = { status: 'done', url: state.url, path: state.path, result };
    await ports.inFlight.putValidation(commit, name, JSON.stringify(done));
    gone.push(name);
  }
  return { begun: Object.keys(after).filter((name) => before[name] === undefined), ended: [...ended], gone };
}

/** A validate workflow run has ended: its results become the datasets' checks. */
export async function finishValidation(
  ports: Ports,
  mark: { readonly datasets: readonly string[]; readonly commit: string },
  commit: GitId,
  workflow: WorkflowRun,
): Promise<Outcome> {
  const names = mark.datasets.join(', ');
  // A step of its own: after a crash behind a stored result, what was asked for is known all the same.
  const ours = await ports.steps.run(`validated ${workflow.id}`, async () => {
    const known = await loadValidations(ports, commit);
    return mark.datasets.flatMap((name) => {
      const state = known[name];
      if (state?.status !== 'running' || state.workflowRun !== workflow.id) return [];
      return [{ dataset: DatasetName.parse(name), pullRequest: state.pullRequest, path: state.path }];
    });
  });
  const [first] = ours;
  if (first === undefined) return { code: 'ignored', message: `workflow run ${workflow.id} checks no dataset of ours` };
  await ports.steps.run(`result ${workflow.id}`, async () => {
    const artifacts = await ports.workflows.artifacts(workflow.id);
    for (const { dataset, path } of ours) {
      const result = await readResult(ports, workflow, artifacts, dataset, commit);
      const done: ValidationState = { status: 'done', url: workflow.url, path, result };
      await ports.inFlight.putValidation(commit, dataset, JSON.stringify(done));
    }
    return null;
  });
  await ports.steps.run('show', () => showPullRequest(ports, first.pullRequest));
  return { code: 'validated', message: `data at ${commit.slice(0, 12)} was checked: ${names}` };
}

async function readResult(
  ports: Ports,
  workflow: WorkflowRun,
  artifacts: readonly WorkflowArtifact[],
  dataset: DatasetName,
  commit: GitId,
): Promise<ValidationResult> {
  const named = artifacts.filter(({ name }) => name === resultArtifact(dataset));
  const [artifact] = named;
  if (named.length !== 1 || artifact?.digest == null) {
    const ended = `the validate run ended as ${workflow.conclusion ?? 'unknown'} and left no result: ${workflow.url}`;
    return notChecked(dataset, commit, ended);
  }
  return readValidation(ports, { id: artifact.id, digest: artifact.digest }, dataset, commit);
}

/** The result in an artifact that is named by id and digest; `not_checked` where it holds no such result. */
export async function readValidation(
  ports: Pick<Ports, 'workflows'>,
  artifact: { readonly id: number; readonly digest: Sha256 },
  dataset: DatasetName,
  commit: GitId,
): Promise<ValidationResult> {
  const unchecked = (reason: string): ValidationResult => notChecked(dataset, commit, reason);
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

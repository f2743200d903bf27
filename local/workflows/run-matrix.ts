import { Cancellation } from './cancellation.ts';
import { messageOf } from './errors.ts';
import { interpolate, interpolateDeep, interpolateText } from './expression.ts';
import type { QueuedJob } from './host.ts';
import { expandMatrix, matrixSuffix } from './matrix.ts';
import { runCall, runStepsJob } from './run-job.ts';
import { type Contexts, type Finished, overall, type WorkflowRequest } from './run-request.ts';
import { runsAfterCancel } from './run-turn.ts';
import { isMap, isTruthy, toText, type Value, type ValueMap } from './values.ts';
import type { Job, StepsJob } from './workflow.ts';

/** The combinations of a job's matrix; one that is undefined for a job without. */
export function matrixPlaces(job: Job, contexts: Contexts): (ValueMap | undefined)[] {
  if (job.strategy.matrix === undefined) return [undefined];
  return expandMatrix(interpolateDeep(job.strategy.matrix, { contexts }));
}

/** Runs a job at all places of its matrix. */
export async function runPlaces(
  request: WorkflowRequest,
  job: Job,
  contexts: Contexts,
  places: readonly (ValueMap | undefined)[],
): Promise<Finished> {
  const group = new Cancellation(request.cancellation);
  const failFast = isTruthy(interpolate(job.strategy.failFast, { contexts }));
  const limit = Number(interpolate(job.strategy.maxParallel ?? places.length, { contexts })) || places.length;
  const strategy = { 'fail-fast': failFast, 'job-total': places.length, 'max-parallel': limit };
  const results: Finished[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < places.length; index = next++) {
      const matrix = places[index];
      const own = { ...contexts, strategy: { ...strategy, 'job-index': index }, matrix: matrix ?? null };
      const finished = await runPlace(
        { ...request, cancellation: group },
        job,
        own,
        matrix,
        places.length > 1 || matrix !== undefined ? index : undefined,
      );
      results[index] = finished;
      if (failFast && finished.effective === 'failure' && places.length > 1) group.cancel('fail-fast');
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, places.length) }, worker));
  return {
    result: overall(results.map((finished) => finished.result)),
    effective: overall(results.map((finished) => finished.effective)),
    outputs: Object.assign({}, ...results.map((finished) => finished.outputs)),
  };
}

async function runPlace(
  group: WorkflowRequest,
  job: Job,
  contexts: Contexts,
  matrix: ValueMap | undefined,
  index: number | undefined,
): Promise<Finished> {
  const cancellation = new Cancellation(group.cancellation);
  const request = { ...group, cancellation };
  const { host, prefix } = request;
  const name = prefix.name + placeName(job, contexts, matrix);
  const key = prefix.key + job.id + (index === undefined ? '' : `[${index}]`);
  const labels = job.kind === 'steps' ? labelsOf(job, contexts) : [];
  const queued: QueuedJob = { key, name, labels, needsKeys: job.needs.map((need) => prefix.key + need) };
  const reused = host.reuse(key);
  if (reused !== undefined && job.kind === 'steps')
    return { result: 'success', outputs: reused.outputs, effective: 'success' };
  try {
    if (cancellation.requested && !runsAfterCancel(request, job, contexts)) {
      host.finishedUnstarted(queued, 'cancelled');
      return { result: 'cancelled', outputs: {}, effective: 'cancelled' };
    }
    return job.kind === 'steps'
      ? await runStepsJob(request, job, contexts, queued)
      : await runCall(request, job, contexts, { name: `${name} / `, key: `${key}.` });
  } catch (error) {
    return failUnstarted(request, queued, messageOf(error));
  }
}

function placeName(job: Job, contexts: Contexts, matrix: ValueMap | undefined): string {
  if (job.name === undefined) return job.id + (matrix === undefined ? '' : matrixSuffix(matrix));
  const name = interpolateText(job.name, { contexts });
  const mentionsMatrix = job.name.includes('${{');
  return matrix === undefined || mentionsMatrix ? name : name + matrixSuffix(matrix);
}

/** Every label is this machine, but those of a self-hosted runner. */
function labelsOf(job: StepsJob, contexts: Contexts): string[] {
  const value = interpolateDeep(job.runsOn, { contexts });
  const labels = isMap(value) ? (value['labels'] ?? value['group'] ?? null) : value;
  return [labels].flat().map((label) => toText(label as Value)); // flat() loses the readonly array's item type
}

/** A job that can't start because its own definition is wrong shows why in its log. */
export function failUnstarted(request: WorkflowRequest, queued: QueuedJob, message: string): Finished {
  const reporter = request.host.queued(queued);
  reporter.started({ permissions: {}, environment: undefined, workflowRef: '', workflowSha: '' });
  reporter.log(`##[error]${message}`);
  reporter.annotate({ level: 'failure', message });
  reporter.completed('failure');
  return { result: 'failure', outputs: {}, effective: 'failure' };
}

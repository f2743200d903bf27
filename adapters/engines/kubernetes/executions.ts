import type { V1OwnerReference } from '@kubernetes/client-node';
import type { ExecutionId } from '../../../core/training/execution.ts';
import { PortError } from '../../../flows/ports.ts';
import type { KubernetesApi } from './api.ts';
import { ANNOTATION, childJobName, LABEL } from './names.ts';
import { conditionOf, Ending, holdsCompute, JobView, PodList, type PodView, TrainJobView } from './objects.ts';
import type { Paths } from './paths.ts';

/**
 * What stands for an execution in the cluster: a Job of ours, or for several machines a TrainJob, of which Kubeflow Trainer
 * makes a Job of that name as soon as it can.
 */
export type Standing =
  | { readonly kind: 'Job'; readonly top: JobView; readonly job: JobView; readonly now: number }
  | { readonly kind: 'TrainJob'; readonly top: TrainJobView; readonly job: JobView | null; readonly now: number };

/** Finds executions by their id alone, and ends them. */
export class Executions {
  readonly #api: KubernetesApi;
  readonly #at: Paths;

  constructor(api: KubernetesApi, at: Paths) {
    this.#api = api;
    this.#at = at;
  }

  async find(execution: ExecutionId): Promise<Standing | null> {
    const job = await this.#api.read(this.#at.job(execution), JobView);
    if (job !== null) return { kind: 'Job', top: job.value, job: job.value, now: job.now };
    const trainJob = await this.#trainJob(execution);
    if (trainJob === null) return null;
    const child = await this.#api.read(this.#at.job(childJobName(execution)), JobView);
    return { kind: 'TrainJob', top: trainJob.value, job: child?.value ?? null, now: trainJob.now };
  }

  /** The oldest first. */
  async pods(execution: ExecutionId): Promise<readonly PodView[]> {
    const list = await this.#api.read(this.#at.pods, PodList, { labelSelector: `${LABEL.execution}=${execution}` });
    const born = ({ metadata }: PodView): number => Date.parse(metadata.creationTimestamp);
    return (list?.value.items ?? []).toSorted((a, b) => born(a) - born(b));
  }

  /** Ends its pods with their grace period, and keeps what stands for it with the reason. May be repeated. */
  async end(execution: ExecutionId, { kind, job }: Standing, ending: Ending): Promise<void> {
    const why = { annotations: { [ANNOTATION.ending]: JSON.stringify(ending) } };
    const now = { activeDeadlineSeconds: DEADLINE_NOW };
    if (kind === 'Job') {
      await this.#api.patch(this.#at.job(execution), { metadata: why, spec: now });
      return;
    }
    // The reason first: a Job that ran out of time without one would be taken for one that found no machine.
    await this.#api.patch(this.#at.trainJob(execution), { metadata: why });
    if (job !== null) await this.#api.patch(this.#at.job(childJobName(execution)), { spec: now });
  }

  /** With all that belongs to it. */
  async remove(execution: ExecutionId, { kind }: Standing): Promise<void> {
    await this.#api.remove(kind === 'Job' ? this.#at.job(execution) : this.#at.trainJob(execution));
  }

  /**
   * Null also where the App has no rights on TrainJobs, as in a namespace that was set up before there were any, since then
   * it has made none; but never where pods are left.
   */
  async #trainJob(execution: ExecutionId) {
    try {
      return await this.#api.read(this.#at.trainJob(execution), TrainJobView);
    } catch (error) {
      if (!(error instanceof PortError) || error.code !== 'forbidden') throw error;
      if ((await this.pods(execution)).some(holdsCompute)) throw error;
      return null;
    }
  }
}

/** Seconds. */
const DEADLINE_NOW = 1;

/** Whether it was told to end, and its Job not yet: the one who told it may have died in between. */
export function isHalfEnded(standing: Standing): boolean {
  const { kind, job } = standing;
  if (kind === 'Job' || job === null || isOver(job) || endingOf(standing) === null) return false;
  return job.spec.activeDeadlineSeconds !== DEADLINE_NOW;
}

/** As one Job, whichever it is. */
export function jobOf({ kind, top, job }: Standing): JobView {
  if (kind === 'Job') return top;
  // What a TrainJob says of its end it has from its Job, which says more; without one, it is all there is.
  const conditions = job === null ? top.status.conditions : job.status.conditions;
  return {
    metadata: top.metadata,
    spec: { suspend: top.spec.suspend },
    status: { ...job?.status, conditions },
  };
}

/** Null where it can't be read, too: people may annotate what they like. */
export function endingOf({ top: { metadata } }: Standing): Ending | null {
  const text = metadata.annotations?.[ANNOTATION.ending];
  if (text === undefined) return null;
  try {
    return Ending.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

export function isOver(job: Pick<JobView, 'status'>): boolean {
  return conditionOf(job, 'Complete') !== null || conditionOf(job, 'Failed') !== null;
}

/** What makes an object go with what stands for its execution. */
export function ownedBy({ kind, top }: Pick<Standing, 'kind' | 'top'>, apiVersion: string): V1OwnerReference[] {
  const { name, uid } = top.metadata;
  return [{ apiVersion, kind, name, uid, controller: false, blockOwnerDeletion: false }];
}

import { type ComputeEngine, type LogPiece, PortError } from '../../../flows/ports.ts';
import { KubernetesApi } from './api.ts';
import type { Cluster } from './cluster.ts';
import { Executions, endingOf, isHalfEnded, isOver, jobOf, type Standing } from './executions.ts';
import { formatPosition, LogReader, nextSecond, parsePosition, secondOf } from './log.ts';
import { commandContainerOf, firstPod } from './machines.ts';
import { ANNOTATION } from './names.ts';
import { EventList, holdsCompute, type JobView, type PodView } from './objects.ts';
import { disruptedPod, judge } from './observe.ts';
import type { KubernetesOptions } from './options.ts';
import { type Paths, pathsIn } from './paths.ts';
import { submit } from './submit.ts';

export interface KubernetesEngine {
  readonly cluster: Cluster;
  readonly options: KubernetesOptions;
  /** Milliseconds since the epoch; the API server's own clock is preferred. */
  readonly clock: () => number;
}

/** A position before anything was printed. */
const BEGINNING = 'beginning';

/** Training as a Job of the team's own cluster, or on several machines as a TrainJob (docs/engines-kubernetes.md). */
export function kubernetesEngine({ cluster, options, clock }: KubernetesEngine): ComputeEngine {
  const api = new KubernetesApi(cluster, clock);
  const at = pathsIn(options.namespace);
  const executions = new Executions(api, at);
  return {
    submit: (submission) => submit(api, at, submission, options),

    async observe(execution) {
      const standing = await executions.find(execution);
      if (standing === null) return { state: 'absent' };
      const pods = await executions.pods(execution);
      const job = jobOf(standing);
      const ending = endingOf(standing);
      const machines = numberIn(job, ANNOTATION.machines, 1);
      const isMissing = pods.length < machines;
      const judged = judge({
        job,
        pods,
        machines,
        refusal: isMissing && job.spec.suspend !== true ? await refusalOf(api, at, standing) : null,
        ending,
        stoppedByMachine: isMissing && (await wasStopped(api, at, job)),
        gpus: numberIn(job, ANNOTATION.gpus, 0),
        now: standing.now,
      });
      const why = judged.end ?? (isHalfEnded(standing) ? ending : null);
      if (why !== null && (ending === null || isHalfEnded(standing))) await executions.end(execution, standing, why);
      return judged.observation;
    },

    async log(execution, from, bytes) {
      const pod = firstPod(await executions.pods(execution));
      return pod === null ? nothing(from) : readLog(api, at, pod, from, bytes);
    },

    async cancel(execution) {
      const standing = await executions.find(execution);
      const holds = (await executions.pods(execution)).some(holdsCompute);
      if (standing === null || isOver(jobOf(standing))) return holds ? 'stopping' : 'gone';
      const { top, job } = standing;
      if (top.metadata.deletionTimestamp !== undefined) return 'stopping';
      // In a queue, or not yet made: its deadline does not count there, and no pod is lost with it.
      if ((top.spec.suspend === true || job === null) && !holds) await executions.remove(execution, standing);
      else if (endingOf(standing) === null || isHalfEnded(standing))
        await executions.end(execution, standing, endingOf(standing) ?? { how: 'cancelled' });
      return 'stopping';
    },

    async forget(execution) {
      const standing = await executions.find(execution);
      if (standing !== null) await executions.remove(execution, standing);
    },
  };
}

/** Why no pod could be made: quota, an admission rule, or what keeps Trainer from making a Job. */
async function refusalOf(api: KubernetesApi, at: Paths, { kind, top, job }: Standing): Promise<string | null> {
  const told = (of: string, uid: string, reason: string) =>
    api.read(at.events, EventList, {
      fieldSelector: `involvedObject.kind=${of},involvedObject.uid=${uid},reason=${reason}`,
      limit: '20',
    });
  const events =
    job === null
      ? await told(kind, top.metadata.uid, 'TrainJobResourcesCreationFailed')
      : await told('Job', job.metadata.uid, 'FailedCreate');
  return events?.value.items.at(-1)?.message ?? (job === null ? 'Waits for Kubeflow Trainer to make its pods.' : null);
}

/** A kubelet that stops containers says so in an event; a machine that is lost says nothing. */
async function wasStopped(api: KubernetesApi, at: Paths, job: JobView): Promise<boolean> {
  const pod = disruptedPod(job);
  if (pod === null) return false;
  const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${pod},reason=Killing`;
  return ((await api.read(at.events, EventList, { fieldSelector, limit: '1' }))?.value.items.length ?? 0) > 0;
}

/** Of an annotation of ours, which people may write over. */
function numberIn({ metadata }: JobView, name: string, least: number): number {
  const value = Number(metadata.annotations?.[name] ?? least);
  return Number.isSafeInteger(value) && value >= least ? value : least;
}

function nothing(from: string | null): LogPiece {
  return { bytes: new Uint8Array(0), next: from ?? BEGINNING, skipped: false };
}

async function readLog(
  api: KubernetesApi,
  at: Paths,
  view: PodView,
  from: string | null,
  bytes: number,
): Promise<LogPiece> {
  const pod = view.metadata.name;
  const position = from === null || from === BEGINNING ? null : parsePosition(from);
  if (position === null && from !== null && from !== BEGINNING) {
    throw new PortError(
      'malformed',
      'kubernetes: expected a position in the log that an earlier piece gave, found another text',
    );
  }
  const ofThisPod = position?.pod === pod ? position : null;
  const reader = new LogReader(pod, ofThisPod, bytes);
  const since: Record<string, string> = ofThisPod === null ? {} : { sinceTime: secondOf(ofThisPod) };
  const query = { container: commandContainerOf(view), timestamps: 'true', ...since };
  const has = await api.stream(at.log(pod), query, (chunk) => reader.take(chunk));
  if (!has) return nothing(from);
  if (reader.isStuck && ofThisPod !== null) {
    return { bytes: new Uint8Array(0), next: formatPosition(nextSecond(ofThisPod)), skipped: true };
  }
  const next = reader.position;
  return {
    bytes: reader.bytes,
    next: next === null ? BEGINNING : formatPosition(next),
    skipped: position !== null && ofThisPod === null,
  };
}

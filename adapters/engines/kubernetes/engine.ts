import type { RepositoryName } from '../../../core/names.ts';
import type { ExecutionId } from '../../../core/training/execution.ts';
import { type ComputeEngine, type LogPiece, PortError, type Submission } from '../../../flows/ports.ts';
import { addressSecret } from './addresses.ts';
import { KubernetesApi } from './api.ts';
import type { Cluster } from './cluster.ts';
import { jobManifest, submissionDigest } from './job.ts';
import { formatPosition, LogReader, nextSecond, parsePosition, secondOf } from './log.ts';
import { ANNOTATION, CONTAINER, LABEL, secretName } from './names.ts';
import { networkPolicy } from './network-policy.ts';
import {
  AnyObject,
  conditionOf,
  Ending,
  EventList,
  holdsCompute,
  JobView,
  NamespaceView,
  PodList,
  type PodView,
} from './objects.ts';
import { disruptedPod, judge } from './observe.ts';
import type { KubernetesOptions } from './options.ts';

export interface KubernetesEngine {
  readonly cluster: Cluster;
  readonly options: KubernetesOptions;
  /** Milliseconds since the epoch; the API server's own clock is preferred. */
  readonly clock: () => number;
}

/** A position before anything was printed. */
const BEGINNING = 'beginning';

/** Training as a Job of the team's own cluster, one pod on one machine (docs/engines-kubernetes.md). */
export function kubernetesEngine({ cluster, options, clock }: KubernetesEngine): ComputeEngine {
  const api = new KubernetesApi(cluster, clock);
  const at = pathsIn(options.namespace);

  const podsOf = async (execution: ExecutionId): Promise<readonly PodView[]> => {
    const list = await api.read(at.pods, PodList, { labelSelector: `${LABEL.execution}=${execution}` });
    const born = ({ metadata }: PodView): number => Date.parse(metadata.creationTimestamp);
    return (list?.value.items ?? []).toSorted((a, b) => born(a) - born(b));
  };
  const end = (execution: ExecutionId, ending: Ending): Promise<boolean> =>
    api.patch(at.job(execution), {
      metadata: { annotations: { [ANNOTATION.ending]: JSON.stringify(ending) } },
      // The Job's controller then ends its pods with their grace period, and keeps the Job with what it says.
      spec: { activeDeadlineSeconds: 1 },
    });

  return {
    async submit(submission) {
      await requireAllowed(api, options.namespace, submission.repository);
      // Before any pod, so that none ever runs without it.
      await api.create(at.networkPolicies, networkPolicy(submission.order.network, options), AnyObject);
      const job = await createOrFind(api, at, submission, options);
      if (conditionOf(job, 'Complete') !== null || conditionOf(job, 'Failed') !== null) return;
      const secret = addressSecret(submission, options.namespace, job.metadata.uid);
      const made = await api.create(at.secrets, secret, AnyObject);
      // Fresh addresses: what was signed earlier may soon be too old.
      if (made === null)
        await api.patch(`${at.secrets}/${secretName(submission.execution)}`, { stringData: secret.stringData });
    },

    async observe(execution) {
      const job = await api.read(at.job(execution), JobView);
      if (job === null) return { state: 'absent' };
      const pods = await podsOf(execution);
      const refusal = pods.length === 0 && job.value.spec.suspend !== true ? await refusalOf(api, at, job.value) : null;
      const stoppedByMachine = pods.length === 0 && (await wasStopped(api, at, job.value));
      const ending = endingOf(job.value);
      const gpus = Number(job.value.metadata.annotations?.[ANNOTATION.gpus] ?? 0);
      const judged = judge({ job: job.value, pods, refusal, ending, stoppedByMachine, gpus, now: job.now });
      if (judged.end !== null && ending === null) await end(execution, judged.end);
      return judged.observation;
    },

    async log(execution, from, bytes) {
      const pod = (await podsOf(execution)).at(-1);
      return pod === undefined ? nothing(from) : readLog(api, at, pod.metadata.name, from, bytes);
    },

    async cancel(execution) {
      const job = await api.read(at.job(execution), JobView);
      const holds = (await podsOf(execution)).some(holdsCompute);
      if (job === null) return holds ? 'stopping' : 'gone';
      const { value } = job;
      const over = conditionOf(value, 'Complete') !== null || conditionOf(value, 'Failed') !== null;
      if (over) return holds ? 'stopping' : 'gone';
      if (value.metadata.deletionTimestamp !== undefined) return 'stopping';
      // In a queue: its deadline does not count there, and no pod is lost with it.
      if (value.spec.suspend === true && !holds) await api.remove(at.job(execution));
      else if (endingOf(value) === null) await end(execution, { how: 'cancelled' });
      return 'stopping';
    },

    forget: (execution) => api.remove(at.job(execution)),
  };
}

function pathsIn(namespace: string) {
  const core = `/api/v1/namespaces/${namespace}`;
  const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
  return {
    jobs,
    job: (execution: ExecutionId) => `${jobs}/${execution}`,
    pods: `${core}/pods`,
    log: (pod: string) => `${core}/pods/${pod}/log`,
    secrets: `${core}/secrets`,
    events: `${core}/events`,
    networkPolicies: `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
  };
}
type Paths = ReturnType<typeof pathsIn>;

/** Policy names the namespace, and policy is the repository's own: that it may use it, the cluster has to say. */
async function requireAllowed(api: KubernetesApi, namespace: string, repository: RepositoryName): Promise<void> {
  const found = await api.read(`/api/v1/namespaces/${namespace}`, NamespaceView);
  if (found === null)
    throw new PortError(
      'malformed',
      `kubernetes: expected the namespace ${namespace}, found none; create it or mend policy.engine_options.kubernetes.namespace`,
    );
  const allowed = (found.value.metadata.annotations?.[ANNOTATION.repositories] ?? '').split(/[\s,]+/);
  const owner = repository.split('/')[0] ?? '';
  const isAllowed = allowed.some((entry) =>
    [repository, `${owner}/*`].some((name) => name.toLowerCase() === entry.toLowerCase()),
  );
  if (isAllowed) return;
  throw new PortError(
    'malformed',
    `kubernetes: the namespace ${namespace} is not open to ${repository}; whoever keeps the cluster says so with \`kubectl annotate namespace ${namespace} ${ANNOTATION.repositories}='${repository}'\``,
  );
}

/** @throws PortError `malformed` where something else has its name */
async function createOrFind(
  api: KubernetesApi,
  at: Paths,
  submission: Submission,
  options: KubernetesOptions,
): Promise<JobView> {
  const made = await api.create(at.jobs, jobManifest(submission, options), JobView);
  if (made !== null) return made;
  const found = await api.read(at.job(submission.execution), JobView);
  if (found === null)
    throw new PortError('unavailable', `kubernetes: ${submission.execution} is being taken away; submit it again`);
  const theirs = found.value.metadata.annotations?.[ANNOTATION.submission];
  if (theirs === submissionDigest(submission)) return found.value;
  throw new PortError(
    'malformed',
    `kubernetes: expected the Job ${submission.execution} to be of this very order, found another; delete it if it is nobody's`,
  );
}

/** Why the Job's controller could make no pod: quota, or an admission rule. */
async function refusalOf(api: KubernetesApi, at: Paths, { metadata: { uid } }: JobView): Promise<string | null> {
  const fieldSelector = `involvedObject.kind=Job,involvedObject.uid=${uid},reason=FailedCreate`;
  const events = await api.read(at.events, EventList, { fieldSelector, limit: '20' });
  return events?.value.items.at(-1)?.message ?? null;
}

/** A kubelet that stops containers says so in an event; a machine that is lost says nothing. */
async function wasStopped(api: KubernetesApi, at: Paths, job: JobView): Promise<boolean> {
  const pod = disruptedPod(job);
  if (pod === null) return false;
  const fieldSelector = `involvedObject.kind=Pod,involvedObject.name=${pod},reason=Killing`;
  return ((await api.read(at.events, EventList, { fieldSelector, limit: '1' }))?.value.items.length ?? 0) > 0;
}

/** Null where it can't be read, too: people may annotate what they like. */
function endingOf({ metadata }: JobView): Ending | null {
  const text = metadata.annotations?.[ANNOTATION.ending];
  if (text === undefined) return null;
  try {
    return Ending.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function nothing(from: string | null): LogPiece {
  return { bytes: new Uint8Array(0), next: from ?? BEGINNING, skipped: false };
}

async function readLog(
  api: KubernetesApi,
  at: Paths,
  pod: string,
  from: string | null,
  bytes: number,
): Promise<LogPiece> {
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
  const query = { container: CONTAINER.train, timestamps: 'true', ...since };
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

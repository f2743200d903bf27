import { randomBytes } from 'node:crypto';
import type { Json } from './json.ts';
import type { Objects } from './objects.ts';
import { quotaProblem } from './scheduler.ts';

const TRACKING = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';

/** What Kubernetes' job controller makes of Jobs without retries of single indexes, by the same rules in the same order. */
export function tendJobs(objects: Objects): void {
  for (const job of objects.all('jobs')) tend(objects, job);
}

function tend(objects: Objects, job: Json): void {
  const pods = objects.all('pods').filter((pod) => ownedBy(pod, job));
  if (job.metadata.deletionTimestamp !== undefined || isOver(job)) {
    for (const pod of pods)
      if (isTerminal(pod) || job.metadata.deletionTimestamp) objects.dropFinalizer('pods', pod, TRACKING);
    return;
  }
  const active = pods.filter((pod) => !isTerminal(pod));
  if (job.spec.suspend === true) {
    suspend(objects, job, active);
    return;
  }
  if (job.status.startTime === undefined)
    objects.change(job, ({ status }) => {
      status.startTime = objects.now();
    });
  const told = conditionOf(job, 'FailureTarget') ?? verdict(objects, job, pods);
  const done = pods.filter(({ status }) => status.phase === 'Succeeded');
  if (told !== null) fail(objects, job, active, told);
  else if (done.length >= job.spec.completions) complete(objects, job, pods);
  else createMissing(objects, job, pods);
}

/** Why a Job fails; null where it does not. */
function verdict(objects: Objects, job: Json, pods: readonly Json[]): Json | null {
  const { activeDeadlineSeconds, backoffLimit = 6 } = job.spec;
  const age = (Date.parse(objects.now()) - Date.parse(job.status.startTime)) / 1000;
  if (activeDeadlineSeconds !== undefined && age >= activeDeadlineSeconds)
    return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  const failed = pods.filter(({ status }) => status.phase === 'Failed');
  for (const pod of failed) {
    const message = failingRule(job, pod);
    if (message !== null) return { reason: 'PodFailurePolicy', message };
  }
  if (failed.length <= backoffLimit) return null;
  return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
}

function failingRule(job: Json, { metadata, status }: Json): string | null {
  const name = `${metadata.namespace}/${metadata.name}`;
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const end = `matching ${rule.action} rule at index ${index}`;
    const wanted = rule.onPodConditions?.map(({ type }: Json) => type) ?? [];
    const condition = status.conditions?.find((one: Json) => wanted.includes(one.type) && one.status === 'True');
    if (condition !== undefined) return `Pod ${name} has condition ${condition.type} ${end}`;
    const { containerName, operator, values } = rule.onExitCodes ?? {};
    for (const one of status.containerStatuses ?? []) {
      const code = one.state?.terminated?.exitCode;
      if (one.name !== containerName || code === undefined || code === 0) continue;
      if (values.includes(code) === (operator === 'In'))
        return `Container ${one.name} for pod ${name} failed with exit code ${code} ${end}`;
    }
  }
  return null;
}

/** First `FailureTarget`, then, when no pod of it runs any more, `Failed` with the same words. */
function fail(objects: Objects, job: Json, active: readonly Json[], { reason, message }: Json): void {
  if (conditionOf(job, 'FailureTarget') === null) condition(objects, job, 'FailureTarget', reason, message);
  for (const { metadata } of active)
    if (metadata.deletionTimestamp === undefined) objects.remove('pods', metadata.name);
  if (active.length === 0) condition(objects, job, 'Failed', reason, message);
}

function complete(objects: Objects, job: Json, pods: readonly Json[]): void {
  objects.change(job, ({ status }) => {
    status.completionTime = objects.now();
    status.succeeded = pods.length;
  });
  condition(objects, job, 'SuccessCriteriaMet', 'CompletionsReached', 'Reached expected number of succeeded pods');
  condition(objects, job, 'Complete', 'CompletionsReached', 'Reached expected number of succeeded pods');
}

function suspend(objects: Objects, job: Json, active: readonly Json[]): void {
  if (conditionOf(job, 'Suspended') === null) condition(objects, job, 'Suspended', 'JobSuspended', 'Job suspended');
  for (const { metadata } of active)
    if (metadata.deletionTimestamp === undefined) objects.remove('pods', metadata.name);
}

function createMissing(objects: Objects, job: Json, pods: readonly Json[]): void {
  for (let index = 0; index < job.spec.parallelism; index += 1) {
    const isIndexed = job.spec.completionMode === 'Indexed';
    const there = pods.filter((pod) => !isIndexed || pod.metadata.annotations?.[INDEX] === String(index));
    // `podReplacementPolicy: Failed`: one that is going still holds its place.
    if (there.length > (isIndexed ? 0 : index)) continue;
    const manifest = podOf(job, isIndexed ? index : null);
    const problem = quotaProblem(objects, manifest);
    if (problem === null) objects.create('pods', manifest);
    else tellOnce(objects, job, `Error creating: pods "${manifest.metadata.name}" is forbidden: ${problem}`);
  }
}

function podOf({ metadata, spec }: Json, index: number | null): Json {
  const { template } = spec;
  const [name, uid] = [metadata.name, metadata.uid];
  const at = index === null ? {} : { [INDEX]: String(index) };
  const ending = randomBytes(3).toString('hex').slice(0, 5);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: metadata.namespace,
      name: index === null ? `${name}-${ending}` : `${name}-${index}-${ending}`,
      labels: { ...template.metadata.labels, 'batch.kubernetes.io/job-name': name, ...at },
      annotations: { ...template.metadata.annotations, ...at },
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true }],
      finalizers: [TRACKING],
    },
    spec: structuredClone(template.spec),
    status: { phase: 'Pending', qosClass: 'Guaranteed' },
  };
}

function tellOnce(objects: Objects, { kind, metadata }: Json, message: string): void {
  const [namespace, name, uid] = [metadata.namespace, metadata.name, metadata.uid];
  if (objects.all('events').some(({ involvedObject }) => involvedObject.uid === uid)) return;
  objects.create('events', {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, generateName: `${name}.` },
    type: 'Warning',
    reason: 'FailedCreate',
    message,
    involvedObject: { apiVersion: 'batch/v1', kind, namespace, name, uid },
    source: { component: 'job-controller' },
  });
}

function condition(objects: Objects, job: Json, type: string, reason: string, message: string): void {
  const [lastProbeTime, lastTransitionTime] = [objects.now(), objects.now()];
  objects.change(job, ({ status }) => {
    status.conditions = [
      ...(status.conditions ?? []),
      { type, status: 'True', reason, message, lastProbeTime, lastTransitionTime },
    ];
  });
}

export function conditionOf({ status }: Json, type: string): Json | null {
  return status?.conditions?.find((one: Json) => one.type === type && one.status === 'True') ?? null;
}

function isOver(job: Json): boolean {
  return conditionOf(job, 'Complete') !== null || conditionOf(job, 'Failed') !== null;
}

function isTerminal({ status }: Json): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

export function ownedBy({ metadata }: Json, owner: Json): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }: Json) => uid === owner.metadata.uid);
}

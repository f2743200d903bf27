import { Instant } from '../../../core/names.ts';
import type { ExecutionEnd, ExecutionFailure, Observation } from '../../../core/training/execution.ts';
import { failure, podEnd, succeeded, trainingImage, trainingState, wasStopped } from './end.ts';
import { FAILURE_RULES } from './job.ts';
import { onMachine, tellingPod } from './machines.ts';
import { CONTAINER } from './names.ts';
import { conditionOf, type Ending, holdsCompute, type JobView, type PodView } from './objects.ts';

/** What is known of an execution at one moment. */
export interface Seen {
  readonly job: JobView;
  /** Its pods, the oldest first. */
  readonly pods: readonly PodView[];
  /** How many it has when all are there. */
  readonly machines: number;
  /** Why no pod could be made, in the cluster's words; null where that is not known. */
  readonly refusal: string | null;
  /** Why we ended it. */
  readonly ending: Ending | null;
  /** Of a pod that is gone: whether its machine still stopped it in an orderly way. */
  readonly stoppedByMachine: boolean;
  readonly gpus: number;
  /** The API server's clock, milliseconds since the epoch: ours may differ from the cluster's. */
  readonly now: number;
}

/** Seconds beyond its grace period after which a pod that does not end is taken for lost with its machine. */
const LOST_AFTER = 120;

/** What to say of it; and `end`, where it can't come to anything and should be ended for that reason. */
export interface Judged {
  readonly observation: Observation;
  readonly end: Extract<Ending, { how: 'failed' }> | null;
}

export function judge(seen: Seen): Judged {
  const { job, pods, machines } = seen;
  const pod = tellingPod(pods, machines);
  const complete = conditionOf(job, 'Complete');
  const failed = conditionOf(job, 'Failed');
  if (complete !== null || failed !== null) {
    const end = complete !== null ? (pod === null ? succeeded() : podEnd(pod)) : failedEnd(seen, pod, failed?.message);
    return {
      observation: ended(seen, end ?? failure('engine_failed', 'The Job ended and its pod did not.')),
      end: null,
    };
  }
  const lost = pods.find((one) => isLost(one, seen.now));
  if (lost !== undefined) {
    const end = failure('machine_lost', 'The pod was to end and its machine no longer answers.');
    return { observation: ended(seen, onMachine(end, lost, machines)), end: null };
  }
  if (pods.length < machines && pods.every(holdsCompute)) return waiting(seen, null);
  if (pod !== null && trainingState(pod)?.running !== undefined) {
    const startedAt = instantOf(trainingState(pod)?.running?.startedAt);
    return { observation: { state: 'running', startedAt, gpuUse: null }, end: null };
  }
  // Over, and the Job's controller has not said so yet: what follows must not be taken for waiting.
  if (pod !== null && !holdsCompute(pod)) {
    return { observation: { state: 'running', startedAt: instantOf(pod.status.startTime), gpuUse: null }, end: null };
  }
  return waiting(seen, pod);
}

function waiting({ job, refusal, gpus, now }: Seen, pod: PodView | null): Judged {
  const since = instantOf(job.metadata.creationTimestamp);
  const say = (why: string | null, end: Judged['end'] = null): Judged => ({
    observation: { state: 'waiting', since, why: why?.slice(0, 500) ?? null },
    end,
  });
  if (job.spec.suspend === true) return say('Waits until its queue admits it.');
  if (pod === null) return say(refusal);
  const unschedulable = pod.status.conditions?.find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  if (unschedulable !== undefined) {
    const asked = gpus === 0 ? '' : `Asks for ${gpus} GPUs. `;
    return say(`${asked}${unschedulable.message ?? unschedulable.reason ?? 'No machine is free.'}`);
  }
  const stuck = [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])].find(
    ({ state }) =>
      state.waiting?.reason !== undefined && !/^(PodInitializing|ContainerCreating)$/.test(state.waiting.reason),
  );
  if (stuck === undefined) return say(startingWords(pod));
  const { reason = '', message = '' } = stuck.state.waiting ?? {};
  const told = `${stuck.name}: ${reason}: ${message}`;
  return say(told, hopeless(reason, message, pod, told, now));
}

function startingWords(pod: PodView): string {
  const inputs = pod.status.initContainerStatuses?.find(({ name }) => name === CONTAINER.inputs);
  if (inputs?.state.running !== undefined) return 'Brings the inputs to its machine.';
  return pod.spec.nodeName === undefined ? 'Looks for a machine.' : 'Pulls its images.';
}

/** Milliseconds that a registry or a machine may take to come to its senses. */
const PATIENCE = 600_000;
const NEVER_PULLED =
  /not found|manifest unknown|no such image|unauthorized|denied|forbidden|authentication required|invalid reference/i;

/** What no waiting mends, so that nobody pays for a machine that waits for it. */
function hopeless(reason: string, message: string, pod: PodView, told: string, now: number): Judged['end'] {
  const waited = now - Date.parse(pod.status.startTime ?? pod.metadata.creationTimestamp) > PATIENCE;
  const end = (why: ExecutionFailure): Judged['end'] => ({ how: 'failed', reason: why, message: told.slice(0, 2000) });
  if (reason === 'InvalidImageName' || reason === 'ErrImageNeverPull') return end('image_pull_failed');
  if (reason === 'ErrImagePull' || reason === 'ImagePullBackOff') {
    return waited || NEVER_PULLED.test(message) ? end('image_pull_failed') : null;
  }
  return waited ? end('engine_failed') : null;
}

/** How a Job failed: by its pod where there is one, else by what the Job itself says. */
function failedEnd(seen: Seen, pod: PodView | null, message = ''): ExecutionEnd {
  const { ending, job } = seen;
  // Of several machines one may be gone with its pod, for which the others were stopped: the Job says of which kind it was.
  const isOthers = pod !== null && seen.pods.length < seen.machines && wasStopped(pod);
  const told = pod === null || isOthers ? null : podEnd(pod);
  const end = told === null || pod === null ? null : onMachine(told, pod, seen.machines);
  // What had ended by itself before it was told to end so.
  if (end !== null && (ending === null || end.how === 'succeeded')) return end;
  if (ending !== null) return ending.how === 'cancelled' ? { how: 'cancelled' } : { ...ending, exitCode: null };
  const reason = conditionOf(job, 'Failed')?.reason ?? '';
  if (reason === 'DeadlineExceeded') {
    return failure('impossible_resources', 'No machine became free for it within the time that it may wait for one.');
  }
  return endWithoutPod(seen, message === '' ? reason : message);
}

/** Pods of a Job that ended by themselves are kept with it: one that is gone was taken away. */
function endWithoutPod({ stoppedByMachine }: Seen, message: string): ExecutionEnd {
  const rule = /FailJob rule at index (\d+)/.exec(message)?.[1];
  if (rule === String(FAILURE_RULES.disruption))
    return failure(stoppedByMachine ? 'preempted' : 'machine_lost', message);
  const code = Number(/with exit code (\d+)/.exec(message)?.[1] ?? Number.NaN);
  // 128 + SIGKILL or SIGTERM, with which a pod is taken away.
  if (rule !== String(FAILURE_RULES.exitCode) || Number.isNaN(code) || code === 137 || code === 143) {
    return failure('machine_lost', `Its pod is gone: ${message}`);
  }
  return failure(code === 126 || code === 127 ? 'command_not_found' : 'command_failed', message, code);
}

/** The name of the pod that a Job says was taken from its machine; null where it says no such thing. */
export function disruptedPod(job: JobView): string | null {
  return (
    /Pod [^\s/]+\/(\S+) has condition DisruptionTarget/.exec(conditionOf(job, 'Failed')?.message ?? '')?.[1] ?? null
  );
}

function isLost({ metadata, spec }: PodView, now: number): boolean {
  if (metadata.deletionTimestamp === undefined) return false;
  // The deletion's time is when its grace period is over.
  return now - Date.parse(metadata.deletionTimestamp) > LOST_AFTER * 1000 && spec.nodeName !== undefined;
}

function ended({ job, pods, gpus, machines }: Seen, end: ExecutionEnd): Observation {
  const starts = pods.flatMap(({ status }) => (status.startTime === undefined ? [] : [status.startTime]));
  const startedAt = instantOf(starts.sort(byTime)[0]);
  const endedAt = instantOf(
    lastFinish(pods) ?? job.status.completionTime ?? conditionOf(job, 'Failed')?.lastTransitionTime,
  );
  const held = startedAt === null || endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
  const usage = held === null ? null : { seconds: Math.max(0, held / 1000), gpus, machines };
  const [image] = pods.flatMap((pod) => trainingImage(pod) ?? []);
  return { state: 'ended', end, startedAt, endedAt, usage, ...(image === undefined ? {} : { image }) };
}

function lastFinish(pods: readonly PodView[]): string | undefined {
  return pods
    .flatMap(({ status }) => [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
    .map(({ state }) => state.terminated?.finishedAt)
    .filter((time) => typeof time === 'string')
    .sort(byTime)
    .at(-1);
}

function byTime(a: string, b: string): number {
  return Date.parse(a) - Date.parse(b);
}

function instantOf(time: string | null | undefined): Instant | null {
  return time === null || time === undefined ? null : Instant.parse(new Date(time).toISOString());
}

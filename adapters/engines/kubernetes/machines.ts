import type { ExecutionEnd } from '../../../core/training/execution.ts';
import { machineEnd, trainingState, wasStopped } from './end.ts';
import { CONTAINER, LABEL, NODE } from './names.ts';
import { holdsCompute, type PodView } from './objects.ts';

/** Which of several machines a pod is, from 0; null where it is the only one. */
export function machineOf({ metadata }: PodView): number | null {
  const text = metadata.labels?.[LABEL.index];
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) : null;
}

/** The pod whose log is shown: of the first machine, or the newest one. */
export function firstPod(pods: readonly PodView[]): PodView | null {
  return pods.findLast((pod) => machineOf(pod) === 0) ?? pods.at(-1) ?? null;
}

export function commandContainerOf(pod: PodView): string {
  return machineOf(pod) === null ? CONTAINER.train : NODE;
}

/**
 * Of several machines' pods the one that says most: whose machine was taken, then the first that failed by itself, since the
 * others were stopped for it; then one that still starts, then the first machine's.
 *
 * @param pods the oldest first
 */
export function tellingPod(pods: readonly PodView[], machines: number): PodView | null {
  if (machines === 1) return pods.at(-1) ?? null;
  const failed = pods.filter(({ status }) => status.phase === 'Failed').toSorted((a, b) => finishOf(a) - finishOf(b));
  return (
    pods.find((pod) => machineEnd(pod) !== null) ??
    failed.find((pod) => !wasStopped(pod)) ??
    failed[0] ??
    pods.find((pod) => holdsCompute(pod) && trainingState(pod)?.running === undefined) ??
    firstPod(pods)
  );
}

/** Says of which machine an end is told, where there are several. */
export function onMachine(end: ExecutionEnd, pod: PodView, machines: number): ExecutionEnd {
  const machine = machineOf(pod);
  if (end.how !== 'failed' || machine === null || machines === 1) return end;
  return { ...end, message: `On machine ${machine + 1} of ${machines}: ${end.message}`.slice(0, 2000) };
}

function finishOf(pod: PodView): number {
  const at = trainingState(pod)?.terminated?.finishedAt;
  return at === null || at === undefined ? Number.POSITIVE_INFINITY : Date.parse(at);
}

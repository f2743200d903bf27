import type { ExecutionId } from '../../../core/training/execution.ts';

/** Labels and annotations of ours, and the names of what a run consists of in the cluster. */
export const LABEL = {
  managedBy: 'app.kubernetes.io/managed-by',
  execution: 'trainyard.dev/execution',
  run: 'trainyard.dev/run',
  attempt: 'trainyard.dev/attempt',
  model: 'trainyard.dev/model',
  /** Names the NetworkPolicy that holds for a pod. */
  egress: 'trainyard.dev/egress',
  queue: 'kueue.x-k8s.io/queue-name',
  /** Kubernetes' own: which of a Job's pods it is, from 0. */
  index: 'batch.kubernetes.io/job-completion-index',
} as const;

export const ANNOTATION = {
  repository: 'trainyard.dev/repository',
  commit: 'trainyard.dev/commit',
  /** SHA-256 of what was submitted: a second submission under the same name must be the same. */
  submission: 'trainyard.dev/submission',
  /** How many the execution holds, on all of its machines. */
  gpus: 'trainyard.dev/gpus',
  machines: 'trainyard.dev/machines',
  /** Why we ended it: JSON of an ExecutionEnd. */
  ending: 'trainyard.dev/ending',
  /** Of a namespace: the repositories that may train in it, as `owner/name` or `owner/*`. */
  repositories: 'trainyard.dev/repositories',
} as const;

export const CONTAINER = { inputs: 'inputs', collector: 'collector', train: 'train' } as const;
/** What Kubeflow Trainer wants the command's container, and the Job that it makes, to be called. */
export const NODE = 'node';
/** The command's container, in a Job of ours or in one that Trainer makes. */
export const TRAINING: readonly string[] = [CONTAINER.train, NODE];

/** Where the volume that a pod's containers share is mounted; the image of ours holds its code at /trainyard. */
export const SHARED = '/trainyard-run';
/** Where the addresses of a container of ours are mounted. */
export const ADDRESSES = '/trainyard-addresses';
/** Keys of the Secret: each container of ours is shown its own alone. */
export const ADDRESS_KEYS = { inputs: 'inputs.json', collector: 'collector.json' } as const;

/** The Job that Trainer and JobSet make for a TrainJob of ours. */
export function childJobName(execution: ExecutionId): string {
  return `${execution}-${NODE}-0`;
}

export function secretName(execution: ExecutionId): string {
  return `${execution}-addresses`;
}

import { JobView, PodView } from '../../../../adapters/engines/kubernetes/objects.ts';
import type { Seen } from '../../../../adapters/engines/kubernetes/observe.ts';

/** What a cluster says of Jobs and pods, in short. */
export const NOW = Date.parse('2026-11-22T16:00:00Z');
export const TIME = '2026-11-22T15:00:00Z';
export const meta = (name: string, more = {}) => ({ name, uid: 'u', creationTimestamp: TIME, ...more });
export const condition = (type: string, reason: string, message = '') => ({
  type,
  status: 'True',
  reason,
  message,
  lastTransitionTime: TIME,
});

export const job = (conditions: readonly object[] = [], spec = {}): JobView =>
  JobView.parse({ metadata: meta('job'), spec, status: { conditions } });
export const pod = (status: object, spec = {}, more = {}): PodView =>
  PodView.parse({
    metadata: meta('pod', more),
    spec: { nodeName: 'node', ...spec },
    status: { startTime: TIME, ...status },
  });
export const seen = (given: Partial<Seen>): Seen => ({
  job: job(),
  pods: [],
  machines: 1,
  refusal: null,
  ending: null,
  stoppedByMachine: false,
  gpus: 0,
  now: NOW,
  ...given,
});

export const FAILED = job([condition('Failed', 'PodFailurePolicy')]);
export const terminated = (name: string, exitCode: number, more = {}) => ({
  name,
  state: { terminated: { exitCode, finishedAt: TIME, ...more } },
});
export const report = (reason: string, exitCode: number | null = null) =>
  JSON.stringify({ reason, message: 'what was said', exitCode });
export const over = (train: object, collector: object = terminated('collector', 0), status: object = {}) =>
  pod({
    phase: 'Failed',
    containerStatuses: [train],
    initContainerStatuses: [terminated('inputs', 0), collector],
    ...status,
  });

import { z } from 'zod';
import { ExecutionFailure } from '../../../core/training/execution.ts';

/** What we read of the API's answers; everything else in them is left out. Texts are for display, and cut where they are shown. */

const Time = z.iso.datetime({ offset: true });
const Meta = z.object({
  name: z.string(),
  uid: z.string(),
  creationTimestamp: Time,
  deletionTimestamp: Time.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

const Condition = z.object({
  type: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  message: z.string().optional(),
  lastTransitionTime: Time.nullish(),
});
export type Condition = z.infer<typeof Condition>;

export const JobView = z.object({
  metadata: Meta,
  spec: z.object({ suspend: z.boolean().optional(), activeDeadlineSeconds: z.int().optional() }),
  status: z
    .object({
      conditions: z.array(Condition).optional(),
      startTime: Time.optional(),
      completionTime: Time.optional(),
    })
    .default({}),
});
export type JobView = z.infer<typeof JobView>;

export const TrainJobView = z.object({
  metadata: Meta,
  spec: z.object({ suspend: z.boolean().optional() }),
  status: z.object({ conditions: z.array(Condition).optional() }).default({}),
});
export type TrainJobView = z.infer<typeof TrainJobView>;

const Terminated = z.object({
  exitCode: z.int(),
  reason: z.string().optional(),
  message: z.string().optional(),
  startedAt: Time.nullish(),
  finishedAt: Time.nullish(),
});
const ContainerState = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  running: z.object({ startedAt: Time.nullish() }).optional(),
  terminated: Terminated.optional(),
});
const ContainerStatus = z.object({
  name: z.string(),
  state: ContainerState.default({}),
  /** With its digest, as the machine's runtime has resolved it. */
  imageID: z.string().optional(),
});
export type ContainerStatus = z.infer<typeof ContainerStatus>;

export const PodView = z.object({
  metadata: Meta,
  spec: z.object({ nodeName: z.string().optional(), terminationGracePeriodSeconds: z.number().optional() }),
  status: z
    .object({
      phase: z.enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']).optional(),
      reason: z.string().optional(),
      message: z.string().optional(),
      startTime: Time.optional(),
      conditions: z.array(Condition).optional(),
      initContainerStatuses: z.array(ContainerStatus).optional(),
      containerStatuses: z.array(ContainerStatus).optional(),
    })
    .default({}),
});
export type PodView = z.infer<typeof PodView>;

export const PodList = z.object({ items: z.array(PodView) });
export const EventList = z.object({
  items: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })),
});
/** Of what is made and not looked at. */
export const AnyObject = z.object({ metadata: z.object({ name: z.string() }) });
export const NamespaceView = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).optional() }),
});
/** How the API refuses. */
export const Status = z.object({ reason: z.string().optional(), message: z.string().optional() });

/** Why we ended an execution, kept on it. */
export const Ending = z.discriminatedUnion('how', [
  z.strictObject({ how: z.literal('cancelled') }),
  z.strictObject({ how: z.literal('failed'), reason: ExecutionFailure, message: z.string().max(2000) }),
]);
export type Ending = z.infer<typeof Ending>;

export function conditionOf(
  view: { status: { conditions?: Condition[] | undefined } },
  type: string,
): Condition | null {
  return view.status.conditions?.find((condition) => condition.type === type && condition.status === 'True') ?? null;
}

/** A pod that may still hold its machine's resources. */
export function holdsCompute({ status: { phase } }: PodView): boolean {
  return phase !== 'Succeeded' && phase !== 'Failed';
}

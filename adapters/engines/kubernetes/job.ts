import type { V1Job, V1JobSpec } from '@kubernetes/client-node';
import { digestOf } from '../../../core/canonical.ts';
import { machinesOf } from '../../../core/policy/machines.ts';
import type { Submission } from '../../../flows/ports.ts';
import { ANNOTATION, LABEL } from './names.ts';
import { egressName } from './network-policy.ts';
import type { KubernetesOptions } from './options.ts';
import { commandContainer, podSpec, SETUP_SECONDS } from './pod.ts';

/** Rules of `podFailurePolicy` by index: a Job that failed names the one that matched, also when its pod is gone. */
export const FAILURE_RULES = { disruption: 0, exitCode: 1 } as const;

/** Digest of what a name stands for: addresses are signed anew each time, and policy may have moved since. */
export function submissionDigest({ run, attempt, repository, order }: Submission): string {
  return digestOf({ run, attempt, repository, order });
}

/** One execution on one machine. Pure. @throws PortError `malformed` for resources that policy does not know */
export function jobManifest(submission: Submission, options: KubernetesOptions): V1Job {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: submission.execution,
      namespace: options.namespace,
      labels: labelsOf(submission, options),
      annotations: annotationsOf(submission),
    },
    spec: {
      ...jobSpec(submission, options),
      completions: 1,
      parallelism: 1,
      ttlSecondsAfterFinished: options.keep,
      ...(options.queue === undefined ? {} : { suspend: true }),
    },
  };
}

/** What holds for the Job of one machine and for that of several: it fails as a whole, at once, and says why. */
export function jobSpec(submission: Submission, options: KubernetesOptions): V1JobSpec {
  const containerName = commandContainer(submission);
  return {
    // Whether it is tried again, and from which checkpoint, is not for the cluster to say.
    backoffLimit: 0,
    // The pod has a deadline of its own from when it has its machine; this one ends the wait for a machine.
    activeDeadlineSeconds: options.wait + submission.order.timeout + 2 * SETUP_SECONDS,
    podReplacementPolicy: 'Failed',
    podFailurePolicy: {
      rules: [
        { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
        { action: 'FailJob', onExitCodes: { containerName, operator: 'NotIn', values: [0] } },
      ],
    },
    template: {
      metadata: { labels: podLabels(submission, options), annotations: annotationsOf(submission) },
      spec: podSpec(submission, options),
    },
  };
}

export function annotationsOf(submission: Submission): Record<string, string> {
  const { resources } = submission.order.request;
  return {
    [ANNOTATION.repository]: submission.repository,
    [ANNOTATION.commit]: submission.order.commit,
    [ANNOTATION.submission]: submissionDigest(submission),
    [ANNOTATION.gpus]: String(resources.gpus * machinesOf(resources)),
    [ANNOTATION.machines]: String(machinesOf(resources)),
  };
}

export function labelsOf(submission: Submission, options: KubernetesOptions): Record<string, string> {
  return {
    ...identityOf(submission),
    ...(options.queue === undefined ? {} : { [LABEL.queue]: options.queue }),
  };
}

/** Also says which NetworkPolicy holds. */
export function podLabels(submission: Submission, options: KubernetesOptions): Record<string, string> {
  return { ...identityOf(submission), [LABEL.egress]: egressName(submission.order.network, options) };
}

export function identityOf({ execution, run, attempt, order }: Submission): Record<string, string> {
  return {
    [LABEL.managedBy]: 'trainyard',
    [LABEL.execution]: execution,
    [LABEL.run]: run,
    [LABEL.attempt]: String(attempt),
    ...(order.model.length > 63 ? {} : { [LABEL.model]: order.model }),
  };
}

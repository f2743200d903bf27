import { machinesOf } from '../../../core/policy/machines.ts';
import type { Submission } from '../../../flows/ports.ts';
import { annotationsOf, identityOf, jobSpec, labelsOf } from './job.ts';
import { NODE } from './names.ts';
import type { KubernetesOptions } from './options.ts';
import { commandResources } from './pod.ts';

export const TRAINER = { group: 'trainer.kubeflow.org', version: 'v1alpha1' } as const;
const API_VERSION = `${TRAINER.group}/${TRAINER.version}`;

/** One execution on several machines, as Kubeflow Trainer takes it. Pure. */
export function trainJobManifest(submission: Submission, options: KubernetesOptions) {
  const { execution, order } = submission;
  return {
    apiVersion: API_VERSION,
    kind: 'TrainJob',
    metadata: {
      name: execution,
      namespace: options.namespace,
      labels: labelsOf(submission, options),
      annotations: annotationsOf(submission),
    },
    spec: {
      runtimeRef: { apiGroup: TRAINER.group, kind: 'TrainingRuntime', name: execution },
      trainer: {
        numNodes: machinesOf(order.request.resources),
        resourcesPerNode: commandResources(submission, options),
      },
      ...(options.queue === undefined ? {} : { suspend: true }),
    },
  };
}

/**
 * What a TrainJob is made from: a runtime of its own, since nobody's shared one brings inputs, confines the command and
 * takes the output away as ours does. Nothing in it deletes itself after a time: Trainer would make it, and so train, anew.
 *
 * @throws PortError `malformed` for resources that policy does not know
 */
export function trainingRuntime(submission: Submission, options: KubernetesOptions) {
  const { execution, order } = submission;
  const nodes = machinesOf(order.request.resources);
  return {
    apiVersion: API_VERSION,
    kind: 'TrainingRuntime',
    metadata: { name: execution, namespace: options.namespace, labels: identityOf(submission) },
    spec: {
      mlPolicy: { numNodes: nodes },
      template: {
        spec: {
          failurePolicy: { maxRestarts: 0 },
          // Machines look each other up before all of them are ready.
          network: { enableDNSHostnames: true, publishNotReadyAddresses: true },
          replicatedJobs: [
            {
              name: NODE,
              replicas: 1,
              template: {
                metadata: {
                  labels: { ...identityOf(submission), [STEP.label]: STEP.trainer },
                  annotations: annotationsOf(submission),
                },
                spec: { ...jobSpec(submission, options), completions: nodes, parallelism: nodes },
              },
            },
          ],
        },
      },
    },
  };
}

/** By this label Trainer knows which Job trains. */
const STEP = { label: 'trainer.kubeflow.org/trainjob-ancestor-step', trainer: 'trainer' } as const;

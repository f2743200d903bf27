import { conditionOf } from './job-controller.ts';
import type { Json } from './json.ts';
import type { Objects } from './objects.ts';

/**
 * Stands for Kubeflow Trainer's controller and JobSet's, of which our engine sees one Job and two conditions: the Job of the
 * step `trainer`, made from the TrainingRuntime with as many pods as the TrainJob has nodes, and its end. The JobSet between
 * them is left out.
 */
export function tendTrainJobs(objects: Objects): void {
  for (const trainJob of objects.all('trainjobs')) {
    const over = conditionOf(trainJob, 'Complete') ?? conditionOf(trainJob, 'Failed');
    if (over !== null || trainJob.metadata.deletionTimestamp !== undefined) continue;
    const runtime = objects.find('trainingruntimes', trainJob.spec.runtimeRef.name);
    const job = objects.find('jobs', `${trainJob.metadata.name}-node-0`);
    if (job === null && runtime !== null) createJob(objects, trainJob, runtime);
    if (job !== null) mirror(objects, trainJob, job);
  }
}

function createJob(objects: Objects, { metadata, spec }: Json, runtime: Json): void {
  const { name, namespace, uid } = metadata;
  const [replicated] = runtime.spec.template.spec.replicatedJobs;
  const nodes = spec.trainer.numNodes ?? runtime.spec.mlPolicy.numNodes;
  const template = structuredClone(replicated.template.spec.template);
  const trained = template.spec.containers.find((one: Json) => one.name === 'node');
  trained.resources = spec.trainer.resourcesPerNode ?? trained.resources;
  objects.create('jobs', {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: `${name}-${replicated.name}-0`,
      namespace,
      labels: { ...replicated.template.metadata.labels, 'jobset.sigs.k8s.io/jobset-name': name },
      annotations: { ...replicated.template.metadata.annotations },
      ownerReferences: [
        {
          apiVersion: 'trainer.kubeflow.org/v1alpha1',
          kind: 'TrainJob',
          name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: {
      ...replicated.template.spec,
      template: { ...template, spec: { ...template.spec, subdomain: name } },
      parallelism: nodes,
      completions: nodes,
      completionMode: 'Indexed',
      suspend: spec.suspend ?? false,
    },
    status: {},
  });
}

function mirror(objects: Objects, trainJob: Json, job: Json): void {
  const suspended = trainJob.spec.suspend ?? false;
  if (job.spec.suspend !== suspended)
    objects.change(job, ({ spec }) => {
      spec.suspend = suspended;
    });
  const failed = conditionOf(job, 'Failed');
  if (conditionOf(job, 'Complete') !== null)
    end(objects, trainJob, 'Complete', 'AllJobsCompleted', 'jobset completed successfully');
  if (failed === null) return;
  const message = `jobset failed due to one or more job failures (first failed job: ${job.metadata.name})`;
  end(objects, trainJob, 'Failed', 'FailedJobs', message);
}

function end(objects: Objects, trainJob: Json, type: string, reason: string, message: string): void {
  objects.change(trainJob, (it) => {
    it.status = { conditions: [{ type, status: 'True', reason, message, lastTransitionTime: objects.now() }] };
  });
}

import { describe, expect, test } from 'vitest';
import { peersPolicy } from '../../../../adapters/engines/kubernetes/network-policy.ts';
import { trainingRuntime, trainJobManifest } from '../../../../adapters/engines/kubernetes/train-job.ts';
import { OPTIONS, submissionOf } from './submission.ts';

const submission = submissionOf(1, { resources: { gpus: 8, gpu: 'a100', nodes: 4 } });
const runtime = trainingRuntime(submission, OPTIONS);
const [replicated] = runtime.spec.template.spec.replicatedJobs;
const pod = replicated?.template.spec.template.spec;
const command = pod?.containers[0];

describe('a run on several machines', () => {
  test('is a TrainJob of a runtime of its own, with the resources of each machine', () => {
    const amounts = { cpu: '2', memory: String(8 * 2 ** 30), 'nvidia.com/gpu': '8' };
    expect(trainJobManifest(submission, OPTIONS).spec).toEqual({
      runtimeRef: { apiGroup: 'trainer.kubeflow.org', kind: 'TrainingRuntime', name: submission.execution },
      trainer: { numNodes: 4, resourcesPerNode: { requests: amounts, limits: amounts } },
    });
    expect(command).toMatchObject({ name: 'node', resources: { limits: amounts } });
  });

  test('waits for its queue where policy names one', () => {
    const queued = trainJobManifest(submission, { ...OPTIONS, queue: 'ml' });
    expect(queued.spec).toMatchObject({ suspend: true });
    expect(queued.metadata.labels).toMatchObject({ 'kueue.x-k8s.io/queue-name': 'ml' });
  });

  test('fails as a whole with its first machine, and is never deleted and so made anew', () => {
    expect(replicated?.template.spec).toMatchObject({ backoffLimit: 0, completions: 4, parallelism: 4 });
    expect(replicated?.template.spec).not.toHaveProperty('ttlSecondsAfterFinished');
    expect(runtime.spec.template.spec).toMatchObject({ failurePolicy: { maxRestarts: 0 } });
    expect(replicated?.template.spec.podFailurePolicy?.rules[1]?.onExitCodes?.containerName).toBe('node');
  });

  test('tells each machine its number, all numbers and where the first is, to torchrun by its own names', () => {
    const first = `${submission.execution}-node-0-0.${submission.execution}`;
    const number = { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-completion-index']" } };
    const told = Object.fromEntries(
      (command?.env ?? []).map(({ name, value, valueFrom }) => [name, value ?? valueFrom]),
    );
    expect(told).toMatchObject({
      TRAINYARD_NODE: number,
      TRAINYARD_NODES: '4',
      TRAINYARD_FIRST_NODE: first,
      PET_NNODES: '4',
      PET_NODE_RANK: number,
      PET_NPROC_PER_NODE: '8',
      PET_MASTER_ADDR: first,
      PET_MASTER_PORT: '29400',
    });
    for (const one of pod?.initContainers ?? [])
      expect(one.env?.find(({ name }) => name === 'TRAINYARD_NODE')?.valueFrom).toEqual(number);
  });

  test('may speak among its own machines, and to nobody else', () => {
    const { spec } = peersPolicy(submission, 'ml', []);
    const own = { matchLabels: { 'trainyard.dev/execution': submission.execution } };
    expect(spec).toEqual({
      podSelector: own,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: own }] }],
      egress: [{ to: [{ podSelector: own }] }],
    });
  });
});

test('a run on one machine is told nothing of others', () => {
  const alone = trainingRuntime(submissionOf(1), OPTIONS).spec.template.spec.replicatedJobs[0];
  const { containers = [], initContainers = [] } = alone?.template.spec.template.spec ?? {};
  const names = [...containers, ...initContainers].flatMap(({ env = [] }) => env.map(({ name }) => name));
  expect(names.filter((name) => /NODE|PET_/.test(name))).toEqual([]);
});

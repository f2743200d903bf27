import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCluster } from '../../../../adapters/engines/kubernetes/cluster.ts';
import { kubernetesEngine } from '../../../../adapters/engines/kubernetes/engine.ts';
import type { KubernetesOptions } from '../../../../adapters/engines/kubernetes/options.ts';
import type { ComputeEngine } from '../../../../flows/ports.ts';
import { engineContract } from '../../../contracts/engine.ts';
import type { Json } from '../../../fakes/kubernetes/json.ts';
import { realCounterpart } from './real/counterpart.ts';
import { type RealCluster, startCluster } from './real/start.ts';
import { until } from './real/until.ts';
import { OPTIONS, submissionOf } from './submission.ts';

engineContract('kubernetes with two machines, on a real API server with Kubeflow Trainer', {}, () =>
  realCounterpart(2),
);

describe('Kubeflow Trainer', () => {
  const CORE = '/api/v1/namespaces/trainyard-runs';
  const TRAINER = '/apis/trainer.kubeflow.org/v1alpha1/namespaces/trainyard-runs';
  let cluster: RealCluster;
  let engineWith: (options: KubernetesOptions) => Promise<ComputeEngine>;
  const count = async (path: string): Promise<number> => (await cluster.admin.ask('GET', path)).items.length;

  beforeAll(async () => {
    cluster = await startCluster({ trainer: true });
    const opened = await openCluster({ kubeconfig: cluster.kubeconfig, context: null });
    engineWith = async (options) => kubernetesEngine({ cluster: opened, options, clock: Date.now });
  });
  afterAll(async () => cluster?.stop());

  test('makes confined pods of a TrainJob of ours, and takes all of it away with it', async () => {
    const engine = await engineWith(OPTIONS);
    const submission = submissionOf(1, { resources: { gpus: 8, gpu: 'a100', nodes: 3 } });
    await engine.submit(submission);
    const pods = `${CORE}/pods?labelSelector=trainyard.dev/execution=${submission.execution}`;
    await until('all of its pods are there', async () => (await count(pods)) === 3);
    const { items }: Json = await cluster.admin.ask('GET', pods);
    for (const { metadata, spec } of items) {
      const [command] = spec.containers;
      expect(command.resources.limits['nvidia.com/gpu']).toBe('8');
      expect(command.env.filter(({ name }: Json) => name === 'TRAINYARD_NODES')).toEqual([
        { name: 'TRAINYARD_NODES', value: '3' },
      ]);
      expect(spec.hostname).toBe(
        `${submission.execution}-node-0-${metadata.annotations['batch.kubernetes.io/job-completion-index']}`,
      );
      expect(spec.subdomain).toBe(submission.execution);
      expect(spec.initContainers.map(({ name }: Json) => name)).toEqual(['inputs', 'collector']);
    }
    await engine.forget(submission.execution);
    await until('nothing of it is left', async () => {
      const runtime = await cluster.admin.ask(
        'GET',
        `${TRAINER}/trainingruntimes/${submission.execution}`,
        undefined,
        [404],
      );
      const secret = await cluster.admin.ask(
        'GET',
        `${CORE}/secrets/${submission.execution}-addresses`,
        undefined,
        [404],
      );
      const policy = await cluster.admin.ask(
        'GET',
        `/apis/networking.k8s.io/v1/namespaces/trainyard-runs/networkpolicies/${submission.execution}-peers`,
        undefined,
        [404],
      );
      return [runtime, secret, policy].every(({ code }) => code === 404) && (await count(pods)) === 0;
    });
    expect(await engine.observe(submission.execution)).toEqual({ state: 'absent' });
  });

  test('makes no pod of a TrainJob that waits in a queue, which is cancelled without a trace', async () => {
    const engine = await engineWith({ ...OPTIONS, queue: 'ml' });
    const { execution, ...rest } = submissionOf(2, { resources: { nodes: 2 } });
    await engine.submit({ execution, ...rest });
    await until('its Job is there', async () => (await count('/apis/batch/v1/namespaces/trainyard-runs/jobs')) === 1);
    expect(await engine.observe(execution)).toMatchObject({ state: 'waiting', why: expect.stringContaining('queue') });
    expect(await count(`${CORE}/pods`)).toBe(0);
    await until('it is gone', async () => (await engine.cancel(execution)) === 'gone');
    expect(await engine.observe(execution)).toEqual({ state: 'absent' });
  });
});

import { afterAll, describe, expect, test } from 'vitest';
import { kubernetesEngine } from '../../../../adapters/engines/kubernetes/engine.ts';
import { engineContract } from '../../../contracts/engine.ts';
import { APP_TOKEN, type FakeKubernetes, startFakeKubernetes } from '../../../fakes/kubernetes/server.ts';
import { kubernetesCounterpart, plainCluster } from './counterpart.ts';
import { Kubelet } from './kubelet.ts';
import { OPTIONS, submissionOf } from './submission.ts';

/**
 * The same suite as in engine.long.test.ts, against an API server that starts at once (test/fakes/kubernetes/server.ts says
 * what it is and what it leaves out).
 */
const servers: FakeKubernetes[] = [];

describe.each([1, 2])('with %i machines', (nodes) => {
  engineContract('kubernetes, on the API server of everyday tests', {}, async () => {
    const server = await startFakeKubernetes();
    servers.push(server);
    for (const name of ['node-1', 'node-2']) addNode(server, name);
    return kubernetesCounterpart({
      admin: server,
      kubelet: new Kubelet({
        admin: server,
        keepLog: async ({ metadata }, lines) => void server.logs.set(metadata.name, lines),
        intervalMs: 20,
      }),
      cluster: plainCluster(server.url, APP_TOKEN),
      plainUrl: server.url,
      token: APP_TOKEN,
      nodes,
      patience: 20,
      stop: () => server.close(),
    });
  });
});

afterAll(() => {
  for (const { broken } of servers) expect(broken).toEqual([]);
});

test('several machines are refused with what to do where Kubeflow Trainer is not installed', async () => {
  const server = await startFakeKubernetes({ trainer: false });
  const engine = kubernetesEngine({ cluster: plainCluster(server.url, APP_TOKEN), options: OPTIONS, clock: Date.now });
  const several = submissionOf(1, { resources: { nodes: 2 } });
  const refused = await engine.submit(several).catch((error: unknown) => error);
  expect(refused).toMatchObject({
    code: 'malformed',
    message: expect.stringMatching(/Kubeflow Trainer.*resources\.nodes/),
  });
  expect(await engine.observe(several.execution)).toEqual({ state: 'absent' });
  await engine.submit(submissionOf(2));
  await server.close();
});

describe('without rights on TrainJobs, as in a namespace that was set up before there were any', () => {
  const started = async (without = 'trainer.kubeflow.org') => {
    const server = await startFakeKubernetes({ without });
    const cluster = plainCluster(server.url, APP_TOKEN);
    return { server, engine: kubernetesEngine({ cluster, options: OPTIONS, clock: Date.now }) };
  };

  test('what was never submitted is absent, and there is nothing to cancel or to forget', async () => {
    const { server, engine } = await started();
    const { execution } = submissionOf(1);
    expect(await engine.observe(execution)).toEqual({ state: 'absent' });
    expect(await engine.cancel(execution)).toBe('gone');
    await engine.forget(execution);
    await server.close();
  });

  test('a TrainJob that is refused leaves no runtime behind', async () => {
    const { server, engine } = await started('create trainjobs');
    const refused = engine.submit(submissionOf(1, { resources: { nodes: 2 } }));
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('trainjobs') });
    expect(server.objects.all('trainingruntimes')).toEqual([]);
    await server.close();
  });

  test('several machines are refused, and one is not', async () => {
    const { server, engine } = await started();
    const refused = engine.submit(submissionOf(1, { resources: { nodes: 2 } }));
    await expect(refused).rejects.toMatchObject({ code: 'forbidden', message: expect.stringContaining('Role') });
    await engine.submit(submissionOf(2));
    await server.close();
  });

  test('what still has a pod is never said to be absent', async () => {
    const { server, engine } = await started();
    const { execution } = submissionOf(1);
    server.objects.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'left', namespace: 'trainyard-runs', labels: { 'trainyard.dev/execution': execution } },
      spec: { containers: [{ name: 'node' }] },
      status: { phase: 'Running' },
    });
    await expect(engine.observe(execution)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(engine.cancel(execution)).rejects.toMatchObject({ code: 'forbidden' });
    await server.close();
  });
});

function addNode({ objects }: FakeKubernetes, name: string): void {
  objects.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { allocatable: { cpu: '500', memory: '1Ti', pods: '500' } },
  });
}

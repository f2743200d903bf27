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

function addNode({ objects }: FakeKubernetes, name: string): void {
  objects.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: { allocatable: { cpu: '500', memory: '1Ti', pods: '500' } },
  });
}

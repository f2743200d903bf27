import { openCluster } from '../../../../../adapters/engines/kubernetes/cluster.ts';
import type { Counterpart } from '../../../../contracts/engine.ts';
import type { Json } from '../../../../fakes/kubernetes/json.ts';
import { kubernetesCounterpart } from '../counterpart.ts';
import { Kubelet } from '../kubelet.ts';
import { startBridge } from './bridge.ts';
import { kwokLogs } from './logs.ts';
import { type RealCluster, startCluster } from './start.ts';
import { until } from './until.ts';

/**
 * A real kube-apiserver, job controller, scheduler, garbage collector and quota, with the rights of
 * deploy/kubernetes/engine.yaml and nothing more; for several machines also Kubeflow Trainer and JobSet. Machines are not
 * real: kwok keeps the nodes and serves the logs, and the test says of containers what a kubelet would.
 *
 * @param nodes machines of each run
 */
export async function realCounterpart(nodes: number): Promise<Counterpart> {
  const cluster = await startCluster({ trainer: nodes > 1 });
  const { admin } = cluster;
  for (const name of ['node-1', 'node-2']) await addNode(cluster, name);
  await admin.ask('POST', '/api/v1/namespaces/trainyard-runs/resourcequotas', {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'of-the-team' },
    spec: { hard: { 'requests.cpu': '800' } },
  });
  const bridge = await startBridge(cluster.port);
  return kubernetesCounterpart({
    admin,
    kubelet: new Kubelet({ admin, keepLog: kwokLogs(admin, cluster.directory), intervalMs: 150 }),
    cluster: await openCluster({ kubeconfig: cluster.kubeconfig, context: null }),
    plainUrl: bridge.url,
    token: cluster.token,
    nodes,
    patience: 150,
    async stop() {
      await bridge.close();
      await cluster.stop();
    },
  });
}

async function addNode({ admin, kubeletPort }: RealCluster, name: string): Promise<void> {
  const located = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
  };
  const amounts = { cpu: '500', memory: '1Ti', pods: '500' };
  await admin.ask('POST', '/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    status: {
      capacity: amounts,
      allocatable: amounts,
    },
  });
  const path = `/api/v1/nodes/${name}`;
  await until(`${name} is ready`, async () => {
    const { spec, status } = await admin.ask('GET', path);
    const ready = status.conditions?.some(({ type, status: is }: Json) => type === 'Ready' && is === 'True');
    return spec.taints === undefined && ready;
  });
  // kwok has said what it knows of the node, which is not where its logs are.
  await admin.ask('PATCH', `${path}/status`, { status: located });
}

import { once } from 'node:events';
import { createServer } from 'node:http';
import { request } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { type Cluster, clusterOf, openCluster } from '../../../../adapters/engines/kubernetes/cluster.ts';
import { kubernetesEngine } from '../../../../adapters/engines/kubernetes/engine.ts';
import type { ComputeEngine } from '../../../../flows/ports.ts';
import { type Behaviour, type Counterpart, engineContract } from '../../../contracts/engine.ts';
import { startFaultProxy } from '../../../fakes/fault-proxy.ts';
import type { Json } from './real/admin.ts';
import { Kubelet } from './real/kubelet.ts';
import { type RealCluster, startCluster, until } from './real/start.ts';
import { OPTIONS, submissionOf, type Wanted } from './submission.ts';

/**
 * Against a real kube-apiserver, job controller, scheduler, garbage collector and quota, with the rights of
 * deploy/kubernetes/engine.yaml and nothing more. Machines are not real: kwok keeps the nodes and serves the logs, and the
 * test says of containers what a kubelet would.
 */
const NAMESPACE = '/api/v1/namespaces/trainyard-runs';
const NODES = ['node-1', 'node-2'];

engineContract('kubernetes, on a real API server', {}, async () => {
  const cluster = await startCluster();
  const { admin } = cluster;
  for (const name of NODES) await addNode(cluster, name);
  await admin.ask('POST', `${NAMESPACE}/resourcequotas`, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'of-the-team' },
    spec: { hard: { 'requests.cpu': '800' } },
  });
  const kubelet = new Kubelet(admin, cluster.directory);
  const bridge = await startBridge(cluster.port);
  const proxies: { close(): Promise<void> }[] = [];
  const opened = await openCluster({ kubeconfig: cluster.kubeconfig, context: null });
  const engineAt = (at: Cluster): ComputeEngine => kubernetesEngine({ cluster: at, options: OPTIONS, clock: Date.now });
  const pods = async (execution: string): Promise<Json[]> =>
    (await admin.ask('GET', `${NAMESPACE}/pods?labelSelector=trainyard.dev/execution=${execution}`)).items;
  const podOf = async (execution: string): Promise<Json> => (await pods(execution))[0];
  let number = 0;

  const counterpart: Counterpart = {
    engine: () => engineAt(opened),
    spoiled(plan) {
      const config = new KubeConfig();
      // Listening takes a turn of the loop, and this must not wait: requests that come before it wait in the client.
      const proxy = startFaultProxy(bridge.url);
      const spoiled: { applied: () => number } = { applied: () => 0 };
      const started = proxy.then((it) => {
        proxies.push(it);
        it.follow(plan);
        spoiled.applied = () => it.applied().filter(({ fault }) => fault !== null).length;
        config.loadFromClusterAndUser(
          { name: 'c', server: it.apiUrl, skipTLSVerify: true },
          { name: 'u', token: cluster.token },
        );
        return engineAt(clusterOf(config));
      });
      return { engine: later(started), applied: () => spoiled.applied() };
    },
    async submission(behaviour) {
      number += 1;
      return submissionOf(number, wantedOf(behaviour));
    },
    started: async (execution) => kubelet.started(execution),
    holds: async (execution) =>
      (await pods(execution)).some(({ status }) => !['Succeeded', 'Failed'].includes(status.phase)),
    async inject(fault, execution) {
      const pod = await podOf(execution);
      switch (fault) {
        case 'engine’s process killed':
          return void (await admin.ask('DELETE', `${NAMESPACE}/pods/${pod.metadata.name}`, { gracePeriodSeconds: 0 }));
        case 'preempted':
          return void (await admin.ask('POST', `${NAMESPACE}/pods/${pod.metadata.name}/eviction`, {
            apiVersion: 'policy/v1',
            kind: 'Eviction',
            metadata: { name: pod.metadata.name },
          }));
        case 'machine lost':
          kubelet.silent.add(pod.spec.nodeName);
          await admin.ask('DELETE', `/api/v1/nodes/${pod.spec.nodeName}`);
          return;
        case 'forgotten':
          return void (await admin.ask('DELETE', `/apis/batch/v1/namespaces/trainyard-runs/jobs/${execution}`, {
            propagationPolicy: 'Background',
          }));
      }
    },
    lacks: {},
    patience: 150,
    async stop() {
      await kubelet.stop();
      for (const proxy of proxies) await proxy.close();
      await bridge.close();
      await cluster.stop();
    },
  };
  return counterpart;
});

function wantedOf(behaviour: Behaviour): Wanted {
  switch (behaviour) {
    case 'asks for 4,096 GPUs':
      return { command: behaviour, resources: { gpus: 4096, gpu: 'a100' } };
    case 'is over quota':
      return { command: behaviour, resources: { cpus: 900 } };
    case 'outlives its timeout':
      return { command: behaviour, timeout: 2 };
    case 'has a lock that can’t be installed':
      return { command: behaviour, setup: 'requirements.lock' };
    default:
      return { command: behaviour };
  }
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

/** The fault proxy speaks plain HTTP. */
async function startBridge(port: number) {
  const server = createServer((message, response) => {
    const { host: _, ...headers } = message.headers;
    const asked = request(
      { host: '127.0.0.1', port, path: message.url, method: message.method, headers, rejectUnauthorized: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    asked.on('error', () => response.destroy());
    message.pipe(asked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An engine that is there before it is. */
function later(engine: Promise<ComputeEngine>): ComputeEngine {
  return {
    submit: async (submission) => (await engine).submit(submission),
    observe: async (execution) => (await engine).observe(execution),
    log: async (execution, from, bytes) => (await engine).log(execution, from, bytes),
    cancel: async (execution) => (await engine).cancel(execution),
    forget: async (execution) => (await engine).forget(execution),
  };
}

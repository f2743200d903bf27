import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Cluster, openCluster } from '../../../adapters/engines/kubernetes/cluster.ts';
import { KubernetesRunnerOptions } from '../../../adapters/runners/kubernetes/options.ts';
import { kubernetesProvider } from '../../../adapters/runners/kubernetes/provider.ts';
import { orderOf, type ProviderWorld, runnerProviderContract } from '../../contracts/runner-provider.ts';
import type { Json } from '../../fakes/kubernetes/json.ts';
import { type RealCluster, startCluster } from '../engines/kubernetes/real/start.ts';
import { until } from '../engines/kubernetes/real/until.ts';

/**
 * Against a real API server, scheduler, admission and garbage collector, with the rights of deploy/kubernetes/runners.yaml
 * and nothing more. Machines are not real: the test says of pods what a kubelet would.
 */
const NAMESPACE = 'trainyard-runners';
const CORE = `/api/v1/namespaces/${NAMESPACE}`;
const OPTIONS = KubernetesRunnerOptions.parse({ namespace: NAMESPACE, image: 'registry.example.com/runner:1' });

let real: RealCluster;
let cluster: Cluster;
let kubelet: Promise<void>;
let stopped = false;
const started = new Map<string, string>();
const told = new Map<string, Json>();

beforeAll(async () => {
  real = await startCluster();
  await applyRights();
  await addNode();
  cluster = await openCluster({ kubeconfig: real.kubeconfig, context: null });
  kubelet = tendPods();
});

afterAll(async () => {
  stopped = true;
  await kubelet;
  await real.stop();
});

/** What a team applies, with the user of the token as the App's account. */
async function applyRights(): Promise<void> {
  const file = join(import.meta.dirname, '../../../deploy/kubernetes/runners.yaml');
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    const manifest: Json = document.toJSON();
    if (manifest.kind === 'RoleBinding')
      manifest.subjects = [{ kind: 'User', name: 'app', apiGroup: 'rbac.authorization.k8s.io' }];
    const path =
      manifest.kind === 'Namespace'
        ? '/api/v1/namespaces'
        : `/apis/${manifest.apiVersion}/namespaces/${NAMESPACE}/${manifest.kind.toLowerCase()}s`;
    await real.admin.ask('POST', path, manifest);
  }
  await until('the namespace has its service account', async () => {
    const found = await real.admin.ask('GET', `${CORE}/serviceaccounts/default`, undefined, [404]);
    return found.kind === 'ServiceAccount';
  });
}

async function addNode(): Promise<void> {
  const amounts = { cpu: '500', memory: '1Ti', pods: '500', 'ephemeral-storage': '10Ti' };
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } };
  await real.admin.ask('POST', '/api/v1/nodes', { ...node, status: { capacity: amounts, allocatable: amounts } });
  await until('the node is ready', async () => {
    const { spec, status } = await real.admin.ask('GET', '/api/v1/nodes/node-1');
    const ready = status.conditions?.some(({ type, status: is }: Json) => type === 'Ready' && is === 'True');
    return spec.taints === undefined && ready;
  });
  await real.admin.ask('PATCH', '/api/v1/nodes/node-1/status', { status: { capacity: amounts, allocatable: amounts } });
}

/** A pod with a machine begins once its Secret is there, ends when it is told or its time is over, and goes when it is deleted. */
async function tendPods(): Promise<void> {
  while (!stopped) {
    const list = await real.admin.ask('GET', `${CORE}/pods`).catch(() => null);
    for (const pod of list?.items ?? []) await tend(pod).catch(() => undefined);
    await wait(100);
  }
}

async function tend({ metadata, spec, status }: Json): Promise<void> {
  const { name, uid } = metadata;
  const say = (next: Json) => real.admin.ask('PATCH', `${CORE}/pods/${name}/status`, { status: next });
  if (metadata.deletionTimestamp !== undefined) {
    const now = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0, preconditions: { uid } };
    await real.admin.ask('DELETE', `${CORE}/pods/${name}`, now, [404, 409]);
    return;
  }
  if (spec.nodeName === undefined) return;
  if (status.phase === 'Pending') {
    const { key } = spec.containers[0].env[0].valueFrom.secretKeyRef;
    const secret = await real.admin.ask('GET', `${CORE}/secrets/${name}`, undefined, [404]);
    if (secret.kind !== 'Secret') return;
    started.set(name, Buffer.from(secret.data[key], 'base64').toString('utf8'));
    await say({ phase: 'Running', startTime: new Date().toISOString() });
  } else if (status.phase === 'Running') {
    const end = told.get(name);
    const age = (Date.now() - Date.parse(status.startTime)) / 1000;
    if (end !== undefined) await say(end);
    else if (age > spec.activeDeadlineSeconds) await say({ phase: 'Failed', reason: 'DeadlineExceeded' });
  }
}

const provider = () => kubernetesProvider({ cluster: async () => cluster, options: OPTIONS, clock: Date.now });

async function startPods(): Promise<ProviderWorld> {
  told.clear();
  started.clear();
  const left = (name: string) =>
    Promise.all(['pods', 'secrets'].map((kind) => real.admin.ask('GET', `${CORE}/${kind}/${name}`, undefined, [404])));
  return {
    provider,
    finish: async (name) => void told.set(name, { phase: 'Succeeded' }),
    lose: async (name) => void told.set(name, { phase: 'Failed', reason: 'Preempting' }),
    given: async (name) => ({ jitConfig: started.get(name) ?? '', rest: JSON.stringify(await left(name)) }),
    remains: async (name) => (await left(name)).some(({ kind }) => kind !== 'Status'),
    async close() {
      await real.admin.ask('DELETE', `${CORE}/pods`);
      await until('no pod is left', async () => (await real.admin.ask('GET', `${CORE}/pods`)).items.length === 0);
      await until('no Secret is left', async () => (await real.admin.ask('GET', `${CORE}/secrets`)).items.length === 0);
    },
  };
}

describe('a runner as a pod of a real API server', () => {
  runnerProviderContract(startPods);

  test('takes its Secret with it when somebody else deletes the pod', async () => {
    const world = await startPods();
    const order = orderOf();
    await provider().create(order);
    await real.admin.ask('DELETE', `${CORE}/pods/${order.name}`);
    await until('the garbage collector has taken the Secret', async () => !(await world.remains(order.name)));
    expect(await provider().gone(order.name)).toBe(true);
    await world.close();
  });
});

import { describe, expect, test } from 'vitest';
import { networkPolicyManifest, podManifest, secretManifest } from '../../../adapters/runners/kubernetes/manifests.ts';
import { KubernetesRunnerOptions } from '../../../adapters/runners/kubernetes/options.ts';
import { kubernetesProvider } from '../../../adapters/runners/kubernetes/provider.ts';
import { orderOf, type ProviderWorld, runnerProviderContract } from '../../contracts/runner-provider.ts';
import { startFakeCluster } from './cluster.ts';

const OPTIONS = KubernetesRunnerOptions.parse({
  namespace: 'trainyard-runners',
  image: 'registry.example.com/actions-runner:2.334.0',
  gpus: { a100: { node_selector: { pool: 'a100' }, tolerations: [{ key: 'nvidia.com/gpu' }] } },
  spot: { node_selector: { spot: 'true' } },
  blocked: ['10.0.0.0/8'],
});

async function startPods(): Promise<ProviderWorld> {
  const fake = await startFakeCluster();
  const provider = () => kubernetesProvider({ cluster: async () => fake.cluster, options: OPTIONS, clock: Date.now });
  const named = (name: string) => [...fake.objects].filter(([path]) => path.endsWith(`/${name}`));
  return {
    provider,
    finish: async (name) => fake.end(name, 'Succeeded'),
    lose: async (name) => fake.end(name, 'Failed', 'Preempting'),
    given: async (name) => ({ jitConfig: fake.started.get(name) ?? '', rest: JSON.stringify(named(name)) }),
    remains: async (name) => named(name).length > 0,
    close: fake.close,
  };
}

describe('a runner as a pod', () => {
  runnerProviderContract(startPods);
});

test('the config is in the Secret of the pod alone, and gone once the pod runs', async () => {
  const fake = await startFakeCluster();
  const provider = kubernetesProvider({ cluster: async () => fake.cluster, options: OPTIONS, clock: Date.now });
  const order = orderOf();
  await provider.create(order);
  const holders = [...fake.objects.values()].filter((object) => JSON.stringify(object).includes(order.jitConfig));
  expect(holders.map(({ kind }) => kind)).toEqual(['Secret']);
  await expect.poll(async () => (await provider.list(order.repository, null))[0]?.state).toBe('running');
  expect([...fake.objects.values()].map(({ kind }) => kind).sort()).toEqual(['NetworkPolicy', 'Pod']);
  await fake.close();
});

describe('a pod', () => {
  const pod = podManifest(orderOf({ resources: { gpu: 'a100', gpus: 2, memory: 1024, spot: true } }), OPTIONS);

  test('has no token of a service account, no privilege, and an end', () => {
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      activeDeadlineSeconds: 600,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } } }],
    });
  });

  test('asks for the GPUs of the run where they are', () => {
    expect(pod.spec).toMatchObject({
      nodeSelector: { pool: 'a100', spot: 'true' },
      containers: [{ resources: { limits: { 'nvidia.com/gpu': '2', memory: '1024' } } }],
    });
  });

  test('is tagged with run and repository when it is made', () => {
    expect(pod.metadata).toMatchObject({
      labels: { 'trainyard.dev/run': orderOf().run.toLowerCase(), 'trainyard.dev/trust': 'member' },
      annotations: { 'trainyard.dev/repository': 'flights/delay' },
    });
  });

  test('is refused for a GPU that the cluster has not', () => {
    const order = orderOf({ resources: { gpu: 'h100', gpus: 1, spot: false } });
    expect(() => podManifest(order, OPTIONS)).toThrow(/know \(a100\), got h100/);
  });
});

test('the Secret belongs to its pod', () => {
  expect(secretManifest(orderOf(), 'n', { uid: 'u' }).metadata?.ownerReferences).toMatchObject([
    { kind: 'Pod', uid: 'u' },
  ]);
});

test('no pod reaches link-local addresses, where clouds hand out credentials', () => {
  const [, world] = networkPolicyManifest(OPTIONS).spec?.egress ?? [];
  expect(world?.to?.map(({ ipBlock }) => ipBlock?.except)).toEqual([
    ['169.254.0.0/16', '10.0.0.0/8'],
    ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
  ]);
  expect(networkPolicyManifest(OPTIONS).spec?.ingress).toEqual([]);
});

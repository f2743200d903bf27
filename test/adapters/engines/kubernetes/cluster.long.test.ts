import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCluster } from '../../../../adapters/engines/kubernetes/cluster.ts';
import { kubernetesEngine } from '../../../../adapters/engines/kubernetes/engine.ts';
import { KubernetesOptions } from '../../../../adapters/engines/kubernetes/options.ts';
import type { ComputeEngine } from '../../../../flows/ports.ts';
import type { Json } from '../../../fakes/kubernetes/json.ts';
import { type RealCluster, startCluster } from './real/start.ts';
import { until } from './real/until.ts';
import { OPTIONS, submissionOf } from './submission.ts';

/** What a real API server makes of our manifests, with the rights of deploy/kubernetes/engine.yaml; no pod runs. */
const CORE = '/api/v1/namespaces/trainyard-runs';
const JOBS = '/apis/batch/v1/namespaces/trainyard-runs/jobs';
const POLICIES = '/apis/networking.k8s.io/v1/namespaces/trainyard-runs/networkpolicies';
let cluster: RealCluster;
let engineWith: (options: KubernetesOptions) => Promise<ComputeEngine>;

beforeAll(async () => {
  cluster = await startCluster();
  engineWith = async (options) =>
    kubernetesEngine({
      cluster: await openCluster({ kubeconfig: cluster.kubeconfig, context: null }),
      options,
      clock: Date.now,
    });
});
afterAll(async () => cluster?.stop());

const FULL = KubernetesOptions.parse({
  namespace: 'trainyard-runs',
  image: `registry.example.com/python@sha256:${'a'.repeat(64)}`,
  agent: 'registry.example.com/trainyard:1',
  image_pull_secrets: ['registry'],
  gpus: { a100: { node_selector: { gpu: 'a100' }, tolerations: [{ key: 'nvidia.com/gpu', effect: 'NoSchedule' }] } },
  spot: { node_selector: { spot: 'true' }, tolerations: [{ key: 'spot', operator: 'Equal', value: 'true' }] },
  queue: 'ml',
  environment: { PIP_INDEX_URL: 'https://pypi.example.com/simple' },
  egress: ['10.1.0.0/16', '2001:db8::/32'],
});

describe('a real API server', () => {
  test('takes all that policy can ask for, strictly and under the restricted standard', async () => {
    const engine = await engineWith(FULL);
    const submission = submissionOf(1, {
      resources: { gpus: 8, gpu: 'a100', spot: true, cpus: 64, memory: 512 * 2 ** 30 },
      setup: 'requirements.lock',
      network: 'locked',
    });
    await engine.submit(submission);
    expect(await engine.observe(submission.execution)).toMatchObject({
      state: 'waiting',
      why: expect.stringContaining('queue'),
    });
    expect(await engine.cancel(submission.execution)).toBe('stopping');
    await until('it is gone', async () => (await engine.cancel(submission.execution)) === 'gone');
    expect(await engine.observe(submission.execution)).toEqual({ state: 'absent' });
  });

  test('lets a pod of ours pass the restricted standard, and refuses one that asks for more', async () => {
    const engine = await engineWith(OPTIONS);
    const submission = submissionOf(2);
    await engine.submit(submission);
    const pods = `${CORE}/pods?labelSelector=trainyard.dev/execution=${submission.execution}`;
    await until('its pod is there', async () => (await cluster.admin.ask('GET', pods)).items.length === 1);
    const [pod]: Json[] = (await cluster.admin.ask('GET', pods)).items;
    expect(pod.spec.volumes.some(({ name }: Json) => name.startsWith('kube-api-access'))).toBe(false);
    const greedy = { ...pod.spec, hostNetwork: true, nodeName: undefined };
    const refused = await cluster.admin.ask(
      'POST',
      `${CORE}/pods`,
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'greedy' }, spec: greedy },
      [403],
    );
    expect(refused.message).toContain('violates PodSecurity');
  });

  test('has the Secret go with the Job, and its addresses renewed by a further submission', async () => {
    const engine = await engineWith(OPTIONS);
    const submission = submissionOf(3);
    await engine.submit(submission);
    const output = { ...submission.store.output, url: 'https://store.example.com/renewed' };
    await engine.submit({ ...submission, store: { ...submission.store, output } });
    const path = `${CORE}/secrets/${submission.execution}-addresses`;
    const { data } = await cluster.admin.ask('GET', path);
    expect(JSON.parse(Buffer.from(data['collector.json'], 'base64').toString('utf8')).output.url).toBe(output.url);
    await engine.forget(submission.execution);
    await until('Job and Secret are gone', async () => {
      const job = await cluster.admin.ask('GET', `${JOBS}/${submission.execution}`, undefined, [404]);
      const secret = await cluster.admin.ask('GET', path, undefined, [404]);
      return job.code === 404 && secret.code === 404;
    });
  });

  test('keeps one NetworkPolicy for all runs of the same network', async () => {
    const engine = await engineWith(OPTIONS);
    for (const number of [4, 5]) await engine.submit(submissionOf(number));
    const { items } = await cluster.admin.ask('GET', POLICIES);
    expect(items.filter(({ metadata }: Json) => metadata.name.startsWith('trainyard-open-'))).toHaveLength(1);
  });

  test.each([
    ['read Secrets', 'GET', `${CORE}/secrets`],
    ['read its own addresses', 'GET', `${CORE}/secrets/${submissionOf(2).execution}-addresses`],
    ['run in pods', 'POST', `${CORE}/pods/x/exec`],
    ['make pods', 'POST', `${CORE}/pods`],
    ['list namespaces', 'GET', '/api/v1/namespaces'],
    ['make Jobs elsewhere', 'POST', '/apis/batch/v1/namespaces/default/jobs'],
    ['open its namespace to others', 'PATCH', CORE],
  ])('does not let the App %s', async (_, method, path) => {
    const { appAdmin } = cluster;
    expect(await appAdmin.ask(method, path, method === 'GET' ? undefined : {}, [403])).toMatchObject({ code: 403 });
  });
});

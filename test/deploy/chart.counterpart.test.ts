import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../app/config.ts';
import { COMPILING, goModule, goTool, hasGo } from './go-tool.ts';

const run = promisify(execFile);
const CHART = resolve(import.meta.dirname, '../../deploy/helm/trainyard');
const KUBERNETES = '1.30';
/** What has no default, as it is the team's. */
const REQUIRED = {
  'image.repository': 'registry.example.com/trainyard',
  'github.appId': '4242424242',
  publicUrl: 'https://trainyard.example.com',
  'secrets.existingSecret': 'trainyard',
};
const EVERYTHING = {
  ...REQUIRED,
  'image.digest': `sha256:${'0'.repeat(64)}`,
  'ingress.enabled': 'true',
  'ingress.host': 'trainyard.example.com',
  'ingress.className': 'nginx',
  'ingress.tlsSecret': 'tls',
  'metrics.serviceMonitor.enabled': 'true',
  'metrics.serviceMonitor.labels.release': 'prometheus',
  'metrics.rules.enabled': 'true',
  'proxy.https': 'http://proxy.example.com:3128',
  'telemetry.otlpEndpoint': 'http://collector.monitoring.svc:4318',
  'extraEnv[0].name': 'OTEL_SERVICE_NAME',
  'extraEnv[0].value': 'trainyard',
  'imagePullSecrets[0].name': 'registry',
  'podAnnotations.team': 'ml',
  'podLabels.team': 'ml',
  'nodeSelector.pool': 'small',
  priorityClassName: 'high',
};
/** Compute engines, their store, runners as pods, and MLflow; of the last two ways to reach Kubernetes each is asked for. */
const COMPUTE = {
  ...REQUIRED,
  'store.buckets[0]': 'team-runs',
  'store.buckets[1]': 'other-runs',
  'store.endpoint': 'https://minio.example.com',
  'ray.address': 'http://ray-head.example.com:8265',
  'kubernetes.access': 'secret',
  'kubernetes.context': 'gpu',
  'runners.kubernetes.namespace': 'trainyard-runners',
  'runners.kubernetes.image': 'ghcr.io/actions/actions-runner:2.334.0',
  'mlflow.uri': 'https://mlflow.example.com',
};
type Settings = Readonly<Record<string, string>>;

const Variable = z.object({ name: z.string(), value: z.string().optional(), valueFrom: z.unknown().optional() });
const Container = z.object({
  image: z.string(),
  env: z.array(Variable),
  securityContext: z.record(z.string(), z.unknown()),
  ports: z.array(z.object({ name: z.string(), containerPort: z.int() })),
});
const Pod = z.object({
  terminationGracePeriodSeconds: z.int(),
  automountServiceAccountToken: z.boolean(),
  securityContext: z.object({ runAsNonRoot: z.boolean() }),
  containers: z.tuple([Container]),
});
const Deployment = z.object({ spec: z.object({ replicas: z.int(), template: z.object({ spec: Pod }) }) });

describe.skipIf(!hasGo('the Helm chart'))('the Helm chart', () => {
  let helm: string;
  let validate: string;
  let definitions: string;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'trainyard-chart-'));
    helm = await goTool('helm.sh/helm/v3/cmd/helm', 'v3.19.2');
    validate = await goTool('sigs.k8s.io/kubectl-validate', 'v0.0.4');
    const operator = await goModule('github.com/prometheus-operator/prometheus-operator', 'v0.85.0');
    definitions = join(operator, 'example/prometheus-operator-crd');
  }, 2 * COMPILING);
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const flags = (settings: Settings) =>
    Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  async function render(settings: Settings, further: readonly string[] = []): Promise<string> {
    const options = ['--kube-version', `${KUBERNETES}.0`, '--namespace', 'ml', ...flags(settings), ...further];
    return (await run(helm, ['template', 'one', CHART, ...options], { maxBuffer: 2 ** 24 })).stdout;
  }
  const kinds = (rendered: string) => parseAllDocuments(rendered).map((document) => String(document.get('kind')));
  const pod = (rendered: string) => {
    const found = parseAllDocuments(rendered).find((document) => document.get('kind') === 'Deployment');
    return Deployment.parse(found?.toJS()).spec;
  };
  /** What Kubernetes' own validation says of it, with the definitions of the Prometheus Operator beside its own. */
  async function findings(rendered: string): Promise<string> {
    const file = join(directory, 'rendered.yaml');
    await writeFile(file, rendered);
    const options = ['--version', KUBERNETES, '--local-crds', definitions];
    return run(validate, [file, ...options], { env: { ...process.env, HOME: directory } }).then(
      () => '',
      (error: unknown) => `${Object(error).stdout}${Object(error).stderr}`,
    );
  }

  test.each([
    ['what is required', REQUIRED],
    ['everything', EVERYTHING],
    ['compute', COMPUTE],
  ])('passes helm lint, strictly, with %s', async (_, settings) => {
    const { stdout } = await run(helm, [
      'lint',
      CHART,
      '--strict',
      '--kube-version',
      `${KUBERNETES}.0`,
      ...flags(settings),
    ]);
    expect(stdout).toContain('1 chart(s) linted, 0 chart(s) failed');
  });

  test('gives what Kubernetes accepts, with what is required', async () => {
    const rendered = await render(REQUIRED);
    expect(await findings(rendered)).toBe('');
    expect(kinds(rendered).sort()).toEqual(
      ['Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'Service', 'ServiceAccount'].sort(),
    );
  });

  test('gives what Kubernetes and the Prometheus Operator accept, with everything', async () => {
    const rendered = await render(EVERYTHING);
    expect(await findings(rendered)).toBe('');
    expect(kinds(rendered)).toEqual(expect.arrayContaining(['Ingress', 'ServiceMonitor', 'PrometheusRule']));
  });

  test.each([
    ['a Deployment', 'terminationGracePeriodSeconds:', 'terminationGraceSeconds:'],
    ['a ServiceMonitor', 'jobLabel: app', 'jobLabel: [app]\n  other: app'],
  ])('would not pass with a mistake in %s', async (_, right, wrong) => {
    const rendered = await render(EVERYTHING);
    expect(rendered).toContain(right);
    expect(await findings(rendered.replace(right, wrong))).not.toBe('');
  });

  test.each(Object.keys(REQUIRED))('says what is expected where %s is missing', async (missing) => {
    const { [missing]: _, ...rest } = REQUIRED as Settings;
    await expect(render(rest)).rejects.toThrow(`${missing}: expected`);
  });

  test.each([
    ['a misspelt value', { 'metrics.enable': 'true' }],
    ['no replica', { replicas: '0' }],
    ['less time to drain than it takes', { terminationGracePeriodSeconds: '10' }],
    ['a digest that is none', { 'image.digest': 'latest' }],
  ])('refuses %s', async (_, settings) => {
    await expect(render({ ...REQUIRED, ...settings })).rejects.toThrow('specifications of the schema');
  });

  test('sets what the App reads, and no secret in plain sight', async () => {
    const { env } = pod(await render(EVERYTHING)).template.spec.containers[0];
    const plain = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    const referred = env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => name);
    expect(referred).toEqual(['WEBHOOK_SECRET', 'WEBHOOK_SECRET_PREVIOUS', 'DATABASE_URL']);
    const secrets = {
      ...{ WEBHOOK_SECRET: 'a long secret', DATABASE_URL: 'postgresql://db.example.com/trainyard' },
      ...{ PRIVATE_KEY: 'key', TRAINYARD_SIGNING_KEY: 'key' },
    };
    const { PRIVATE_KEY_PATH: _, TRAINYARD_SIGNING_KEY_PATH: __, ...rest } = plain;
    expect(readConfig({ ...rest, ...secrets })).toMatchObject({
      appId: 4242424242,
      host: '0.0.0.0',
      publicUrl: 'https://trainyard.example.com',
      metricsPort: 9464,
      proxy: { https: 'http://proxy.example.com:3128', except: '.svc,.cluster.local' },
    });
  });

  test('sets what compute takes, with its secrets by reference, as the App reads it', async () => {
    const rendered = await render(COMPUTE);
    expect(await findings(rendered)).toBe('');
    const { containers, automountServiceAccountToken } = pod(rendered).template.spec;
    expect(automountServiceAccountToken).toBe(false);
    const { env } = containers[0];
    const plain = Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])));
    const referred = env.filter(({ valueFrom }) => valueFrom !== undefined).map(({ name }) => name);
    const optional = ['STORE_ACCESS_KEY_ID', 'STORE_SECRET_ACCESS_KEY', 'RAY_TOKEN'].map((name) => `TRAINYARD_${name}`);
    expect(referred.slice(3)).toEqual([...optional, 'MLFLOW_TRACKING_TOKEN']);
    expect(plain).toMatchObject({
      TRAINYARD_STORE_BUCKETS: 'team-runs,other-runs',
      TRAINYARD_KUBECONFIG: '/run/secrets/trainyard/kubeconfig',
      TRAINYARD_KUBE_CONTEXT: 'gpu',
      TRAINYARD_RUNNERS_KUBERNETES: '/etc/trainyard/runners.yaml',
    });
    const map = parseAllDocuments(rendered).find((document) => document.get('kind') === 'ConfigMap');
    const options = z.object({ data: z.object({ 'runners.yaml': z.string() }) }).parse(map?.toJS()).data[
      'runners.yaml'
    ];
    await writeFile(join(directory, 'runners.yaml'), options);
    const { PRIVATE_KEY_PATH: _, TRAINYARD_SIGNING_KEY_PATH: __, ...rest } = plain;
    const secrets = {
      ...{ WEBHOOK_SECRET: 'a long secret', DATABASE_URL: 'postgresql://db.example.com/trainyard' },
      ...{ PRIVATE_KEY: 'key', TRAINYARD_SIGNING_KEY: 'key' },
      ...Object.fromEntries(referred.slice(3).map((name) => [name, 'secret'])),
    };
    const read = readConfig({ ...rest, ...secrets, TRAINYARD_RUNNERS_KUBERNETES: join(directory, 'runners.yaml') });
    expect(JSON.stringify(read)).toContain('http://ray-head.example.com:8265');
    expect(JSON.stringify(read)).toContain('https://mlflow.example.com');
  });

  test('gives its pods a token of Kubernetes only where the App reaches it from inside', async () => {
    const { template } = pod(await render({ ...REQUIRED, 'kubernetes.access': 'in-cluster' }));
    expect(template.spec.automountServiceAccountToken).toBe(true);
    const variables = template.spec.containers[0].env.filter(({ name }) => name === 'TRAINYARD_KUBECONFIG');
    expect(variables).toEqual([{ name: 'TRAINYARD_KUBECONFIG', value: 'in-cluster' }]);
  });

  test('takes the App’s id as the number that a file of values has, however large', async () => {
    const { 'github.appId': _, ...rest } = REQUIRED;
    const values = join(directory, 'values.yaml');
    await writeFile(values, 'github: { appId: 1234567 }\n');
    const rendered = await render(rest, ['--values', values]);
    expect(pod(rendered).template.spec.containers[0].env[0]).toEqual({ name: 'APP_ID', value: '1234567' });
  });

  test('runs as nobody in particular, who may change nothing', async () => {
    const { replicas, template } = pod(await render(REQUIRED));
    const { containers, ...spec } = template.spec;
    expect(replicas).toBeGreaterThan(1);
    expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
    expect(containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(containers[0].image).toBe('registry.example.com/trainyard:0.1.0');
  });
});

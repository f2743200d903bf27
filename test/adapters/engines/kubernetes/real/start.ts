import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Json } from '../../../../fakes/kubernetes/json.ts';
import { type Admin, adminOf } from './admin.ts';
import { startTrainer } from './trainer.ts';
import { until } from './until.ts';

/** A real Kubernetes without machines: API server, controllers, scheduler and etcd; kwok stands for nodes and serves logs. */
export interface RealCluster {
  readonly admin: Admin;
  /** The same hand with the App's rights alone. */
  readonly appAdmin: Admin;
  /** Of a kubeconfig with no more rights than deploy/kubernetes/engine.yaml gives. */
  readonly kubeconfig: string;
  readonly token: string;
  readonly port: number;
  /** Where logs are served from. */
  readonly kubeletPort: number;
  readonly directory: string;
  stop(): Promise<void>;
}

const HOME = process.env['TRAINYARD_KUBERNETES'] ?? join(homedir(), '.cache/trainyard/kubernetes');
const CONTROLLERS = [
  'job-controller',
  'namespace-controller',
  'garbage-collector-controller',
  'serviceaccount-controller',
  'resourcequota-controller',
  'node-lifecycle-controller',
  'pod-garbage-collector-controller',
  'taint-eviction-controller',
  'ttl-after-finished-controller',
  'disruption-controller',
];
const APP_TOKEN = 'token-of-the-app';

/** @param trainer whether Kubeflow Trainer and JobSet run in it */
export async function startCluster({ trainer = false }: { readonly trainer?: boolean } = {}): Promise<RealCluster> {
  const binary = (name: string): string => join(HOME, 'bin', name);
  if (!['kube-apiserver', 'kwok', 'trainer', 'jobset'].every((name) => existsSync(binary(name)))) {
    throw new Error(
      `expected a built Kubernetes in ${HOME}: run test/adapters/engines/kubernetes/real/build.sh (about fifteen minutes)`,
    );
  }
  const directory = await mkdtemp(join(tmpdir(), 'trainyard-kubernetes-'));
  const at = (name: string): string => join(directory, name);
  const [etcdPort = 0, peerPort = 0, port = 0, kubeletPort = 0, ...more] = await freePorts(8);
  const children: ChildProcess[] = [];
  const run = (name: string, program: string, args: readonly string[], others: Record<string, string> = {}): void => {
    const log = openSync(at(`${name}.log`), 'a');
    // Debian's etcd is too old for the way in which clients of late begin to watch.
    const env = { ...process.env, ...others, KUBE_FEATURE_WatchListClient: 'false' };
    children.push(spawn(program, args, { cwd: directory, stdio: ['ignore', log, log], env }));
    closeSync(log);
  };
  const stop = async (): Promise<void> => {
    for (const child of children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true });
  };
  try {
    execFileSync('openssl', ['genrsa', '-out', at('service-accounts.key'), '2048'], { stdio: 'ignore' });
    execFileSync(
      'openssl',
      [
        ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost'],
        ...['-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-keyout', at('tls.key'), '-out', at('tls.crt')],
      ],
      { stdio: 'ignore' },
    );
    await writeFile(at('tokens.csv'), `admin,admin,admin,"system:masters"\n${APP_TOKEN},app,app\n`);
    run('etcd', join(HOME, 'etcd/usr/bin/etcd'), [
      `--data-dir=${at('etcd')}`,
      `--listen-client-urls=http://127.0.0.1:${etcdPort}`,
      `--advertise-client-urls=http://127.0.0.1:${etcdPort}`,
      `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
      '--unsafe-no-fsync',
    ]);
    run('apiserver', binary('kube-apiserver'), [
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--tls-cert-file=${at('tls.crt')}`,
      `--tls-private-key-file=${at('tls.key')}`,
      '--service-account-issuer=https://kubernetes.test',
      `--service-account-key-file=${at('service-accounts.key')}`,
      `--service-account-signing-key-file=${at('service-accounts.key')}`,
      `--token-auth-file=${at('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
    ]);
    const admin = adminOf(port, 'admin');
    await until('the API server is ready', async () => (await admin.ask('GET', '/readyz')) === 'ok');
    await writeFile(at('admin.kubeconfig'), kubeconfigOf(port, 'admin', at('tls.crt')));
    await writeFile(at('app.kubeconfig'), kubeconfigOf(port, APP_TOKEN, at('tls.crt')));
    run('controllers', binary('kube-controller-manager'), [
      `--kubeconfig=${at('admin.kubeconfig')}`,
      `--service-account-private-key-file=${at('service-accounts.key')}`,
      '--leader-elect=false',
      '--secure-port=0',
      `--controllers=${CONTROLLERS.join(',')}`,
    ]);
    run('scheduler', binary('kube-scheduler'), [
      `--kubeconfig=${at('admin.kubeconfig')}`,
      '--leader-elect=false',
      '--secure-port=0',
    ]);
    await startKwok(run, binary('kwok'), admin, at, kubeletPort);
    await applyRights(admin);
    if (trainer) {
      const [first = 0, second = 0, third = 0, fourth = 0] = more;
      const isReady = await startTrainer({
        admin,
        run: (name, args, env) => run(name, binary(name), args, env),
        sources: join(HOME, 'src'),
        at,
        ports: [first, second, third, fourth],
      });
      await until('Trainer and JobSet are ready', isReady);
    }
    return {
      admin,
      appAdmin: adminOf(port, APP_TOKEN),
      kubeconfig: at('app.kubeconfig'),
      token: APP_TOKEN,
      port,
      kubeletPort,
      directory,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** kwok keeps the nodes alive and serves logs as a kubelet does, with the kubelet's own reader; pods are left to the test. */
async function startKwok(
  run: (name: string, program: string, args: readonly string[]) => void,
  program: string,
  admin: Admin,
  at: (name: string) => string,
  port: number,
): Promise<void> {
  const source = join(HOME, 'src/kwok/kustomize');
  const crd = parseAllDocuments(await readFile(join(source, 'crd/bases/kwok.x-k8s.io_logs.yaml'), 'utf8'));
  for (const document of crd) {
    await admin.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', document.toJSON());
  }
  const stages = await Promise.all(
    ['stage/node/fast/node-initialize.yaml', 'stage/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml'].map(
      (file) => readFile(join(source, file), 'utf8'),
    ),
  );
  await writeFile(at('kwok.yaml'), [...stages, NO_PODS].join('\n---\n'));
  await until(
    'the API knows of logs',
    async () => (await admin.ask('GET', '/apis/kwok.x-k8s.io/v1alpha1/logs', undefined, [404])).kind === 'LogsList',
  );
  run('kwok', program, [
    `--kubeconfig=${at('admin.kubeconfig')}`,
    `--config=${at('kwok.yaml')}`,
    '--manage-all-nodes=true',
    '--enable-crds=Logs',
    '--node-ip=127.0.0.1',
    `--node-port=${port}`,
    `--server-address=127.0.0.1:${port}`,
    `--tls-cert-file=${at('tls.crt')}`,
    `--tls-private-key-file=${at('tls.key')}`,
    '--node-lease-duration-seconds=40',
  ]);
}

const NO_PODS = `apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: { name: no-pods }
spec:
  resourceRef: { apiGroup: v1, kind: Pod }
  selector: { matchLabels: { of: nobody } }
  next: { delete: true }
`;

/** What a team applies, with the user of the token as the App's account. */
async function applyRights(admin: Admin): Promise<void> {
  const file = join(import.meta.dirname, '../../../../../deploy/kubernetes/engine.yaml');
  for (const document of parseAllDocuments(await readFile(file, 'utf8'))) {
    const manifest: Json = document.toJSON();
    if (manifest.kind === 'RoleBinding')
      manifest.subjects = [{ kind: 'User', name: 'app', apiGroup: 'rbac.authorization.k8s.io' }];
    const { namespace } = manifest.metadata;
    const path =
      manifest.kind === 'Namespace'
        ? '/api/v1/namespaces'
        : `/apis/${manifest.apiVersion}/namespaces/${namespace}/${manifest.kind.toLowerCase()}s`;
    await admin.ask('POST', path, manifest);
  }
}

function kubeconfigOf(port: number, token: string, ca: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server: `https://localhost:${port}`, 'certificate-authority': ca } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  });
}

/** Held at once, so that no two are the same. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    ports.push(typeof address === 'object' && address !== null ? address.port : 0);
  }
  for (const server of servers) {
    server.close();
    await once(server, 'close');
  }
  return ports;
}

import type { V1NetworkPolicy, V1Pod, V1Secret, V1Toleration } from '@kubernetes/client-node';
import { digestOf } from '../../../core/canonical.ts';
import type { RepositoryName, RunId } from '../../../core/names.ts';
import type { MachineOrder } from '../../../flows/ports.ts';
import { PortError } from '../../../flows/ports.ts';
import { METADATA } from '../../engines/kubernetes/options.ts';
import type { KubernetesRunnerOptions } from './options.ts';

export const LABEL = {
  managedBy: 'app.kubernetes.io/managed-by',
  component: 'app.kubernetes.io/component',
  run: 'trainyard.dev/run',
  /** A digest: a repository's name is no value of a label. Its name stands in the annotation. */
  repository: 'trainyard.dev/repository-digest',
  trust: 'trainyard.dev/trust',
} as const;
const REPOSITORY = 'trainyard.dev/repository';
const COMPONENT = 'runner';
const JIT_KEY = 'config';
const MANAGED = { [LABEL.managedBy]: 'trainyard', [LABEL.component]: COMPONENT };

/** Selects the pods of a repository, or of one of its runs. */
export function selectorOf(repository: RepositoryName, run: RunId | null): string {
  const labels = { ...MANAGED, [LABEL.repository]: repositoryLabel(repository) };
  const wanted = Object.entries(run === null ? labels : { ...labels, [LABEL.run]: run.toLowerCase() });
  return wanted.map(([key, value]) => `${key}=${value}`).join(',');
}

const repositoryLabel = (repository: RepositoryName): string => digestOf(repository).slice(0, 32);

const tagsOf = ({ run, repository, trust }: MachineOrder) => ({
  labels: {
    ...MANAGED,
    [LABEL.run]: run.toLowerCase(),
    [LABEL.repository]: repositoryLabel(repository),
    [LABEL.trust]: trust,
  },
  annotations: { [REPOSITORY]: repository },
});

/** The runner's config, for the pod of the same name alone: it goes when the pod goes, and before that once the pod has begun. */
export function secretManifest(order: MachineOrder, namespace: string, pod: { readonly uid: string }): V1Secret {
  const { name } = order;
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      ...{ name, namespace, ...tagsOf(order) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid: pod.uid }],
    },
    immutable: true,
    stringData: { [JIT_KEY]: order.jitConfig },
  };
}

/** The pod of one job. Its only secret is the runner's config. @throws PortError `malformed` for a GPU that the cluster has not */
export function podManifest(order: MachineOrder, options: KubernetesRunnerOptions): V1Pod {
  const { name } = order;
  const { gpu, gpus, spot, cpus = options.cpus, memory = options.memory } = order.resources;
  const place = gpu === undefined || gpus === 0 ? null : options.gpus[gpu];
  if (place === undefined)
    throw new PortError(
      'malformed',
      `expected a GPU type that the App's runners know (${Object.keys(options.gpus).join(', ') || 'none'}), got ${gpu}; whoever runs the App adds it to TRAINYARD_RUNNERS_KUBERNETES`,
    );
  const placement = place ?? options.cpu;
  const amounts = {
    cpu: String(cpus),
    memory: String(memory),
    'ephemeral-storage': String(options.disk),
    ...(place === null ? {} : { [place.resource]: String(gpus) }),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: options.namespace, ...tagsOf(order) },
    spec: {
      restartPolicy: 'Never',
      activeDeadlineSeconds: order.deadline,
      terminationGracePeriodSeconds: 30,
      // Neither the API server nor, by the NetworkPolicy, the machine's own identity is within reach of a job.
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: {
        ...{ runAsNonRoot: true, runAsUser: options.user, runAsGroup: options.user, fsGroup: options.user },
        seccompProfile: { type: 'RuntimeDefault' },
      },
      imagePullSecrets: options.image_pull_secrets.map((secret) => ({ name: secret })),
      nodeSelector: { ...placement.node_selector, ...(spot ? options.spot.node_selector : {}) },
      tolerations: [...placement.tolerations, ...(spot ? options.spot.tolerations : [])].map(toleration),
      containers: [
        {
          name: 'runner',
          image: options.image,
          command: ['/home/runner/run.sh'],
          // The runner takes it out of its environment before it starts a job.
          env: [
            {
              name: 'ACTIONS_RUNNER_INPUT_JITCONFIG',
              valueFrom: { secretKeyRef: { name, key: JIT_KEY } },
            },
          ],
          resources: { requests: amounts, limits: amounts },
          securityContext: { allowPrivilegeEscalation: false, privileged: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'work', mountPath: '/home/runner/_work' }],
        },
      ],
      volumes: [{ name: 'work', emptyDir: { sizeLimit: String(options.disk) } }],
    },
  };
}

function toleration({
  key,
  operator,
  value,
  effect,
}: KubernetesRunnerOptions['cpu']['tolerations'][number]): V1Toleration {
  return {
    operator,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(effect === undefined ? {} : { effect }),
  };
}

/** Holds for every pod of ours in the namespace: nothing comes in, and out goes all but link-local and blocked addresses. */
export function networkPolicyManifest({ namespace, blocked }: KubernetesRunnerOptions): V1NetworkPolicy {
  const v6 = (cidr: string): boolean => cidr.includes(':');
  const to = [
    { ipBlock: { cidr: '0.0.0.0/0', except: [...METADATA.v4, ...blocked.filter((cidr) => !v6(cidr))] } },
    { ipBlock: { cidr: '::/0', except: [...METADATA.v6, ...blocked.filter(v6)] } },
  ];
  const names = {
    ports: ['UDP', 'TCP'].map((protocol) => ({ protocol, port: 53 })),
    to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `trainyard-runner-${digestOf(to).slice(0, 12)}`, namespace, labels: MANAGED },
    spec: {
      podSelector: { matchLabels: MANAGED },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [names, { to }],
    },
  };
}

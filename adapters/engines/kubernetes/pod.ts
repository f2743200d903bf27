import { posix } from 'node:path';
import type {
  V1Container,
  V1EnvVar,
  V1PodSpec,
  V1ResourceRequirements,
  V1SecurityContext,
  V1Toleration,
} from '@kubernetes/client-node';
import type { ParamValue } from '../../../core/config/params.ts';
import { machinesOf } from '../../../core/policy/machines.ts';
import { PortError, type Submission } from '../../../flows/ports.ts';
import { literal } from './escape.ts';
import { LAUNCHER } from './launcher.ts';
import { ADDRESS_KEYS, ADDRESSES, CONTAINER, childJobName, LABEL, NODE, SHARED, secretName } from './names.ts';
import type { KubernetesOptions, Toleration } from './options.ts';

/** Seconds between SIGTERM and the command's SIGKILL, and what the collector then has for a last checkpoint. */
const GRACE = 60;
const LAST_SAVE = 60;
/** Seconds for images, inputs and packages, which do not count against the model's timeout. */
export const SETUP_SECONDS = 3600;
/** Seconds for the output's way to the store. */
const COLLECT_SECONDS = 3600;

/** What confines every container of ours: no privilege, and what Kubernetes' "restricted" profile asks for. */
const CONFINED: V1SecurityContext = {
  allowPrivilegeEscalation: false,
  privileged: false,
  capabilities: { drop: ['ALL'] },
};

/** Requests and limits of our own containers are equal, so that the pod is the last to be evicted. */
const OURS: V1ResourceRequirements = {
  requests: { cpu: '500m', memory: '512Mi' },
  limits: { cpu: '500m', memory: '512Mi' },
};

/** Where the parts of a run lie in the volume that its containers share. */
export function placesIn(base: string) {
  return {
    tree: posix.join(base, 'tree'),
    output: posix.join(base, 'output'),
    checkpoint: posix.join(base, 'checkpoint'),
    metrics: posix.join(base, 'metrics.jsonl'),
    params: posix.join(base, 'params.json'),
    home: posix.join(base, 'home'),
    temporary: posix.join(base, 'tmp'),
    state: posix.join(base, 'state'),
  };
}
export type Places = ReturnType<typeof placesIn>;

/** The pod of one execution: inputs first, then the command, and the collector beside it. Pure. @throws PortError `malformed` */
export function podSpec(submission: Submission, options: KubernetesOptions): V1PodSpec {
  const { order, execution } = submission;
  const place = placementOf(submission, options);
  const bytes = order.request.resources.memory ?? options.memory;
  return {
    restartPolicy: 'Never',
    // Of the pod, from when it has its machine; the command's own timeout is shorter.
    activeDeadlineSeconds: order.timeout + SETUP_SECONDS + COLLECT_SECONDS,
    terminationGracePeriodSeconds: GRACE + LAST_SAVE,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    hostNetwork: false,
    hostPID: false,
    hostIPC: false,
    shareProcessNamespace: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: options.user,
      runAsGroup: options.user,
      fsGroup: options.user,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...(options.image_pull_secrets.length === 0
      ? {}
      : { imagePullSecrets: options.image_pull_secrets.map((name) => ({ name })) }),
    nodeSelector: place.nodeSelector,
    tolerations: place.tolerations,
    ...(place.priorityClass === undefined ? {} : { priorityClassName: place.priorityClass }),
    initContainers: [
      ours('inputs', submission, options),
      { ...ours('collector', submission, options), restartPolicy: 'Always' },
    ],
    containers: [trainContainer(submission, options)],
    volumes: [
      { name: 'shared', emptyDir: { sizeLimit: String(options.disk) } },
      { name: 'scratch', emptyDir: { sizeLimit: String(options.disk) } },
      // Data loaders hand batches over in it; its pages count against the container's memory.
      { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: String(Math.floor(bytes / 2)) } },
      ...(['inputs', 'collector'] as const).map((name) => ({
        name: `addresses-${name}`,
        secret: {
          secretName: secretName(execution),
          defaultMode: 0o440,
          items: [{ key: ADDRESS_KEYS[name], path: ADDRESS_KEYS[name] }],
        },
      })),
    ],
  };
}

function ours(name: 'inputs' | 'collector', submission: Submission, options: KubernetesOptions): V1Container {
  return {
    name: CONTAINER[name],
    image: options.agent,
    command: ['node', '/trainyard/adapters/engines/kubernetes/pod/main.ts', name],
    workingDir: '/trainyard',
    env: [
      { name: 'TRAINYARD_ADDRESSES', value: `${ADDRESSES}/${ADDRESS_KEYS[name]}` },
      { name: 'TRAINYARD_BASE', value: SHARED },
      { name: 'TRAINYARD_SCRATCH', value: '/scratch' },
      ...(isOnSeveral(submission) ? [OWN_NUMBER] : []),
    ],
    resources: OURS,
    securityContext: { ...CONFINED, readOnlyRootFilesystem: true },
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'shared', mountPath: SHARED },
      { name: 'scratch', mountPath: '/scratch' },
      { name: `addresses-${name}`, mountPath: ADDRESSES, readOnly: true },
    ],
  };
}

/** The user's image: nothing of ours in it but the launcher, no address, no token. */
function trainContainer(submission: Submission, options: KubernetesOptions): V1Container {
  const { order } = submission;
  return {
    name: commandContainer(submission),
    image: order.request.image ?? options.image,
    command: ['/bin/sh', '-c', literal(LAUNCHER), 'trainyard', literal(order.command)],
    workingDir: placesIn(SHARED).tree,
    env: [
      ...Object.entries(trainingVariables(submission, options, placesIn(SHARED))).map(([name, value]) => ({
        name,
        value: literal(value),
      })),
      ...meeting(submission),
    ],
    resources: commandResources(submission, options),
    securityContext: CONFINED,
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'shared', mountPath: SHARED },
      { name: 'memory', mountPath: '/dev/shm' },
    ],
  };
}

function isOnSeveral({ order }: Submission): boolean {
  return machinesOf(order.request.resources) > 1;
}

export function commandContainer(submission: Submission): string {
  return isOnSeveral(submission) ? NODE : CONTAINER.train;
}

/** Of each machine. @throws PortError `malformed` for a GPU type that policy does not know */
export function commandResources(submission: Submission, options: KubernetesOptions) {
  const { gpus, cpus = options.cpus, memory = options.memory } = submission.order.request.resources;
  const { gpuResource } = placementOf(submission, options);
  const amounts = {
    cpu: String(cpus),
    memory: String(memory),
    ...(gpuResource === null ? {} : { [gpuResource]: String(gpus) }),
  };
  return { requests: amounts, limits: amounts };
}

/** Which of several machines it is, from 0. */
const OWN_NUMBER: V1EnvVar = {
  name: 'TRAINYARD_NODE',
  valueFrom: { fieldRef: { fieldPath: `metadata.labels['${LABEL.index}']` } },
};
/** torchrun's own default. */
const MEETING_PORT = '29400';

/** How several machines find each other: by our own names, and by those that torchrun takes its arguments from. */
function meeting(submission: Submission): V1EnvVar[] {
  if (!isOnSeveral(submission)) return [];
  const { gpus, nodes } = submission.order.request.resources;
  const first = `${childJobName(submission.execution)}-0.${submission.execution}`;
  return [
    OWN_NUMBER,
    { name: 'TRAINYARD_NODES', value: String(nodes) },
    { name: 'TRAINYARD_FIRST_NODE', value: first },
    { name: 'PET_NNODES', value: String(nodes) },
    { ...OWN_NUMBER, name: 'PET_NODE_RANK' },
    { name: 'PET_NPROC_PER_NODE', value: String(Math.max(1, gpus)) },
    { name: 'PET_MASTER_ADDR', value: first },
    { name: 'PET_MASTER_PORT', value: MEETING_PORT },
  ];
}

/** The training contract's variables (DESIGN section 8) and, for the launcher, its own. */
export function trainingVariables(
  { run, order }: Pick<Submission, 'run' | 'order'>,
  options: Pick<KubernetesOptions, 'environment'>,
  places: Places,
): Record<string, string> {
  const params = Object.entries<ParamValue>(order.request.params).map(([name, value]) => [
    `TRAINYARD_PARAM_${name.toUpperCase()}`,
    String(value),
  ]);
  const data = Object.entries<{ readonly path: string }>(order.data).map(([name, { path }]) => [
    `TRAINYARD_DATA_${name.toUpperCase()}`,
    posix.join(places.tree, path),
  ]);
  return {
    LANG: 'C.UTF-8',
    ...options.environment,
    ...Object.fromEntries(params),
    ...Object.fromEntries(data),
    HOME: places.home,
    TMPDIR: places.temporary,
    TRAINYARD_RUN_ID: run,
    TRAINYARD_PARAMS: places.params,
    TRAINYARD_OUTPUT: places.output,
    TRAINYARD_CHECKPOINT: places.checkpoint,
    TRAINYARD_METRICS: places.metrics,
    TRAINYARD_SEED: String(order.request.seed),
    TRAINYARD_STATE: places.state,
    TRAINYARD_LOCK: order.setup === null ? '' : posix.join(places.tree, order.setup),
    TRAINYARD_LIMIT: String(order.timeout),
    TRAINYARD_GRACE: String(GRACE),
    TRAINYARD_COLLECT: String(COLLECT_SECONDS),
  };
}

interface PodPlacement {
  readonly gpuResource: string | null;
  readonly nodeSelector: Record<string, string>;
  readonly tolerations: V1Toleration[];
  readonly priorityClass: string | undefined;
}

function placementOf({ order }: Submission, options: KubernetesOptions): PodPlacement {
  const { gpu, gpus, spot } = order.request.resources;
  const chosen = gpus === 0 ? { ...options.cpu, resource: null } : gpuPlacement(gpu, options);
  const also = spot ? options.spot : null;
  return {
    gpuResource: chosen.resource,
    nodeSelector: { ...chosen.node_selector, ...also?.node_selector },
    tolerations: [...chosen.tolerations, ...(also?.tolerations ?? [])].map(toleration),
    priorityClass: also?.priority_class ?? chosen.priority_class,
  };
}

/** Without the keys that are not set. */
function toleration({ key, operator, value, effect }: Toleration): V1Toleration {
  return {
    operator,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(effect === undefined ? {} : { effect }),
  };
}

function gpuPlacement(gpu: string | undefined, { gpus }: KubernetesOptions) {
  const known = Object.keys(gpus).sort();
  // Without a type any will do where there is one kind only; else the team has to say which it pays for.
  const type = gpu ?? (known.length === 1 ? known[0] : undefined);
  const placement = type === undefined || !Object.hasOwn(gpus, type) ? undefined : gpus[type];
  if (placement !== undefined) return placement;
  const has = known.length === 0 ? 'names none' : `has ${known.join(', ')}`;
  throw new PortError(
    'malformed',
    `resources.gpu: policy.engine_options.kubernetes.gpus ${has}, found ${gpu ?? 'no type'}; ask for one of these or add it`,
  );
}

import { BlockList } from 'node:net';
import { z } from 'zod';
import { Duration, MemorySize } from '../../../core/config/quantities.ts';

/** What Kubernetes calls a DNS label (RFC 1123). */
const DnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a name of lower-case letters, digits and inner hyphens');
const DnsName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'a name of lower-case letters, digits, and inner hyphens and dots');
const QualifiedName = z
  .string()
  .max(317)
  .regex(
    /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/,
    'a key such as example.com/name',
  );
const LabelValue = z.string().regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'the value of a label');

/** A reference to an image; with a digest, nobody can move it. */
export const ImageReference = z
  .string()
  .max(500)
  .regex(/^[a-z0-9][A-Za-z0-9._:/-]*(@sha256:[0-9a-f]{64})?$/, 'an image such as registry.example.com/python:3.12');

/** Clouds hand out a machine's own credentials at link-local addresses; some also at an address of their own in IPv6. */
export const METADATA = {
  v4: ['169.254.0.0/16'],
  v6: ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
} as const;
const METADATA_HOSTS = ['169.254.169.254', '169.254.170.2', 'fe80::1', 'fd00:ec2::254', 'fd20:ce::254'];

const Cidr = z.union([z.cidrv4(), z.cidrv6()]);
const Network = Cidr.refine((cidr) => !cidr.endsWith('/0'), 'a network smaller than everything');
const NetworkWithoutMetadata = Cidr.refine(
  (cidr) => !METADATA_HOSTS.some((host) => isWithin(host, cidr)),
  'a network without the addresses at which clouds hand out credentials (169.254.0.0/16, fe80::/10, fd00:ec2::254, fd20:ce::254)',
);

function isWithin(host: string, cidr: string): boolean {
  const [network = '', prefix = ''] = cidr.split('/');
  const family = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4');
  if (family(host) !== family(network)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family(network));
  return list.check(host, family(host));
}
const NodeSelector = z.record(QualifiedName, LabelValue);
const Toleration = z.strictObject({
  key: QualifiedName.optional(),
  operator: z.enum(['Exists', 'Equal']).default('Exists'),
  value: LabelValue.optional(),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
});
export type Toleration = z.infer<typeof Toleration>;

const Placement = z.strictObject({
  node_selector: NodeSelector.default({}),
  tolerations: z.array(Toleration).max(16).default([]),
  priority_class: DnsName.optional(),
});

/**
 * `policy.engine_options.kubernetes` (docs/engines-kubernetes.md): policy, so read from the default branch. The cluster
 * and its credentials are the App's own.
 */
export const KubernetesOptions = z.strictObject({
  /** Where runs are. Its annotation `trainyard.dev/repositories` has to allow the repository. */
  namespace: DnsLabel,
  /** Trains where the request names no other: holds `bash`, and Python 3 with pip for models with a `setup`. */
  image: ImageReference,
  /** Ours (deploy/Dockerfile): brings the inputs, and takes metrics, checkpoints and output away. */
  agent: ImageReference,
  image_pull_secrets: z.array(DnsName).max(8).default([]),
  /** By the GPU type of the config; a type that is not here can't be asked for. */
  gpus: z
    .record(
      z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'a GPU type such as a100'),
      Placement.extend({ resource: QualifiedName.default('nvidia.com/gpu') }),
    )
    .default({}),
  /** For runs without a GPU. */
  cpu: Placement.default({ node_selector: {}, tolerations: [] }),
  /** Besides, for runs that ask for spot machines. */
  spot: Placement.default({ node_selector: {}, tolerations: [] }),
  /** Kueue's LocalQueue; runs then wait until Kueue admits them. */
  queue: DnsLabel.optional(),
  /** What a run gets that asks for no other. */
  cpus: z.int().min(1).max(1024).default(2),
  memory: MemorySize.default(MemorySize.parse('8GiB')),
  /** Inputs, packages, checkpoints and output of one run. */
  disk: MemorySize.default(MemorySize.parse('64GiB')),
  /** For the training container: where packages come from, say (`PIP_INDEX_URL`). No secret: pull requests read it. */
  environment: z
    .record(
      z.string().regex(/^(?!TRAINYARD_)[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'a variable, not TRAINYARD_*'),
      z.string().max(2000),
    )
    .default({}),
  /** Where `network: locked` lets a run go: store, ingest and package index, as `NetworkPolicy` can say it. */
  egress: z.array(NetworkWithoutMetadata).max(32).default([]),
  /** Where `network: open` does not: the cluster's own networks, say. Link-local addresses never are reached. */
  blocked: z.array(Network).max(32).default([]),
  /** The user id of everything in the pod. */
  user: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(1000),
  /** How long a run may wait for a machine. */
  wait: Duration.default(Duration.parse('24h')),
  /** How long the cluster keeps what has ended. */
  keep: Duration.default(Duration.parse('24h')),
});
export type KubernetesOptions = z.infer<typeof KubernetesOptions>;

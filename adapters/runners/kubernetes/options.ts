import { z } from 'zod';
import { MemorySize } from '../../../core/config/quantities.ts';
import { ImageReference } from '../../engines/kubernetes/options.ts';

const DnsLabel = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, 'a name of lower-case letters, digits and inner hyphens');
const Key = z
  .string()
  .max(317)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9./_-]*[A-Za-z0-9])?$/, 'a key such as example.com/name');
const Value = z
  .string()
  .max(63)
  .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)?$/, 'the value of a label');

const Placement = z.strictObject({
  node_selector: z.record(Key, Value).default({}),
  tolerations: z
    .array(
      z.strictObject({
        key: Key.optional(),
        operator: z.enum(['Exists', 'Equal']).default('Exists'),
        value: Value.optional(),
        effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).optional(),
      }),
    )
    .max(16)
    .default([]),
});

/** The file that TRAINYARD_RUNNERS_KUBERNETES names (docs/runners.md): whoever runs the App says where its pods go. */
export const KubernetesRunnerOptions = z.strictObject({
  namespace: DnsLabel,
  /** Holds GitHub's runner with /home/runner/run.sh, such as ghcr.io/actions/actions-runner. */
  image: ImageReference,
  image_pull_secrets: z.array(DnsLabel).max(8).default([]),
  /** By the GPU type of policy; a type that is not here can't be made. */
  gpus: z.record(z.string().max(32), Placement.extend({ resource: Key.default('nvidia.com/gpu') })).default({}),
  /** For runs without a GPU. */
  cpu: Placement.prefault({}),
  /** Besides, for runs that ask for spot machines. */
  spot: Placement.prefault({}),
  /** What a run gets that asks for no other. */
  cpus: z.int().min(1).max(1024).default(2),
  memory: MemorySize.default(MemorySize.parse('8GiB')),
  disk: MemorySize.default(MemorySize.parse('64GiB')),
  /** Networks that a pod can't reach, besides link-local addresses and with them the cloud's metadata: the cluster's own, say. */
  blocked: z
    .array(z.union([z.cidrv4(), z.cidrv6()]))
    .max(32)
    .default([]),
  /** Of everything in the pod; the runner's own image has 1001. */
  user: z.int().min(1).max(2_147_483_647).default(1001),
});
export type KubernetesRunnerOptions = z.infer<typeof KubernetesRunnerOptions>;

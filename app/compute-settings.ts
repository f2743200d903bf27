import { z } from 'zod';
import type { ComputeSettings } from '../adapters/engines/compute.ts';

const Address = z.url({ protocol: /^https?$/, error: 'an http:// or https:// address' });

/** Clusters and the store that the App may use (docs/engines.md). Each is optional, and policy chooses among what is set. */
export const COMPUTE_SETTINGS = {
  TRAINYARD_STORE_BUCKETS: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]*(\s*,\s*[a-z0-9][a-z0-9.-]*)*$/, 'names of buckets with commas between them')
    .optional(),
  TRAINYARD_STORE_ENDPOINT: Address.optional(),
  TRAINYARD_STORE_ACCESS_KEY_ID: z.string().optional(),
  TRAINYARD_STORE_SECRET_ACCESS_KEY: z.string().optional(),
  TRAINYARD_KUBECONFIG: z.string('the path of a kubeconfig, or in-cluster').optional(),
  TRAINYARD_KUBE_CONTEXT: z.string().optional(),
  TRAINYARD_RAY_ADDRESS: Address.optional(),
  TRAINYARD_RAY_TOKEN: z.string().optional(),
} as const;

const Settings = z.object(COMPUTE_SETTINGS);

/** @param problems gets a line for each that does not go with the others */
export function computeSettings(settings: z.infer<typeof Settings>, problems: string[]): ComputeSettings {
  const { TRAINYARD_KUBECONFIG: kubeconfig, TRAINYARD_RAY_ADDRESS: ray } = settings;
  return {
    engines: {
      kubernetes:
        kubeconfig === undefined
          ? null
          : {
              kubeconfig: kubeconfig === 'in-cluster' ? null : kubeconfig,
              context: settings.TRAINYARD_KUBE_CONTEXT ?? null,
            },
      ray: ray === undefined ? null : { address: ray, token: settings.TRAINYARD_RAY_TOKEN ?? null },
    },
    store: storeAccess(settings, problems),
  };
}

function storeAccess(settings: z.infer<typeof Settings>, problems: string[]): ComputeSettings['store'] {
  const { TRAINYARD_STORE_ACCESS_KEY_ID: id, TRAINYARD_STORE_SECRET_ACCESS_KEY: secret } = settings;
  if ((id === undefined) !== (secret === undefined)) {
    const [has, needs] =
      id === undefined ? ['SECRET_ACCESS_KEY', 'ACCESS_KEY_ID'] : ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'];
    problems.push(`TRAINYARD_STORE_${needs}: expected it beside TRAINYARD_STORE_${has}, found nothing`);
  }
  const buckets = settings.TRAINYARD_STORE_BUCKETS?.split(',').map((name) => name.trim());
  if (buckets === undefined) return null;
  return {
    buckets,
    endpoint: settings.TRAINYARD_STORE_ENDPOINT ?? null,
    credentials: id === undefined || secret === undefined ? null : { accessKeyId: id, secretAccessKey: secret },
  };
}

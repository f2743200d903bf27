import { z } from 'zod';

/** What a GPU of a name in the config is to Ray. */
const GpuKind = z.strictObject({
  /** Custom resources to ask for beside GPUs, as `accelerator_type:A100: 0.001`. */
  resources: z.record(z.string().max(100), z.number().positive()).default({}),
  /** Labels that the machine must have, as `ray.io/accelerator-type: A100`. */
  labels: z.record(z.string().max(100), z.string().max(100)).default({}),
});

/** `policy.engine_options.ray`. It comes from the default branch alone. */
export const RayOptions = z.strictObject({
  /** Of the head's dashboard, which serves the Jobs REST API. The only address that is ever asked. */
  address: z.url({ protocol: /^https?$/ }).refine((url) => {
    if (!URL.canParse(url)) return true;
    const { username, password, search, hash } = new URL(url);
    return username + password + search + hash === '';
  }, 'an address without user, password, query or fragment'),
  /** What the machines have that `resources.gpu` names; others are asked for as Ray names them itself. */
  gpus: z.record(z.string().max(32), GpuKind).default({}),
  /** `autoscaled`: more of what is there now is waited for. `fixed`: what no machine has now is refused at once. */
  machines: z.enum(['fixed', 'autoscaled']).default('autoscaled'),
  /**
   * Who reserves the resources: `command` for itself, or its own Ray tasks and actors (`workers`: Ray Train, Ray Tune),
   * where the command takes one CPU.
   */
  reserve: z.enum(['command', 'workers']).default('command'),
});
export type RayOptions = z.infer<typeof RayOptions>;

/** What the App knows beside policy. */
export interface RayCredentials {
  /** Of a cluster with `RAY_AUTH_MODE=token` (Ray 2.52 and later); null where it asks for none. */
  readonly token: string | null;
}

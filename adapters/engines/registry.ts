import { z } from 'zod';
import type { ComputeEngineName } from '../../core/config/training.ts';
import { type ComputeEngine, PortError } from '../../flows/ports.ts';
import { type ClusterCredentials, openCluster } from './kubernetes/cluster.ts';
import { kubernetesEngine } from './kubernetes/engine.ts';
import { KubernetesOptions } from './kubernetes/options.ts';
import { rayEngine } from './ray/engine.ts';
import { RayOptions } from './ray/options.ts';
import { type RunnerOptions, runnerEngine } from './runner/engine.ts';

/** Engines that are a workflow job. */
export const ENGINES = { runner: (options: RunnerOptions) => runnerEngine(options) };

/** What the App holds of each cluster, from its environment; null where it was given none. */
export interface EngineCredentials {
  readonly kubernetes: ClusterCredentials | null;
  readonly ray: RayCluster | null;
}

export interface RayCluster {
  /** `http(s)://host:port` of the dashboard, where the Jobs API is. */
  readonly address: string;
  readonly token: string | null;
}

export interface EngineOpening {
  /** `policy.engine_options.<name>`, as it stands there. */
  readonly given: unknown;
  readonly credentials: EngineCredentials;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Compute engines by their name in the config: one folder and one line each (docs/engines.md). */
export const COMPUTE_ENGINES: Readonly<Record<ComputeEngineName, Open>> = {
  kubernetes: async ({ given, credentials, clock }) =>
    kubernetesEngine({
      options: optionsOf('kubernetes', KubernetesOptions, given),
      cluster: await openCluster(held('TRAINYARD_KUBECONFIG', credentials.kubernetes)),
      clock,
    }),
  ray: async ({ given, credentials }) => {
    const options = optionsOf('ray', RayOptions, given);
    const { address, token } = held('TRAINYARD_RAY_ADDRESS', credentials.ray);
    if (!sameAddress(options.address, address))
      throw new PortError(
        'forbidden',
        `policy.engine_options.ray.address is ${options.address}, and the App’s TRAINYARD_RAY_ADDRESS is another: its token goes nowhere else`,
      );
    return rayEngine(options, { token });
  },
};
type Open = (opening: EngineOpening) => Promise<ComputeEngine>;

/** @throws PortError `malformed`, naming every option that is not as expected */
function optionsOf<T>(name: ComputeEngineName, schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new PortError(
    'malformed',
    `policy.engine_options.${name} is not as expected: ${z.prettifyError(parsed.error)}`,
  );
}

function held<T>(setting: string, credentials: T | null): T {
  if (credentials !== null) return credentials;
  throw new PortError('forbidden', `the App was given no such cluster: expected ${setting} in its environment`);
}

/** Whether two settings name the same address, however they write it; null is none. */
export function sameAddress(a: string | null, b: string | null): boolean {
  const plain = (address: string): string => new URL(address).href.replace(/\/+$/, '');
  return a === null || b === null ? a === b : plain(a) === plain(b);
}

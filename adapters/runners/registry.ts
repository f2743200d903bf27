import type { ProviderName } from '../../core/runners/names.ts';
import type { RunnerProvider } from '../../flows/ports.ts';
import { type ClusterCredentials, openCluster } from '../engines/kubernetes/cluster.ts';
import type { KubernetesRunnerOptions } from './kubernetes/options.ts';
import { kubernetesProvider } from './kubernetes/provider.ts';
import { localProvider } from './local/provider.ts';

/** What whoever runs the App has set up; null: not set up. */
export interface RunnerSettings {
  /** The folder of a runner, which holds `run.sh`. */
  readonly local: string | null;
  readonly kubernetes: { readonly options: KubernetesRunnerOptions; readonly credentials: ClusterCredentials } | null;
}

export interface ProviderContext {
  readonly settings: RunnerSettings;
  /** The API's address. */
  readonly githubUrl: string;
  /** Where the machines of this computer are written down. */
  readonly directory: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** By name; each answers null where it is not set up. A new provider is one folder and one line here. */
export const PROVIDERS: Readonly<Record<ProviderName, (context: ProviderContext) => RunnerProvider | null>> = {
  kubernetes: ({ settings: { kubernetes }, clock }) =>
    kubernetes === null
      ? null
      : kubernetesProvider({
          cluster: () => openCluster(kubernetes.credentials),
          options: kubernetes.options,
          clock,
        }),
  local: ({ settings: { local }, githubUrl, directory, clock, environment }) =>
    local === null ? null : localProvider({ githubUrl, runner: local, directory, now: clock, environment }),
};

/** Those that are set up. @throws PortError where one is set up wrongly */
export function openProviders(context: ProviderContext): ReadonlyMap<ProviderName, RunnerProvider> {
  const names = Object.keys(PROVIDERS) as ProviderName[]; // the keys of a record of exactly these
  return new Map(
    names.flatMap((name) => {
      const provider = PROVIDERS[name](context);
      return provider === null ? [] : [[name, provider] as const];
    }),
  );
}

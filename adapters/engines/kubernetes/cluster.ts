import type { KubeConfig } from '@kubernetes/client-node';
import { PortError } from '../../../flows/ports.ts';

/** How to reach an API server, with what proves who we are; made anew for each request, since tokens expire. */
export interface Cluster {
  readonly server: URL;
  /** Sets CA, client certificate, headers and agent for `node:https`. */
  authenticate(options: Parameters<KubeConfig['applyToHTTPSOptions']>[0]): Promise<void>;
}

/** Where the App finds its cluster: a kubeconfig file and one of its contexts, or the service account of its own pod. */
export interface ClusterCredentials {
  readonly kubeconfig: string | null;
  readonly context: string | null;
}

/**
 * Opens what the kubeconfig names. The client library is loaded only now: it takes 0.5 s and 70 MB.
 * @throws PortError `forbidden` where there are no credentials
 */
export async function openCluster({ kubeconfig, context }: ClusterCredentials): Promise<Cluster> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (kubeconfig === null) config.loadFromCluster();
    else config.loadFromFile(kubeconfig);
    if (context !== null) config.setCurrentContext(context);
  } catch (cause) {
    throw new PortError('forbidden', `kubernetes: the kubeconfig ${kubeconfig ?? ''} can't be read`, { cause });
  }
  return clusterOf(config);
}

export function clusterOf(config: KubeConfig): Cluster {
  const found = config.getCurrentCluster();
  const server = URL.parse(found?.server ?? '');
  if (server === null) {
    throw new PortError(
      'forbidden',
      'kubernetes: expected a cluster with a server in the current context of the kubeconfig, found none',
    );
  }
  if (server.protocol !== 'https:' && !(server.protocol === 'http:' && isLoopback(server.hostname))) {
    throw new PortError(
      'forbidden',
      `kubernetes: expected the API server at https://, found ${server.protocol}//${server.host}`,
    );
  }
  return { server, authenticate: (options) => config.applyToHTTPSOptions(options) };
}

function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '[::1]' || host === 'localhost';
}

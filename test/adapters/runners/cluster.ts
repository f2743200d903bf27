import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { KubeConfig } from '@kubernetes/client-node';
import { type Cluster, clusterOf } from '../../../adapters/engines/kubernetes/cluster.ts';

// biome-ignore lint/suspicious/noExplicitAny: what the API server keeps is looked at here and there, in tests alone
type Json = any;

/**
 * What an API server does with pods, Secrets and policies as far as runners need it, and what a kubelet then says of pods:
 * a pod whose Secret is there runs until it is told to end, is lost, or its deadline has passed.
 */
export interface FakeCluster {
  readonly cluster: Cluster;
  readonly objects: ReadonlyMap<string, Json>;
  /** What a pod's container was started with, by its name. */
  readonly started: ReadonlyMap<string, string>;
  end(name: string, phase: 'Succeeded' | 'Failed', reason?: string): void;
  close(): Promise<void>;
}

export async function startFakeCluster(): Promise<FakeCluster> {
  const objects = new Map<string, Json>();
  const started = new Map<string, string>();
  const end = (path: string, phase: string, reason?: string): void => {
    const pod = objects.get(path);
    if (pod !== undefined) pod.status = { phase, ...(reason === undefined ? {} : { reason }) };
  };
  const tend = (): void => {
    for (const [path, pod] of objects) {
      if (pod.kind !== 'Pod') continue;
      if (pod.metadata.deletionTimestamp !== undefined) {
        objects.delete(path);
        for (const [other, { metadata }] of objects)
          if (metadata.ownerReferences?.some(({ uid }: Json) => uid === pod.metadata.uid)) objects.delete(other);
        continue;
      }
      const [{ env }] = pod.spec.containers;
      const { name, key } = env[0].valueFrom.secretKeyRef;
      const secret = objects.get(path.replace(/\/pods\/.*$/, `/secrets/${name}`));
      if (pod.status.phase === 'Pending' && secret !== undefined) {
        started.set(pod.metadata.name, secret.stringData[key]);
        pod.status = { phase: 'Running' };
      }
      const age = (Date.now() - Date.parse(pod.metadata.creationTimestamp)) / 1000;
      if (age > pod.spec.activeDeadlineSeconds && pod.status.phase === 'Running')
        end(path, 'Failed', 'DeadlineExceeded');
    }
  };
  const server = createServer((message, response) => void answer(objects, message, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const timer = setInterval(tend, 20);
  const address = server.address();
  const config = new KubeConfig();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  config.loadFromClusterAndUser({ name: 'c', server: url, skipTLSVerify: true }, { name: 'u', token: 'of the App' });
  return {
    cluster: clusterOf(config),
    objects,
    started,
    end(name, phase, reason) {
      for (const path of objects.keys()) if (path.endsWith(`/pods/${name}`)) end(path, phase, reason);
    },
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(objects: Map<string, Json>, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  const say = (status: number, body: unknown): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://127.0.0.1');
  const known = objects.get(pathname);
  switch (message.method) {
    case 'POST': {
      const made = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      const path = `${pathname}/${made.metadata.name}`;
      if (objects.has(path)) return say(409, { reason: 'AlreadyExists' });
      const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
      made.metadata = { ...made.metadata, uid: `uid of ${path}`, creationTimestamp };
      if (made.kind === 'Pod') made.status = { phase: 'Pending' };
      objects.set(path, made);
      return say(201, made);
    }
    case 'DELETE':
      if (known === undefined) return say(404, { reason: 'NotFound' });
      if (known.kind === 'Pod') known.metadata.deletionTimestamp = new Date().toISOString();
      else objects.delete(pathname);
      return say(200, known);
    case 'GET': {
      if (known !== undefined) return say(200, known);
      if (!pathname.endsWith('/pods')) return say(404, { reason: 'NotFound' });
      const wanted = (searchParams.get('labelSelector') ?? '').split(',').map((part) => part.split('='));
      const items = [...objects]
        .filter(([path]) => path.startsWith(`${pathname}/`))
        .map(([, object]) => object)
        .filter(({ metadata }) => wanted.every(([key = '', value]) => metadata.labels[key] === value));
      return say(200, { items, metadata: {} });
    }
    default:
      return say(405, { reason: 'MethodNotAllowed' });
  }
}

import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { NAMESPACE_MANIFEST, requireRight } from './access.ts';
import { type Description, type Route, readDescription } from './description.ts';
import { collectGarbage } from './garbage.ts';
import { tendJobs } from './job-controller.ts';
import type { Json } from './json.ts';
import { logText } from './log.ts';
import { Objects, Refusal } from './objects.ts';
import { disruption, schedule } from './scheduler.ts';
import { tendTrainJobs } from './trainer.ts';

/**
 * An API server that starts at once, for everyday tests: what our engine asks of one and nothing more. Requests and answers
 * are judged by Kubernetes' own description; what it does not know answers 501. Rights are those of
 * deploy/kubernetes/engine.yaml. Its controllers follow the rules of the real ones in what our engine can see: names and
 * conditions, the grace of deletions, finalizers and owners, pod failure policies, quota. It has no watches (nothing of ours
 * asks for one), no server-side apply, no admission by Pod Security, no history. The same suite runs against the real
 * programs in test/adapters/engines/kubernetes/engine.long.test.ts, and `likeness.long.test.ts` compares the two answer by
 * answer.
 */
export interface FakeKubernetes {
  readonly url: string;
  readonly objects: Objects;
  /** By which kind of pod's name: `time stream tag text` lines, as a container runtime writes them. */
  readonly logs: Map<string, Buffer>;
  /** Answers that broke the description; a test that leaves some here has failed. */
  readonly broken: string[];
  /** Does what an administrator may. @throws Error for any status of 400 and more but those that are allowed */
  ask(method: string, path: string, body?: unknown, allowed?: readonly number[]): Promise<Json>;
  close(): Promise<void>;
}

export const APP_TOKEN = 'token-of-the-app';
const ADMIN_TOKEN = 'admin';
/** Of its clock: a Job's deadline of a second is over in a tenth of one. The test's kubelet keeps to the wall's. */
const SPEED = 10;
const ANSWERED_QUERIES = /^(labelSelector|fieldSelector|limit|fieldValidation|container|timestamps|sinceTime)$/;

interface Answer {
  readonly status: number;
  readonly body: Json;
}
interface Asked {
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly body: Json;
}

export interface FakeKubernetesOptions {
  /** Whether Kubeflow Trainer is installed. */
  readonly trainer?: boolean;
  /** An API group of deploy/kubernetes/engine.yaml that the App was given no rights on. */
  readonly without?: string | null;
}

export async function startFakeKubernetes({
  trainer = true,
  without = null,
}: FakeKubernetesOptions = {}): Promise<FakeKubernetes> {
  const description = readDescription();
  const begun = Date.now();
  const objects = new Objects(() => begun + (Date.now() - begun) * SPEED);
  const logs = new Map<string, Buffer>();
  const broken: string[] = [];
  objects.create('namespaces', { ...NAMESPACE_MANIFEST, status: { phase: 'Active' } });
  const tick = (): void => {
    schedule(objects);
    if (trainer) tendTrainJobs(objects);
    tendJobs(objects);
    collectGarbage(objects);
  };

  const answerTo = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(message.url ?? '/', 'http://kubernetes.test');
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const route = description.route(message.method ?? 'GET', url.pathname);
    try {
      const asked = admit({ message, url, text, route, without }, description);
      if (!trainer && asked.route.group === 'trainer.kubeflow.org')
        return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
      if (asked.route.sub === 'log') {
        const log = logText(objects, logs, asked.route.name ?? '', asked.query);
        return void response.writeHead(200, { 'content-type': 'text/plain' }).end(log);
      }
      const answer = act(objects, asked, description);
      tick();
      const wrong = description.answer(asked.route, answer.status, answer.body);
      broken.push(...wrong.map((one) => `${message.method} ${url.pathname}: ${one}`));
      send(response, answer);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      send(response, { status: error.code, body: statusOf(error) });
    }
  };
  const server = createServer((message, response) => {
    answerTo(message, response).catch((error: unknown) => {
      broken.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const timer = setInterval(tick, 20);
  return {
    url,
    objects,
    logs,
    broken,
    async ask(method, path, body, allowed = []) {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const sent = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': type };
      const answer = await fetch(`${url}${path}`, { method, headers, ...sent });
      const text = await answer.text();
      if (answer.status >= 400 && !allowed.includes(answer.status))
        throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
      return text.startsWith('{') ? JSON.parse(text) : text;
    },
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Arrived {
  readonly message: IncomingMessage;
  readonly url: URL;
  readonly text: string;
  readonly route: Route | null;
  readonly without: string | null;
}

/** @throws Refusal for what is not described, not allowed or not valid */
function admit({ message: { headers }, url, text, route, without }: Arrived, description: Description): Asked {
  const { pathname, searchParams: query } = url;
  const token = headers.authorization?.replace(/^Bearer /, '');
  if (token !== APP_TOKEN && token !== ADMIN_TOKEN) throw new Refusal(401, 'Unauthorized', 'Unauthorized');
  if (route === null) throw new Refusal(501, 'NotImplemented', `${pathname} is not served here`);
  const unknown = [...query.keys()].filter((name) => !ANSWERED_QUERIES.test(name));
  if (token === APP_TOKEN) requireRight(route, without);
  let body: Json;
  try {
    body = text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new Refusal(400, 'BadRequest', 'the body is no JSON');
  }
  const type = headers['content-type'] ?? '';
  if (body !== undefined && !description.takes(route, type))
    throw new Refusal(415, 'UnsupportedMediaType', `the body of the request was in an unknown format: ${type}`);
  const problems = description.request(route, query, body);
  if (problems.length > 0) throw new Refusal(400, 'BadRequest', `strict decoding error: ${problems.join('; ')}`);
  if (unknown.length > 0)
    throw new Refusal(501, 'NotImplemented', `${unknown.join(', ')} of ${pathname} are not served here`);
  return { route, query, body };
}

function act(objects: Objects, { route, query, body }: Asked, description: Description): Answer {
  const { resource, sub, namespace } = route;
  const name = route.name ?? '';
  switch (route.operation.method) {
    case 'POST':
      if (sub === 'eviction') return evict(objects, name);
      return { status: 201, body: objects.create(resource, defaulted(resource, namespace, body)) };
    case 'PATCH':
      return { status: 200, body: patch(objects, route, body, description) };
    case 'DELETE': {
      objects.remove(resource, name, { ...body });
      const gone: Json = { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Success' };
      return { status: 200, body: resource === 'pods' ? (objects.find(resource, name) ?? podGone(name)) : gone };
    }
    default:
      return { status: 200, body: route.name === null ? list(objects, resource, query) : objects.get(resource, name) };
  }
}

function podGone(name: string): Json {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name } };
}

/** What the server itself sets where a manifest says nothing. */
function defaulted(resource: string, namespace: string | null, manifest: Json): Json {
  const metadata = { ...manifest.metadata, ...(namespace === null ? {} : { namespace }) };
  if (metadata.namespace !== manifest.metadata.namespace && manifest.metadata.namespace !== undefined)
    throw new Refusal(400, 'BadRequest', 'the namespace of the object does not match the namespace of the request');
  if (resource === 'jobs') return { ...manifest, metadata, status: {} };
  if (resource !== 'secrets' || manifest.stringData === undefined) return { ...manifest, metadata };
  const { stringData, ...secret } = manifest;
  return { ...secret, metadata, data: encoded(stringData) };
}

function encoded(texts: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}

function patch(objects: Objects, { resource, sub, name }: Route, change: Json, description: Description): Json {
  const { stringData, ...rest } = change;
  const meant = stringData === undefined ? rest : { ...rest, data: encoded(stringData) };
  // A status and the rest of an object are written apart from each other.
  const { status, ...others } = meant;
  const before = objects.get(resource, name ?? '');
  return objects.patch(resource, name ?? '', sub === 'status' ? { status } : others, (patched) => {
    const kind = resource === 'jobs' ? 'Job' : resource === 'pods' ? 'Pod' : resource;
    if (kind === 'Job' || kind === 'Pod' || kind === 'trainjobs' || kind === 'trainingruntimes') {
      const problems = description.object(kind, patched);
      if (problems.length > 0) throw new Refusal(422, 'Invalid', problems.join('; '));
    }
    if (kind === 'Job' && JSON.stringify(patched.spec.template) !== JSON.stringify(before.spec.template))
      throw new Refusal(422, 'Invalid', 'spec.template: field is immutable');
  });
}

function evict(objects: Objects, name: string): Answer {
  objects.change(objects.get('pods', name), ({ status }) => {
    status.conditions = [...(status.conditions ?? []), disruption('EvictionByEvictionAPI', 'Eviction API: evicting')];
  });
  objects.remove('pods', name);
  return { status: 201, body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } } };
}

function list(objects: Objects, resource: string, query: URLSearchParams): Json {
  const labels = requirements(query.get('labelSelector'));
  const fields = requirements(query.get('fieldSelector'));
  const at = (object: Json, path: string): Json => path.split('.').reduce((value, key) => value?.[key], object);
  const found = objects
    .all(resource)
    .filter(({ metadata }) => labels.every(([key, value]) => metadata.labels?.[key] === value))
    .filter((object) => fields.every(([path, value]) => (at(object, path) ?? '') === value));
  const limit = Number(query.get('limit') ?? found.length);
  const kind = resource === 'pods' ? 'PodList' : 'EventList';
  const metadata = { resourceVersion: '1', ...(found.length > limit ? { continue: 'more' } : {}) };
  return { apiVersion: 'v1', kind, metadata, items: found.slice(0, limit) };
}

/** Equalities alone. */
function requirements(selector: string | null): (readonly [string, string])[] {
  return (selector ?? '')
    .split(',')
    .filter((one) => one !== '')
    .map((one) => {
      const [key = '', value, ...rest] = one.split('=');
      if (value === undefined || rest.length > 0 || /[!()\s]/.test(one))
        throw new Refusal(501, 'NotImplemented', `the selector ${one} is not served here`);
      return [key, value] as const;
    });
}

function statusOf({ code, reason, message }: Refusal): Json {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code };
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

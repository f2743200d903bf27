import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { NAMESPACE_MANIFEST, requireRight } from './access.ts';
import { type Description, type Route, readDescription } from './description.ts';
import { collectGarbage } from './garbage.ts';
import { tendJobs } from './job-controller.ts';
import type { Json } from './json.ts';
import { logText } from './log.ts';
import { Objects, Refusal } from './objects.ts';
import { schedule } from './scheduler.ts';
import { tendTrainJobs } from './trainer.ts';
import { type Answer, type Asked, act } from './verbs.ts';

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

export interface FakeKubernetesOptions {
  /** Whether Kubeflow Trainer is installed. */
  readonly trainer?: boolean;
  /** An API group of deploy/kubernetes/engine.yaml that the App was given no rights on. */
  readonly without?: string | null;
}

/** Everything but the socket. */
class ApiServer {
  readonly objects: Objects;
  readonly logs = new Map<string, Buffer>();
  readonly broken: string[] = [];
  readonly #description = readDescription();
  readonly #trainer: boolean;
  readonly #without: string | null;

  constructor({ trainer = true, without = null }: FakeKubernetesOptions) {
    const begun = Date.now();
    this.objects = new Objects(() => begun + (Date.now() - begun) * SPEED);
    this.objects.create('namespaces', { ...NAMESPACE_MANIFEST, status: { phase: 'Active' } });
    this.#trainer = trainer;
    this.#without = without;
  }

  /** A turn of every controller. */
  tick(): void {
    schedule(this.objects);
    if (this.#trainer) tendTrainJobs(this.objects);
    tendJobs(this.objects);
    collectGarbage(this.objects);
  }

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(message.url ?? '/', 'http://kubernetes.test');
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString('utf8');
    const route = this.#description.route(message.method ?? 'GET', url.pathname);
    if (!this.#trainer && route?.group === 'trainer.kubeflow.org')
      return void response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n');
    const answer = this.#answer({ message, url, text, route, without: this.#without });
    if (Buffer.isBuffer(answer)) return void response.writeHead(200, { 'content-type': 'text/plain' }).end(answer);
    const wrong = route === null ? [] : this.#description.answer(route, answer.status, answer.body);
    this.broken.push(...wrong.map((one) => `${message.method} ${url.pathname}: ${one}`));
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
  }

  #answer(arrived: Arrived): Answer | Buffer {
    try {
      const asked = admit(arrived, this.#description);
      const { sub, name } = asked.route;
      if (sub === 'log') return logText(this.objects, this.logs, name ?? '', asked.query);
      const answer = act(this.objects, asked, this.#description);
      this.tick();
      return answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.code, body: statusOf(error) };
    }
  }
}

export async function startFakeKubernetes(options: FakeKubernetesOptions = {}): Promise<FakeKubernetes> {
  const api = new ApiServer(options);
  const server = createServer((message, response) => {
    api.serve(message, response).catch((error: unknown) => {
      api.broken.push(String(error));
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const timer = setInterval(() => api.tick(), 20);
  const { objects, logs, broken } = api;
  return {
    url,
    objects,
    logs,
    broken,
    ask: (...asked) => askAsAdmin(url, ...asked),
    async close() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const askAsAdmin = async (url: string, ...[method, path, body, allowed = []]: Parameters<FakeKubernetes['ask']>) => {
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': type };
  const answer = await fetch(`${url}${path}`, { method, headers, ...sent });
  const text = await answer.text();
  if (answer.status >= 400 && !allowed.includes(answer.status))
    throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
  return text.startsWith('{') ? JSON.parse(text) : text;
};

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

function statusOf({ code, reason, message }: Refusal): Json {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message, reason, code };
}

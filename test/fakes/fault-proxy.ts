import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { type Fault, NO_FAULTS, type Passing, type Plan } from './faults.ts';

/** What the proxy did to one request. */
export interface Applied {
  readonly nth: number;
  readonly request: string;
  readonly fault: Fault;
  /** What GitHub answered; null where it never saw the request. */
  readonly status: number | null;
}

/** Between an App and its GitHub, for REST and for git: passes everything on, but for what the plan spoils. */
export interface FaultProxy {
  /** The API's address, for whoever is to speak through it. */
  readonly apiUrl: string;
  follow(plan: Plan): void;
  /** What was done since the plan began, oldest first. */
  applied(): readonly Applied[];
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Milliseconds that a slow answer takes. */
  readonly slow?: number;
  /** Reads for which what was made under `404 after create` is not there yet. */
  readonly lag?: number;
  /** Seconds that `retry-after` asks for. */
  readonly retryAfter?: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** @param upstream the API's address, `http://127.0.0.1:<port>/api/v3` */
export async function startFaultProxy(upstream: string, options: FaultProxyOptions = {}): Promise<FaultProxy> {
  const target = new URL(upstream);
  const faulty = new Faulty(options);
  let origin = '';
  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bytesOf(message);
    const forward = async (): Promise<Answer> => {
      const answer = await ask(target, message, body);
      return throughUs(answer, target.origin, origin);
    };
    await faulty.serve(message, forward, response);
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    apiUrl: `${origin}${target.pathname.replace(/\/$/, '')}`,
    follow: (plan) => faulty.follow(plan),
    applied: () => faulty.applied,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

class Faulty {
  applied: Applied[] = [];
  readonly #options: Required<FaultProxyOptions>;
  #plan: Plan = NO_FAULTS;
  #nth = 0;
  /** Tokens that have expired: nothing makes them valid again. */
  readonly #expired = new Set<string>();
  /** API addresses of what is not replicated yet, and the reads for which it is not. */
  readonly #lagging = new Map<string, number>();

  constructor({ slow = 300, lag = 2, retryAfter = 1 }: FaultProxyOptions) {
    this.#options = { slow, lag, retryAfter };
  }

  follow(plan: Plan): void {
    this.#plan = plan;
    this.#nth = 0;
    this.applied = [];
    this.#lagging.clear();
  }

  async serve(message: IncomingMessage, forward: () => Promise<Answer>, response: ServerResponse): Promise<void> {
    const passing = passingOf(message, this.#nth);
    this.#nth += 1;
    const token = tokenOf(message.headers.authorization);
    const planned = this.#plan(passing);
    // The App's own JWT is made anew for each request.
    const fault = planned === '401 expired token' && token === null ? null : planned;
    if (fault === '401 expired token' && token !== null) this.#expired.add(token);
    if (token !== null && this.#expired.has(token)) {
      if (fault !== null) this.#note(passing, fault, null);
      return send(response, refusal('401 expired token', 0));
    }
    if (fault === null) return send(response, this.#withLag(passing, await forward()));
    await this.#spoil({ fault, passing, forward, response });
  }

  async #spoil({ fault, passing, forward, response }: Spoiled): Promise<void> {
    if (isBefore(fault)) {
      this.#note(passing, fault, null);
      if (fault === 'reset before the effect') response.destroy();
      else send(response, refusal(fault, this.#options.retryAfter));
      return;
    }
    const answer = await forward();
    this.#note(passing, fault, answer.status);
    switch (fault) {
      case '502 after the effect':
        return send(response, refusal('502', 0));
      case 'reset after the effect':
        return void response.destroy();
      case '404 after create':
        for (const url of passing.writes ? madeBy(answer) : []) this.#lagging.set(url, this.#options.lag);
        return send(response, answer);
      case 'slow':
        await wait(this.#options.slow);
        return send(response, answer);
      case 'broken off in the body':
        return breakOff(response, answer);
      case 'half of the body as if it were all':
        return send(response, { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) });
      default:
        return send(response, answer);
    }
  }

  #note({ nth, method, path }: Passing, fault: Fault, status: number | null): void {
    this.applied.push({ nth, request: `${method} ${path}`, fault, status });
  }

  /** A replica that has not heard yet of what was made: without it in lists, and 404 where it alone is asked for. */
  #withLag(passing: Passing, answer: Answer): Answer {
    if (passing.writes || this.#lagging.size === 0 || !isJson(answer)) return answer;
    const shown: unknown = JSON.parse(answer.body.toString('utf8'));
    const missing = [...this.#lagging.keys()].filter((url) => mentions(shown, url));
    if (missing.length === 0) return answer;
    for (const url of missing) {
      const left = (this.#lagging.get(url) ?? 1) - 1;
      if (left === 0) this.#lagging.delete(url);
      else this.#lagging.set(url, left);
    }
    this.#note(passing, '404 after create', answer.status);
    if (missing.includes(urlOf(shown) ?? '')) return refusal('404 after create', 0);
    // Another answer would have another tag.
    const { etag: _, ...headers } = answer.headers;
    return { ...answer, headers, body: Buffer.from(JSON.stringify(without(shown, new Set(missing)))) };
  }
}

interface Spoiled {
  readonly fault: Fault;
  readonly passing: Passing;
  readonly forward: () => Promise<Answer>;
  readonly response: ServerResponse;
}

function isBefore(fault: Fault): boolean {
  return /^(500|502|403 .*|429 .*|401 .*|reset before the effect)$/.test(fault);
}

function passingOf({ method = 'GET', url = '/' }: IncomingMessage, nth: number): Passing {
  const isGit = /\/git-(upload|receive)-pack$/.test(url);
  const writes = isGit ? url.endsWith('/git-receive-pack') : method !== 'GET';
  return { nth, method, path: decodeURIComponent(url), writes };
}

/** An installation's token, of REST or of git; null for the App's own JWT, which is made anew for each request. */
function tokenOf(authorization: string | undefined): string | null {
  const [scheme = '', value = ''] = (authorization ?? '').split(' ');
  if (scheme.toLowerCase() === 'basic') return Buffer.from(value, 'base64').toString('utf8').split(':')[1] ?? null;
  return value === '' || value.split('.').length === 3 ? null : value;
}

/** How GitHub words it. */
function refusal(fault: Fault, retryAfter: number): Answer {
  const after = { 'retry-after': String(retryAfter) };
  const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const answer = (status: number, message: string, headers: IncomingHttpHeaders = {}): Answer => ({
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' })),
  });
  switch (fault) {
    case '502':
      return { status: 502, headers: { 'content-type': 'text/html' }, body: Buffer.from('<h1>Bad Gateway</h1>') };
    case '403 secondary limit':
      return answer(403, secondary);
    case '403 secondary limit with retry-after':
      return answer(403, secondary, after);
    case '403 primary limit':
      return answer(403, 'API rate limit exceeded for installation ID 1.', {
        'x-ratelimit-limit': '5000',
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + retryAfter),
      });
    case '429 with retry-after':
      return answer(429, secondary, after);
    case '401 expired token':
      return answer(401, 'Bad credentials');
    case '404 after create':
      return answer(404, 'Not Found');
    default:
      return answer(500, 'Server Error');
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  const { 'content-length': _, 'transfer-encoding': __, connection: ___, ...rest } = headers;
  response.writeHead(status, { ...rest, ...(status === 304 ? {} : { 'content-length': body.length }) });
  response.end(body);
}

function breakOff(response: ServerResponse, { status, headers, body }: Answer): void {
  if (body.length === 0) return void response.destroy();
  const { 'transfer-encoding': _, connection: __, ...rest } = headers;
  response.writeHead(status, { ...rest, 'content-length': body.length });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.destroy());
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function ask(target: URL, message: IncomingMessage, body: Buffer): Promise<Answer> {
  // Packed answers could not be read here.
  const { 'accept-encoding': _, 'transfer-encoding': __, connection: ___, ...headers } = message.headers;
  const asked = request(new URL(message.url ?? '/', target.origin), {
    method: message.method ?? 'GET',
    headers: { ...headers, host: target.host, 'content-length': body.length },
  });
  asked.end(body);
  const [answer]: IncomingMessage[] = await once(asked, 'response');
  if (answer === undefined) throw new Error('expected an answer of GitHub, got none');
  return { status: answer.statusCode ?? 500, headers: answer.headers, body: await bytesOf(answer) };
}

/** Addresses of GitHub's API in its answers lead past the proxy; these lead through it. */
function throughUs(answer: Answer, theirs: string, ours: string): Answer {
  const location = answer.headers.location?.replace(theirs, ours);
  const headers = location === undefined ? answer.headers : { ...answer.headers, location };
  if (!isJson(answer)) return { ...answer, headers };
  return { ...answer, headers, body: Buffer.from(answer.body.toString('utf8').replaceAll(theirs, ours)) };
}

function isJson({ headers, status, body }: Answer): boolean {
  return status !== 304 && body.length > 0 && (headers['content-type'] ?? '').startsWith('application/json');
}

function urlOf(value: unknown): string | undefined {
  const url: unknown = isRecord(value) ? (value['url'] ?? value['run_url']) : undefined;
  return typeof url === 'string' ? url : undefined;
}

function madeBy(answer: Answer): readonly string[] {
  if (!isJson(answer) || answer.status >= 300) return [];
  const url = urlOf(JSON.parse(answer.body.toString('utf8')));
  return url === undefined ? [] : [url];
}

/** Whether it is this, or a list of it and others, which may stand under a name. */
function mentions(shown: unknown, url: string): boolean {
  if (Array.isArray(shown)) return shown.some((item) => urlOf(item) === url);
  if (!isRecord(shown)) return false;
  return urlOf(shown) === url || Object.values(shown).some((part) => Array.isArray(part) && mentions(part, url));
}

function without(shown: unknown, urls: ReadonlySet<string>): unknown {
  if (Array.isArray(shown)) return shown.filter((item) => !urls.has(urlOf(item) ?? ''));
  if (!isRecord(shown)) return shown;
  return Object.fromEntries(
    Object.entries(shown).map(([name, part]) => [name, Array.isArray(part) ? without(part, urls) : part]),
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../error.ts';
import type { Log } from '../log.ts';
import { inOperation } from '../operation.ts';
import { BODY_LIMITS, type BodyLimits, type BodyReader, boundedBodies } from './body.ts';

export interface HttpRequest {
  readonly path: string;
  header(name: string): string | undefined;
  /** Null when it is larger than the limit (bytes). */
  body(limit: number): Promise<Buffer | null>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: HttpRequest) => Promise<HttpAnswer>;

export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: RegExp;
  readonly handle: Handler;
}

export interface Listening {
  readonly port: number;
  /** Takes no more requests and waits for those that run, for some seconds. */
  close(): Promise<void>;
}

/** Milliseconds for a whole request and for its headers, looked at so often: GitHub gives up after 10 s. */
const TIMES = { requestTimeout: 20_000, headersTimeout: 10_000, connectionsCheckingInterval: 5_000 };
/** Milliseconds for the last answers. */
const CLOSING = 3_000;
/** Connections at once; one more is closed. */
const CONNECTIONS = 2_000;

/** @throws AppError `address_in_use` */
export async function listen(
  endpoints: readonly Endpoint[],
  at: { readonly host: string; readonly port: number },
  log: Log,
  bodyLimits: BodyLimits = BODY_LIMITS,
): Promise<Listening> {
  const bodies = boundedBodies(bodyLimits);
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const body = bodies.of(request);
    answer(endpoints, request, body.read)
      .catch((error: unknown): HttpAnswer => {
        if (error instanceof AppError && error.code === 'overloaded') return refused(error);
        log.error('a request failed', { path: request.url, error: String(error) });
        return { status: 500, body: 'the App failed to handle this; its log says why' };
      })
      .then((result) => send(response, result))
      .finally(() => body.done());
  };
  const server = createServer(TIMES, (request, response) =>
    inOperation({ id: operationOf(request) }, () => handle(request, response)),
  );
  server.maxConnections = CONNECTIONS;
  await started(server, at);
  // A TCP server has an address of this shape once it listens.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), CLOSING);
        server.close(() => {
          clearTimeout(cut);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** A delivery's GUID, which its flow keeps; any other request is one of many. */
function operationOf(request: IncomingMessage): string {
  const id = [request.headers['x-github-delivery'] ?? []].flat()[0] ?? '';
  return /^[A-Za-z0-9-]{1,100}$/.test(id) ? id : 'request';
}

async function answer(endpoints: readonly Endpoint[], request: IncomingMessage, body: BodyReader): Promise<HttpAnswer> {
  const path = (request.url ?? '/').replace(/[?#].*$/, '');
  const endpoint = endpoints.find((candidate) => candidate.path.test(path));
  if (endpoint === undefined) return { status: 404, body: 'nothing is here' };
  if (endpoint.method !== request.method) {
    return { status: 405, body: `expected ${endpoint.method}`, headers: { allow: endpoint.method } };
  }
  return endpoint.handle({
    path,
    header: (name) => [request.headers[name] ?? []].flat()[0],
    body,
  });
}

/** GitHub counts it as failed, and the sweep asks for it again; a job's client tries again by itself. */
function refused({ message }: AppError): HttpAnswer {
  return { status: 503, body: message, headers: { 'retry-after': '5' } };
}

function send(response: ServerResponse, { status, body, headers }: HttpAnswer): void {
  // The rest of a body is left unread: the connection can't be used again.
  const close = status === 413 || status === 503 ? { connection: 'close' } : {};
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...close, ...headers });
  response.end(`${body}\n`);
}

function started(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const said = `expected to listen at ${host}:${port}: ${cause.message}; set HOST and PORT`;
      reject(new AppError('address_in_use', said, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

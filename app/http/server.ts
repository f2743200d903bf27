import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError } from '../error.ts';
import type { Log } from '../log.ts';

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
  /** Takes no more requests and waits for those that run. */
  close(): Promise<void>;
}

/** @throws AppError `address_in_use` */
export async function listen(
  endpoints: readonly Endpoint[],
  at: { readonly host: string; readonly port: number },
  log: Log,
): Promise<Listening> {
  const server = createServer({ requestTimeout: 60_000, headersTimeout: 10_000 }, (request, response) => {
    answer(endpoints, request)
      .catch((error: unknown): HttpAnswer => {
        log.error('a request failed', { path: request.url, error: String(error) });
        return { status: 500, body: 'the App failed to handle this; its log says why' };
      })
      .then((result) => send(response, result));
  });
  await started(server, at);
  // A TCP server has an address of this shape once it listens.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(endpoints: readonly Endpoint[], request: IncomingMessage): Promise<HttpAnswer> {
  const path = (request.url ?? '/').replace(/[?#].*$/, '');
  const endpoint = endpoints.find((candidate) => candidate.path.test(path));
  if (endpoint === undefined) return { status: 404, body: 'nothing is here' };
  if (endpoint.method !== request.method) {
    return { status: 405, body: `expected ${endpoint.method}`, headers: { allow: endpoint.method } };
  }
  return endpoint.handle({
    path,
    header: (name) => [request.headers[name] ?? []].flat()[0],
    body: (limit) => read(request, limit),
  });
}

async function read(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, body, headers }: HttpAnswer): void {
  // Too large a body is left unread: the connection can't be used again.
  const close = status === 413 ? { connection: 'close' } : {};
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

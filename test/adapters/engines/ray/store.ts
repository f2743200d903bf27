import { once } from 'node:events';
import { createServer } from 'node:http';
import type { SignedAddress } from '../../../../flows/engine-port.ts';

/** Objects behind signed addresses, as far as an execution sees of a team's store. */
export interface ObjectServer {
  readonly objects: Map<string, Buffer>;
  /** Bodies that were posted to `ingest`, oldest first. */
  readonly ingested: string[];
  readonly ingest: { readonly url: string; readonly token: string };
  address(name: string, method: SignedAddress['method']): SignedAddress;
  close(): Promise<void>;
}

const SIGNATURE = 'signature';

export async function startObjectServer(): Promise<ObjectServer> {
  const objects = new Map<string, Buffer>();
  const ingested: string[] = [];
  const server = createServer(async (message, response) => {
    const url = new URL(message.url ?? '/', 'http://store.example');
    const parts: Buffer[] = [];
    for await (const chunk of message) parts.push(chunk);
    const body = Buffer.concat(parts);
    const name = decodeURIComponent(url.pathname.slice(1));
    if (message.method === 'POST' && name === 'ingest') {
      if (message.headers.authorization === 'Bearer run-token') ingested.push(body.toString('utf8'));
      return void response.writeHead(204).end();
    }
    const isSigned = message.headers['x-signed'] === 'yes' && url.searchParams.get(SIGNATURE) === message.method;
    if (!isSigned) return void response.writeHead(403).end();
    if (message.method === 'PUT') objects.set(name, body);
    const found = objects.get(name);
    if (found === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': found.length }).end(found);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const at = server.address();
  const origin = `http://127.0.0.1:${typeof at === 'object' && at !== null ? at.port : 0}`;
  return {
    objects,
    ingested,
    ingest: { url: `${origin}/ingest`, token: 'run-token' },
    address: (name, method) => ({
      method,
      url: `${origin}/${encodeURIComponent(name)}?${SIGNATURE}=${method}`,
      headers: { 'x-signed': 'yes' },
    }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

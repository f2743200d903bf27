import { once } from 'node:events';
import { createServer } from 'node:http';

/** A store's signed addresses and an ingest endpoint, on loopback. */
export interface TestStore {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** Names of objects in the order in which they were put. */
  readonly puts: string[];
  readonly posted: string[];
  /** Status of the next answers, instead of doing what is asked. */
  readonly failures: number[];
  close(): Promise<void>;
}

export async function startStore(): Promise<TestStore> {
  const objects = new Map<string, Buffer>();
  const [puts, posted, failures]: [string[], string[], number[]] = [[], [], []];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const name = (request.url ?? '').slice(1).split('?')[0] ?? '';
    const failure = failures.shift();
    if (failure !== undefined)
      return void response.writeHead(failure, failure < 400 ? { location: '/elsewhere' } : {}).end();
    if (request.method === 'POST') {
      posted.push(body.toString('utf8'));
      return void response.end();
    }
    if (request.method === 'PUT') {
      // As S3 does: without a length nothing is taken.
      if (request.headers['content-length'] === undefined) return void response.writeHead(411).end();
      objects.set(name, body);
      puts.push(name);
      return void response.end();
    }
    const found = objects.get(name);
    response.writeHead(found === undefined ? 404 : 200).end(found);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    objects,
    puts,
    posted,
    failures,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

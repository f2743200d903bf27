import { createServer, request } from 'node:http';

/** What stands before several replicas: hands each request to the next one, and to another where that does not answer. */
export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** Milliseconds. */
const PATIENCE = 3_000;
/** Milliseconds for which one that did not answer is not asked. */
const DOWN = 30_000;

/** @param targets addresses of the replicas, asked at each request */
export async function startFront(targets: () => readonly string[]): Promise<Front> {
  let turn = 0;
  const downUntil = new Map<string, number>();
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const all = targets().filter((target) => (downUntil.get(target) ?? 0) < Date.now());
    turn += 1;
    for (const [index] of all.entries()) {
      const target = all[(turn + index) % all.length] ?? '';
      const status = await forward(target + (incoming.url ?? ''), incoming.headers, body);
      if (status === null) {
        downUntil.set(target, Date.now() + DOWN);
        continue;
      }
      response.writeHead(status).end();
      return;
    }
    response.writeHead(502).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('expected an address');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** @returns the status; null where none came */
function forward(url: string, headers: NodeJS.Dict<string | string[]>, body: Buffer): Promise<number | null> {
  return new Promise((resolve) => {
    const asking = request(url, { method: 'POST', headers, timeout: PATIENCE, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? null);
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(null));
    asking.end(body);
  });
}

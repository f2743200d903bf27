import { once } from 'node:events';
import { createServer } from 'node:http';
import { request } from 'node:https';

export interface Bridge {
  readonly url: string;
  close(): Promise<void>;
}

/** A real API server over plain HTTP, which is what the fault proxy speaks. */
export async function startBridge(port: number): Promise<Bridge> {
  const server = createServer((message, response) => {
    const { host: _, ...headers } = message.headers;
    const asked = request(
      { host: '127.0.0.1', port, path: message.url, method: message.method, headers, rejectUnauthorized: false },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    asked.on('error', () => response.destroy());
    message.pipe(asked);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database that can be cut, and opened again. */
export interface Severable {
  readonly url: string;
  cut(): void;
  mend(): void;
  /** What is open now carries nothing any more, and nobody is told; what is opened later does. */
  hang(): void;
  close(): Promise<void>;
}

export async function severable(databaseUrl: string): Promise<Severable> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((near) => {
    near.on('error', () => {});
    if (!open) return void near.destroy();
    const far = connect(Number(target.port), target.hostname);
    far.on('error', () => {});
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  // A TCP server has an address of this shape once it listens.
  url.port = String((server.address() as AddressInfo).port);
  const sever = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    cut() {
      open = false;
      sever();
    },
    mend() {
      open = true;
    },
    hang() {
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    async close() {
      sever();
      server.close();
    },
  };
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import type { NativePackage } from '../../../../adapters/duckdb/native/packages.ts';

/** An npm registry at the wire: it gives what a test tells it to. */
export interface FakeRegistry {
  readonly url: string;
  readonly asked: { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  answer: (response: ServerResponse, attempt: number) => void;
  close(): Promise<void>;
}

export async function fakeRegistry(): Promise<FakeRegistry> {
  const server = createServer((request, response) => {
    registry.asked.push({ path: request.url ?? '', headers: request.headers });
    registry.answer(response, registry.asked.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const registry: FakeRegistry = {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    asked: [],
    answer: (response) => response.writeHead(404).end(),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return registry;
}

export type TarEntry = readonly [name: string, content: string | Uint8Array, more?: Partial<Header>];

/** As `npm pack` writes it. */
export async function tarball(entries: readonly TarEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content, more] of entries) archive.entry({ name, ...more }, Buffer.from(content));
  archive.finalize();
  return gzipSync(await buffer(archive), { level: 1 });
}

export const NAME = '@duckdb/node-bindings-linux-x64';

/** A package of ours under DuckDB's name; not executable, but nothing here loads it. */
export function goodEntries(content = 'native'): readonly TarEntry[] {
  return [
    ['package/package.json', JSON.stringify({ name: NAME, version: '1.0.0' })],
    ['package/duckdb.node', content],
    ['package/libduckdb.so', 'library'],
  ];
}

/** What our table would say of this tarball. */
export function wantedOf(bytes: Uint8Array): NativePackage {
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  return { name: NAME, version: '1.0.0', integrity };
}

import type { IncomingHttpHeaders } from 'node:http';

/**
 * Why a request must not be answered, `undefined` if it may: the Host must be this machine's own name for itself, and a
 * browser's Origin likewise, so that no other site can reach the server through the person's browser (DNS rebinding
 * included).
 */
export function refusedOrigin(headers: IncomingHttpHeaders, port: number): string | undefined {
  const hosts = [`127.0.0.1:${port}`, `localhost:${port}`, `github.localhost:${port}`];
  const host = headers.host ?? '';
  if (!hosts.includes(host)) return `expected the Host ${hosts.join(' or ')}, found "${host}"`;
  const origin = headers.origin;
  if (origin === undefined || hosts.some((name) => origin === `http://${name}`)) return undefined;
  return `expected a request from this server's own pages, found the Origin "${origin}"`;
}

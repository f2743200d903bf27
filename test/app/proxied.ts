import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';

/** A name that no resolver knows: whoever reaches it went through the proxy. */
export const HOST = 'github.example.test';
export const CREDENTIALS = 'builder:s3cret%20word';

export interface ProxiedGithub {
  /** Where the proxy listens, with the credentials that it asks for. */
  readonly proxy: string;
  /** Where the certificate of the server behind it is. */
  readonly certificate: string;
  /** What was asked of the proxy: `CONNECT host:443`, `GET http://host/path`. */
  readonly asked: string[];
  /** Paths that reached GitHub by TLS. */
  readonly paths: string[];
  close(): Promise<void>;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

/** Makes a certificate for `HOST` in this folder. */
function certificateIn(directory: string): { key: string; cert: string } {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`];
  const flags = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync('openssl', ['req', '-x509', ...flags, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key, cert };
}

/** Passes a request on to a server on this machine, under the name that it knows itself by. */
function passOn(port: number, path: string, from: IncomingMessage, to: ServerResponse): void {
  const headers = { ...from.headers, host: `127.0.0.1:${port}` };
  const onward = request({ host: '127.0.0.1', port, path, method: from.method, headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(to);
  });
  onward.on('error', () => to.destroy());
  from.pipe(onward);
}

/** A GitHub on `HOST` by TLS that only a proxy reaches, which asks for credentials. @param port of the GitHub behind both */
export async function proxiedGithub(port: number, directory: string): Promise<ProxiedGithub> {
  const [asked, paths]: [string[], string[]] = [[], []];
  const { key, cert } = certificateIn(directory);
  const github = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (from, to) => {
    paths.push(from.url ?? '');
    passOn(port, from.url ?? '/', from, to);
  });
  const tlsPort = await listening(github);
  const plain = createServer((from, to) => passOn(port, from.url ?? '/', from, to));
  const plainPort = await listening(plain);
  const wanted = `Basic ${Buffer.from(decodeURIComponent(CREDENTIALS)).toString('base64')}`;
  const isAllowed = ({ headers }: IncomingMessage): boolean => headers['proxy-authorization'] === wanted;
  const proxy = createServer((from, to) => {
    asked.push(`${from.method} ${from.url}`);
    const url = new URL(from.url ?? '', 'http://none');
    if (!isAllowed(from)) to.writeHead(407).end();
    else if (url.hostname !== HOST) to.writeHead(502).end();
    else passOn(port, url.pathname + url.search, from, to);
  });
  proxy.on('connect', (from, socket, head) => {
    asked.push(`CONNECT ${from.url}`);
    if (!isAllowed(from)) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    const known = new Map([
      [`${HOST}:443`, tlsPort],
      [`${HOST}:80`, plainPort],
    ]).get(from.url ?? '');
    if (known === undefined) return socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    const onward = connect(known, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    socket.on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    return undefined;
  });
  const proxyPort = await listening(proxy);
  return {
    proxy: `http://${CREDENTIALS}@127.0.0.1:${proxyPort}`,
    certificate: cert,
    asked,
    paths,
    async close() {
      for (const server of [proxy, github, plain]) {
        server.close();
        server.closeAllConnections();
        await once(server, 'close');
      }
    },
  };
}
